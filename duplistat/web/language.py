"""The language of a page: what its reader chose, else the first that the browser asks for and that we speak.

Its numbers and dates are written as in the region that its reader chose, else in that of the browser's first language.

Texts are in English in the code; `services/languages.py` reads what other languages say.
"""

import re
from collections.abc import Iterator

from flask import Flask, Response, g, has_request_context, request

from duplistat.core.formats import REGIONS
from duplistat.core.i18n import Say
from duplistat.core.i18n import translated as translated_in
from duplistat.http import cookies
from duplistat.services.languages import CATALOGUES as CATALOGUES
from duplistat.services.languages import LANGUAGES as LANGUAGES
from duplistat.services.languages import catalogue, spoken
from duplistat.services.languages import direction as direction
from duplistat.services.languages import tag as tag

# Set by the switch of languages; a person who is signed in has a preference as well.
COOKIE = "duplistat_language"
REGION_COOKIE = "duplistat_region"
_REGION = re.compile(r"[A-Za-z]{2}", re.ASCII)
YEAR_SECONDS = 365 * 86_400


def current() -> str:
    """The code of the language of this request; "en" outside of one."""
    if not has_request_context():
        return "en"
    if not hasattr(g, "language"):
        g.language = chosen() or next((code for code, _ in _asked() if code in LANGUAGES), "en")
    return str(g.language)


def region() -> str:
    """The region whose formats this request is answered in, by its ISO 3166 code; "" for those of its language."""
    if not has_request_context():
        return ""
    if not hasattr(g, "region"):
        g.region = chosen_region() or next(_asked(), ("", ""))[1]
    return str(g.region)


def _asked() -> Iterator[tuple[str, str]]:
    """(language, region) of what the browser asks for, the dearest first: ("pt", "BR"). The region may be ""."""
    for wanted, quality in request.accept_languages:
        language, *rest = wanted.split("-")
        if quality > 0:
            yield language.lower(), next((part.upper() for part in rest if _REGION.fullmatch(part)), "")


def chosen() -> str:
    """The language that this browser was told to show; "" for what it asks for by itself."""
    wanted = request.cookies.get(COOKIE, "")
    return wanted if wanted in LANGUAGES else ""


def chosen_region() -> str:
    """The region that this browser was told to format for; "" for that of its own language."""
    wanted = request.cookies.get(REGION_COOKIE, "")
    return wanted if wanted in REGIONS else ""


def say() -> Say:
    """The language and the formats of this request, for what the core and the services say."""
    return spoken(current(), region())


def gettext(text: str) -> str:
    """The text in the language of this request."""
    return spoken(current()).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """The text that fits a number, in the language of this request."""
    return spoken(current()).ngettext(one, many, number)


def pgettext(about: str, text: str) -> str:
    """A text of several meanings, one for each that it is `about`, in the language of this request."""
    return catalogue(current()).pgettext(about, text)


def npgettext(about: str, one: str, many: str, number: int) -> str:
    return spoken(current()).npgettext(about, one, many, number)


def translated(text: str) -> str:
    """What the core or a service said in English, in the language of this request, as far as it is known."""
    return translated_in(text, say())


def keep(response: Response, wanted: str) -> None:
    """Let the browser keep a language that was chosen, if we speak it."""
    if wanted in LANGUAGES:
        cookies.give(response, COOKIE, wanted, seconds=YEAR_SECONDS, hidden=False)


def install(app: Flask) -> None:
    """Let templates say `_("…")` and `{% trans %}`; values are escaped when they are filled in."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension's
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
