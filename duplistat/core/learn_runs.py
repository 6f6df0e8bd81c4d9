"""The runs that a rhythm is learned from, on the clocks on which it may be regular. All in whole seconds."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 7 * 86400
# So many of the newest runs are looked at, and fewer show nothing.
MOST, FEWEST = 400, 4
# Runs within a shorter time than that are tests, or one day's work: no rhythm.
SHORTEST_SPAN = 20 * HOUR
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC).timestamp(), datetime(9998, 1, 1, tzinfo=UTC).timestamp()


class Ran(NamedTuple):
    """When a backup run started and ended, and when its report came: milliseconds since 1970, UTC; None where that is
    not known."""

    start: int
    end: int | None
    reported: int | None = None


class Run(NamedTuple):
    """A run on the clock of a zone: seconds since 1970 of its start, its end and its report; local date (as an ordinal)
    and second of the day of its start; by how much that clock was ahead of UTC."""

    at: int
    end: int
    reported: int
    day: int
    second: int
    ahead: int


class Times(NamedTuple):
    """A run in seconds since 1970. `reported` is never before `end`, and that not before `start`."""

    start: int
    end: int
    reported: int


def read(runs: Iterable[Ran]) -> list[Times]:
    """The runs in order, without repeated starts; only the newest MOST.

    Duplicati writes the year 1 for a run that failed before it began: such a time is passed over.
    """
    found: dict[int, Times] = {}
    for run in runs:
        start = run.start // 1000
        if _FIRST <= start <= _LAST:
            end = max(start, (run.end or 0) // 1000)
            found[start] = Times(start, end, max(end, (run.reported or 0) // 1000))
    return sorted(found.values())[-MOST:]


def on_clock(times: Sequence[Times], zone: ZoneInfo) -> list[Run]:
    """The runs as the clock of `zone` shows them."""
    runs = []
    for at, end, reported in times:
        local = datetime.fromtimestamp(at, zone)
        day, second = local.toordinal(), local.hour * HOUR + local.minute * MINUTE + local.second
        runs.append(Run(at, end, reported, day, second, (day - _EPOCH) * DAY + second - at))
    return runs


def ahead(at: int, zone: ZoneInfo) -> int:
    """By how much the clock of a zone is ahead of UTC at a time (seconds)."""
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def changes_clocks(zone: ZoneInfo, after: int) -> bool:
    """Whether the zone has summer time in the year after a time (seconds since 1970)."""
    return _changes_clocks(zone, datetime.fromtimestamp(after, UTC).year)


@lru_cache(maxsize=512)
def _changes_clocks(zone: ZoneInfo, year: int) -> bool:
    winter, summer = datetime(year, 1, 1, tzinfo=zone), datetime(year, 7, 1, tzinfo=zone)
    return winter.utcoffset() != summer.utcoffset()


def gaps(runs: Sequence[Run]) -> list[int]:
    """From start to start, in order of time."""
    return [later.at - earlier.at for earlier, later in pairwise(runs)]


def middle(ordered: Sequence[int]) -> int:
    """The lower median of an ordered sequence: always one of its values."""
    return ordered[(len(ordered) - 1) // 2]


_EPOCH = datetime(1970, 1, 1).toordinal()
