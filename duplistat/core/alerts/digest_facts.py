"""What a digest is made of, and when one goes out: plain facts in no language, kept as JSON in its notice.

`digest` makes them of rows, `digest_lines` and `digest_words` say them. Times are ms.
"""

from datetime import datetime, time
from enum import StrEnum
from typing import TypedDict
from zoneinfo import ZoneInfo

from duplistat.core.schedule import EVERY_DAY, Monthly, Weekly, next_after
from duplistat.core.status import UNSCHEDULED, Health

DAY_MS = 86_400_000
# So far ahead is looked.
AHEAD_MS = 14 * DAY_MS


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


DAYS = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}


class Part(StrEnum):
    """The sections, in their order."""

    NOW = "now"
    UNTOLD = "untold"
    CHANGED = "changed"
    PROVEN = "proven"
    COMING = "coming"
    REST = "rest"


# Lines of a section that are kept; of the others is said how many there are.
MOST = {Part.NOW: 50, Part.REST: 100}
MOST_OTHERS = 20
# How a job stands, worst first. `none`: no run on that day.
NONE = "none"
ORDER = (
    Health.FAILED,
    Health.OVERDUE,
    Health.STUCK,
    Health.WARNING,
    UNSCHEDULED,
    Health.NEVER,
    NONE,
    Health.PAUSED,
    Health.OK,
)
URGENT = (Health.FAILED, Health.OVERDUE, Health.STUCK)


class Line(TypedDict):
    """One line: of a job, or with `job` None of something else that has a `name`.

    `kind` says what it tells; `text` is a schedule, a kept reason, or a name before; the numbers are what it is about.
    """

    kind: str
    name: str
    server: str
    account: str
    job: int | None
    run: int | None
    at: int | None
    until: int | None
    good_at: int | None
    text: str
    before: int | None
    after: int | None


class Section(TypedDict):
    """The first lines of a section, and how many there are in all."""

    part: str
    total: int
    lines: list[Line]


class Proofs(TypedDict):
    """How many jobs were proven by a restore or a verification in the time, how many failed it then, how many were
    proven long ago only, and how many never."""

    proven: int
    failed: int
    old: int
    never: int


class DigestFacts(TypedDict):
    """A digest. `past`: what reports said of a time that is over, not how jobs stand. `counts` by ORDER; those of an
    older version lack UNSCHEDULED."""

    name: str
    account: str
    period: str
    from_at: int
    until_at: int
    past: bool
    several: bool
    total: int
    counts: dict[str, int]
    proofs: Proofs
    sections: list[Section]


def plain_line(kind: str, name: str, account: str, **more: object) -> Line:
    """A line of something that is no job; `more` as in Line."""
    line: Line = {
        "kind": kind,
        "name": name,
        "server": "",
        "account": account,
        "job": None,
        "run": None,
        "at": None,
        "until": None,
        "good_at": None,
        "text": "",
        "before": None,
        "after": None,
    }
    return {**line, **more}  # type: ignore[typeddict-item]  # names of Line


def next_time(period: str, hour: int, day: int, zone: ZoneInfo, after: datetime) -> datetime:
    """When a digest goes out next, strictly after `after` (aware); UTC.

    `day` is that of the week (1 is Monday) or of the month; a month without it uses its last one. An hour that a clock
    skips is when the skipped hour is over, and one that it repeats is the first of both.
    """
    at = time(hour)
    match Period(period):
        case Period.DAY:
            found = next_after(Weekly(EVERY_DAY, (at,)), zone, after)
        case Period.WEEK:
            found = next_after(Weekly(frozenset({day - 1}), (at,)), zone, after)
        case Period.MONTH:
            found = next_after(Monthly(day, at), zone, after)
    if found is None:
        raise OverflowError("the calendar ends with the year 9999")
    return found


def begin_of(period: str, last_at: int | None, until: int) -> int:
    """From when a digest tells (ms): from the last one on, at most one period and a day before `until`."""
    length = DAYS[Period(period)] * DAY_MS
    return until - length if last_at is None else max(last_at, until - length - DAY_MS)
