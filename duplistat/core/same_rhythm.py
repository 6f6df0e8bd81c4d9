"""Whether two schedules are the same rhythm, and whether what runs show contradicts the schedule that decides."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from duplistat.core.expectation import Rhythm, Source, following
from duplistat.core.learned import SEEN, CountsFrom, Learned, period_of
from duplistat.core.learned_times import next_time
from duplistat.core.schedule import Schedule, Within, next_after

# The first time of a rhythm strictly after a moment (aware); None for none.
Times = Callable[[datetime], datetime | None]
COMPARED = 5
_A_MOMENT = timedelta(microseconds=1)


def same_rhythm(one: Times, other: Times, after: datetime, within: timedelta) -> bool:
    """Whether each of the next five times of either is within so much of a time of the other.

    Never by more than a third of the time between two: what is hourly is never two-hourly, however late runs come.
    """
    ours, theirs = _next(one, after), _next(other, after)
    if len(ours) < COMPARED or len(theirs) < COMPARED:
        return ours == theirs
    within = min(within, _shortest(ours) / 3, _shortest(theirs) / 3)
    return all(_near(other, at, within) for at in ours) and all(_near(one, at, within) for at in theirs)


def times_of(schedule: Schedule, zone: ZoneInfo) -> Times:
    return lambda after: next_after(schedule, zone, after)


def times_learned(learned: Learned, zone: ZoneInfo, start: datetime, end: datetime) -> Times:
    """The times of what was learned, after a latest run from `start` to `end` (aware). `zone` is the job's."""
    base = end if learned.counts_from is CountsFrom.END else start
    return lambda after: next_time(learned, zone, after, base)


def contradicted(
    rhythm: Rhythm, source: Source, start: datetime, end: datetime, decided: datetime | None = None
) -> bool:
    """Whether the runs, the latest from `start` to `end` (aware), keep another rhythm than the one that decides.

    They have to have kept it for two whole periods (weeks, say) since that one was `decided`: what ran before is not
    held against it. What is nowhere late by the grace is no other rhythm. A manual job can run whenever it likes.
    """
    learned = rhythm.learned
    if source in (Source.LEARNED, Source.NONE) or learned is None or learned.schedule is None:
        return False
    if isinstance(rhythm.set_schedule, Within):
        # It is a limit: what keeps it has a rhythm of its own.
        return False
    since = (
        max(moment for moment in (learned.since, decided) if moment is not None) if learned.since else start
    )
    if learned.periods < SEEN or start - since < (SEEN - 0.1) * period_of(learned.schedule, learned.gap):
        return False
    shown, within = times_learned(learned, rhythm.zone, start, end), max(learned.late, rhythm.grace)
    if source is Source.TOLD and rhythm.told_next is not None:
        # A client tells the next time by all that it knows; that the others follow at equal distances is ours.
        return not _near(shown, rhythm.told_next, min(within, learned.gap / 3))
    decides = replace(rhythm, learned=None, quiet=())

    def times_decided(after: datetime) -> datetime | None:
        return following(decides, after).at

    if len(_next(times_decided, start)) < COMPARED:
        # None is expected.
        return False
    return not same_rhythm(times_decided, shown, start, within)


def _next(times: Times, after: datetime) -> list[datetime]:
    found: list[datetime] = []
    while len(found) < COMPARED and (at := times(after)) is not None:
        found.append(at)
        after = at
    return found


def _near(times: Times, at: datetime, within: timedelta) -> bool:
    found = times(at - within - _A_MOMENT)
    return found is not None and found <= at + within


def _shortest(times: Sequence[datetime]) -> timedelta:
    return min(later - earlier for earlier, later in pairwise(times))
