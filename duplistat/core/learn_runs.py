"""The runs that a rhythm is learned from, on the clocks on which it may be regular. All in whole seconds."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 7 * 86400
# So many of the newest runs are looked at, and fewer show nothing.
MOST, FEWEST = 400, 4
# Runs within a shorter time than that are tests, or one day's work: no rhythm.
SHORTEST_SPAN = 20 * HOUR
# Runs that far apart and more have one time of day.
ONCE_A_DAY = 14 * HOUR
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


# In half the time that naming each value takes.
_run_of: Callable[[tuple[int, ...]], Run] = partial(tuple.__new__, Run)


def read(runs: Iterable[Ran]) -> list[Times]:
    """The runs in order, without repeated starts; only the newest MOST.

    Duplicati writes the year 1 for a run that failed before it began: such a time is passed over.
    """
    found: dict[int, Times] = {}
    for start, end, reported in runs:
        start //= 1000
        if _FIRST <= start <= _LAST:
            end = end // 1000 if end else start
            if end < start:
                end = start
            reported = reported // 1000 if reported else end
            found[start] = Times(start, end, reported if reported > end else end)
    return sorted(found.values())[-MOST:]


def on_clock(times: Sequence[Times], zone: ZoneInfo) -> list[Run]:
    """The runs, in order of time, as the clock of `zone` shows them."""
    rows: list[tuple[int, ...]] = []
    until = off = 0
    for at, end, reported in times:
        if at >= until:
            off, until = _offset(at, zone)
        day, second = divmod(at + off, DAY)
        rows.append((at, end, reported, day + _EPOCH, second, off))
    return list(map(_run_of, rows))


def ahead(at: int, zone: ZoneInfo) -> int:
    """By how much the clock of a zone is ahead of UTC at a time (seconds)."""
    return _offset(at, zone)[0]


def _offset(at: int, zone: ZoneInfo) -> tuple[int, int]:
    """By how much the clock of a zone is ahead of UTC at a time, and until when that is known to hold."""
    year = datetime.fromtimestamp(at, UTC).year
    changes, offsets = _offsets(zone, year)
    place = bisect_right(changes, at)
    return offsets[place - 1], changes[place]


@lru_cache(maxsize=2048)
def _offsets(zone: ZoneInfo, year: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """When a year begins by UTC, when the clock of a zone changes in it, and when the year ends; and by how much the
    clock is ahead from each of these on but the last.

    Asking the zone about each run would take a third of the time that learning takes. It is asked about each day: no
    clock changes twice in one.
    """
    begin, end = (int(datetime(each, 1, 1, tzinfo=UTC).timestamp()) for each in (year, year + 1))
    changes, offsets = [begin], [_ask(begin, zone)]
    for day in range(begin, end, DAY):
        before, after = day, day + DAY
        if _ask(after, zone) == offsets[-1]:
            continue
        while after - before > 1:
            between = (before + after) // 2
            if _ask(between, zone) == offsets[-1]:
                before = between
            else:
                after = between
        if after < end:
            changes.append(after)
            offsets.append(_ask(after, zone))
    return (*changes, end), tuple(offsets)


def _ask(at: int, zone: ZoneInfo) -> int:
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
