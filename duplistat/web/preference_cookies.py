"""Language, formats and colours that a person chose, handed to the browser: its cookies are what pages go by."""

from flask import Response

from duplistat.core.formats import REGIONS
from duplistat.http import cookies
from duplistat.http.context import context
from duplistat.services.people.preferences import preferences_of
from duplistat.web import language
from duplistat.web.preferences import THEME_COOKIE, THEMES

COOKIES = {
    "language": (language.COOKIE, tuple(language.LANGUAGES)),
    "region": (language.REGION_COOKIE, tuple(REGIONS)),
    "theme": (THEME_COOKIE, THEMES),
}


def set_cookies(response: Response, wanted: dict[str, str]) -> None:
    """Let a browser keep what was chosen, by the names of COOKIES; "" goes by the system and the browser again."""
    for name, (cookie, values) in COOKIES.items():
        value = wanted.get(name)
        if value is not None:
            kept = value if value in values else ""
            cookies.give(response, cookie, kept, seconds=language.YEAR_SECONDS if kept else 0, hidden=False)


def hand_over(response: Response, user: int) -> None:
    """Bring what somebody prefers to the browser in which they just signed in."""
    kept = preferences_of(context().db, user)
    set_cookies(response, {name: kept[name] for name in COOKIES if name in kept})
