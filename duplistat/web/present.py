"""How values look on a page: times, sizes, states, and text that others wrote."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from duplistat.core import words
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms
from duplistat.core.visible import visible as visible

# An id in an address: one that fits the database, or there is no such page.
ID_MOST = 2**63 - 1
ID = f"<int(max={ID_MOST}):number>"

# How a run ended, as one of the marks that health has, and in words behind the name of its operation.
RUN_MARKS = {
    Status.SUCCESS: (Health.OK, "succeeded"),
    Status.WARNING: (Health.WARNING, "ended with warnings"),
    Status.ERROR: (Health.FAILED, "ended with errors"),
    Status.FATAL: (Health.FAILED, "failed"),
    Status.RUNNING: (Health.RUNNING, "is running"),
    Status.INTERRUPTED: (Health.FAILED, "was interrupted"),
    Status.OTHER: (Health.WARNING, "ended in a word of its own"),
    Status.UNKNOWN: (Health.NEVER, "ended without a known result"),
}

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: at `now` (ms since 1970, UTC), with times in `zone`. Times are ms, None for unknown."""

    now: int
    zone: ZoneInfo

    def local(self, at: int) -> datetime:
        moment = from_ms(at)
        try:
            return moment.astimezone(self.zone)
        except OverflowError:  # a clock at the end of year 9999
            return moment

    def ago(self, at: int | None) -> Markup:
        """6 h ago, or in 18 h; the exact time on hover."""
        return Markup("") if at is None else self._time(at, words.ago(from_ms(at), from_ms(self.now)))

    def moment(self, at: int | None) -> Markup:
        """today 02:00; the exact time on hover."""
        return (
            Markup("") if at is None else self._time(at, words.moment(self.local(at), self.local(self.now)))
        )

    def clock(self, at: int | None) -> Markup:
        """02:00:13, for lines of one run."""
        return Markup("") if at is None else self._time(at, f"{self.local(at):%H:%M:%S}")

    def exact(self, at: int) -> str:
        return words.exact(self.local(at))

    def _time(self, at: int, text: str) -> Markup:
        local = self.local(at)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            local.isoformat(timespec="seconds"), words.exact(local), text
        )


def spaced(name: str) -> str:
    """A name in camel case as words: "SizeOfAddedFiles" is "Size of added files"."""
    parts = _WORD.findall(name) or [name]
    return " ".join([parts[0][:1].upper() + parts[0][1:], *(_lower(part) for part in parts[1:])])


def sentence(text: str) -> str:
    """Text with a full stop, unless it ends as a sentence already."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def duration(ms: int | None) -> str:
    """Milliseconds as 3 min 20 s; "" for None."""
    return "" if ms is None else words.duration(ms / 1000)


def _lower(part: str) -> str:
    return part if part.isupper() and len(part) > 1 else part.lower()


FILTERS: dict[str, Callable[..., Any]] = {
    "size": words.size,
    "count": words.count,
    "plural": words.plural,
    "visible": visible,
    "sentence": sentence,
    "spaced": spaced,
    "change": words.change,
    "duration": duration,
}
