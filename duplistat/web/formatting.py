"""How values look on a page: times, sizes, states, and text that others wrote."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from markupsafe import Markup

from duplistat.core import formatting
from duplistat.core.i18n import Say, Text
from duplistat.core.times import from_ms, in_zone
from duplistat.core.visible import visible as visible
from duplistat.web import language

# An id in an address: one that fits the database, or there is no such page.
ID_MOST = 2**63 - 1
ID = f"<int(max={ID_MOST}):number>"


def number_in(text: str) -> int:
    """The number of something in a form; 0, which nothing has, for what is none."""
    fine = text.isascii() and text.isdecimal() and len(text) <= len(str(ID_MOST))
    return min(int(text), ID_MOST) if fine else 0


# Of a longer name, this much is typed to confirm.
TYPED = 40

# What closes a quotation in any language, and the blank before it.
_QUOTES = "”“»’ \u00a0\u202f"
_Text = TypeVar("_Text", str, Markup)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: at `now` (ms since 1970, UTC), with times in `zone`. Times are ms, None for unknown."""

    now: int
    zone: ZoneInfo
    say: Say = field(default_factory=language.say)

    def local(self, at: int) -> datetime:
        return in_zone(at, self.zone)

    def ago(self, at: int | None) -> Markup:
        """6 h ago, or in 18 h; the exact time on hover."""
        return (
            Markup("")
            if at is None
            else self._time(at, formatting.ago(from_ms(at), from_ms(self.now), self.say), "ago")
        )

    def since(self, at: int) -> Markup:
        """14 h, for how long something has been so."""
        return self._time(at, formatting.since((self.now - at) / 1000, self.say), "span")

    def moment(self, at: int | None) -> Markup:
        """today 02:00; the exact time on hover."""
        if at is None:
            return Markup("")
        text = formatting.moment(self.local(at), self.local(self.now), self.say)
        return self._time(at, text, "moment")

    def moment_here(self, at: int | None) -> Markup:
        """today 02:00 by the clock of the zone, which scripts leave as it is: in a list of a day by that clock."""
        if at is None:
            return Markup("")
        local = self.local(at)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            local.isoformat(timespec="seconds"),
            formatting.exact(local),
            formatting.moment(local, self.local(self.now), self.say),
        )

    def clock(self, at: int | None) -> Markup:
        """02:00:13, for lines of one run."""
        return Markup("") if at is None else self._time(at, f"{self.local(at):%H:%M:%S}", "clock")

    def minute(self, at: int) -> Markup:
        """02:00, of a day that was said before."""
        return self._time(at, f"{self.local(at):%H:%M}", "minute")

    def exact(self, at: int) -> str:
        return formatting.exact(self.local(at))

    def shown(self, at: int) -> Markup:
        """A time as `exact` says it."""
        return self._time(at, self.exact(at), "exact")

    def day(self, at: date, text: str = "") -> Markup:
        """11 Nov, or as it is called in a `text`: a day by the clock of the zone."""
        shown = text or formatting.date_near(at, self.local(self.now).date(), self.say)
        return Markup('<time datetime="{0}" title="{0} ({1})">{2}</time>').format(
            at.isoformat(), self.zone.key, shown
        )

    def _time(self, at: int, text: str, manner: str) -> Markup:
        """`manner` tells scripts how to say it anew: as time goes by, and in the browser's zone."""
        local = self.local(at)
        return Markup('<time datetime="{}" title="{}" data-as="{}">{}</time>').format(
            local.isoformat(timespec="seconds"), formatting.exact(local), manner, text
        )


def say(text: str, **values: str) -> Markup:
    """A text of ours with values in its places; those that are no markup are escaped."""
    return Markup(text) % values  # noqa: S704  # the text is ours


def colon() -> str:
    """What stands between a label and its text, in the language of this request."""
    return language.say().formats.colon


def semicolon() -> str:
    return language.say().formats.semicolon


def labelled(label: str, text: str) -> str:
    """Size: 3 GB, in the language of this request."""
    return formatting.labelled(label, text, language.say())


def to_type(name: str) -> str:
    """What a person types to confirm that it is about `name`: as it is seen, of a length that can be typed."""
    return " ".join(visible(name).split())[:TYPED].rstrip()


def spaced(name: str) -> str:
    """A name in camel case as words: "SizeOfAddedFiles" is "Size of added files"."""
    parts = _WORD.findall(name) or [name]
    return " ".join([parts[0][:1].upper() + parts[0][1:], *(_lower(part) for part in parts[1:])])


def problems(text: str) -> str:
    """Why a delivery could not be read: "server: is required; backup.size: …". Before it was a Text, it was plain."""
    if isinstance(text, Text):
        return language.translated(text)
    parts = [part.partition(": ") for part in text.split("; ")]
    said = (
        labelled(field, language.translated(problem)) if sign else language.translated(field)
        for field, sign, problem in parts
    )
    return formatting.listed(said, language.say())


def sentence(text: _Text) -> _Text:
    """Text with a full stop, unless it ends as a sentence already, or with one in quotation marks."""
    return text if text.rstrip(_QUOTES).endswith((".", "!", "?", "…")) else text + "."


def duration(ms: int | None) -> str:
    """Milliseconds as 3 min 20 s; "" for None."""
    return "" if ms is None or ms < 0 else formatting.duration(ms / 1000, language.say())


def size(count: int | None) -> str:
    """Bytes as 48.3 GB; "" for None."""
    return formatting.size(count, language.say())


def count(number: int | None) -> str:
    """An integer in groups of three; "" for None."""
    return formatting.count(number, language.say())


def change(before: int | None, after: int | None) -> str:
    """How a size changed: +31.0 MB."""
    return formatting.change(before, after, language.say())


def manners() -> dict[str, str]:
    """How scripts say times that go on: the texts of `Reader`, with {} where a number or a span goes.

    Whatever else they say of times and numbers is formatted by Intl, for the same language and region (`locale`).
    """
    spoken = language.say()
    return {
        "ago": spoken.gettext("{span} ago").format(span="{}"),
        "in": spoken.gettext("in {span}").format(span="{}"),
        "now": spoken.gettext("just now"),
        "days": spoken.npgettext("for so long", "{days} day", "{days} days", 2).format(days="{}"),
        "locale": spoken.formats.tag,
        "byte": spoken.formats.byte,
        "colon": spoken.formats.colon,
    }


def _lower(part: str) -> str:
    return part if part.isupper() and len(part) > 1 else part.lower()


FILTERS: dict[str, Callable[..., Any]] = {
    "size": size,
    "count": count,
    "visible": visible,
    "translated": language.translated,
    "problems": problems,
    "sentence": sentence,
    "spaced": spaced,
    "to_type": to_type,
    "change": change,
    "duration": duration,
}
