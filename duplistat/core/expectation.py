"""When a job is expected next, how we know, and from when on it is overdue. All moments are UTC.

A schedule set by a person goes first, then the one that was collected from the agent itself, then what the client
told with a report, then what its runs have taught.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from duplistat.core.learn import Learned, sureness, words
from duplistat.core.schedule import Interval, Schedule, next_after, typical_gap
from duplistat.core.schedule_text import describe

# A run this much before its time is that run; one still earlier is an extra one.
EARLY = timedelta(minutes=15)
SHORTEST_TOLD = timedelta(minutes=1)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Source(StrEnum):
    SET = "set"
    COLLECTED = "collected"
    TOLD = "told"
    LEARNED = "learned"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """All that is known of when a job runs. `told_next` is aware, `told_gap` the time from it to the next."""

    zone: ZoneInfo
    grace: timedelta
    set_schedule: Schedule | None = None
    told_next: datetime | None = None
    told_gap: timedelta | None = None
    learned: Learned | None = None
    collected: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A run expected `at`, overdue from `due` on. Both None: none is expected, as `source` has it."""

    at: datetime | None
    due: datetime | None
    source: Source


def expected_after(rhythm: Rhythm, last_start: datetime | None, since: datetime) -> Expected:
    """The first run that has not come, which may lie in the past: whether it is overdue is for the caller.

    `since` is when the schedule began to count, for a job that never ran. A run shortly before its
    time counts for it; any other early or extra run shifts nothing.
    """
    expected = _first_after(rhythm, last_start or since)
    if last_start is None or expected.at is None or expected.source is Source.TOLD:
        return expected
    early = expected.at - last_start
    return (
        _first_after(rhythm, expected.at) if _counts(rhythm, expected.source, early, last_start) else expected
    )


def following(rhythm: Rhythm, missed: datetime) -> Expected:
    """The run expected after the one at `missed`, which did not come."""
    return _first_after(rhythm, missed)


def next_expected(rhythm: Rhythm, expected_at: datetime, count: int) -> list[Expected]:
    """The first `count` runs expected at `expected_at` or later; fewer when no more are known.

    For "the next five and when each would alarm".
    """
    return list(islice(_from(rhythm, expected_at), count))


def why(rhythm: Rhythm, source: Source) -> str:
    """How we know, in words, with times in the job's zone."""
    if source is Source.SET and rhythm.set_schedule is not None:
        return f"set by hand: {describe(rhythm.set_schedule)}"
    if source is Source.COLLECTED and rhythm.collected is not None:
        return f"collected from the agent: {describe(rhythm.collected)}"
    if source is Source.TOLD and rhythm.told_next is not None:
        then = _told_interval(rhythm)
        after = f", then {describe(then)}" if then else ""
        return f"told by Duplicati: next run {_date(rhythm.told_next, rhythm.zone)}{after}"
    if source is Source.LEARNED and rhythm.learned is not None:
        return f"{words(rhythm.learned)} ({sureness(rhythm.learned)})"
    return "no schedule known yet: it is learned after four runs, or set one"


def _first_after(rhythm: Rhythm, moment: datetime) -> Expected:
    """The first expected run strictly after `moment`."""
    if rhythm.set_schedule is not None:
        at = next_after(rhythm.set_schedule, rhythm.zone, moment)
        return _expected(at, rhythm.grace, Source.SET)
    if rhythm.collected is not None:
        at = next_after(rhythm.collected, rhythm.zone, moment)
        return _expected(at, rhythm.grace, Source.COLLECTED)
    if rhythm.told_next is not None:
        if moment < rhythm.told_next:
            return _expected(rhythm.told_next, rhythm.grace, Source.TOLD)
        if then := _told_interval(rhythm):
            return _expected(next_after(then, rhythm.zone, moment), rhythm.grace, Source.TOLD)
    if rhythm.learned is not None:
        at = next_after(rhythm.learned.schedule, rhythm.zone, moment)
        return _expected(at, rhythm.grace + rhythm.learned.spread, Source.LEARNED)
    return Expected(None, None, Source.NONE)


def _from(rhythm: Rhythm, expected_at: datetime) -> Iterator[Expected]:
    # A microsecond back, so that the first is found as any other, with its own source and due time.
    expected = _first_after(rhythm, expected_at - timedelta(microseconds=1))
    while expected.at is not None:
        yield expected
        expected = _first_after(rhythm, expected.at)


def _expected(at: datetime | None, grace: timedelta, source: Source) -> Expected:
    if at is None:
        return Expected(None, None, source)
    at = at.astimezone(UTC)
    try:
        return Expected(at, at + grace, source)
    except OverflowError:  # the calendar ends with the year 9999
        return Expected(at, datetime.max.replace(tzinfo=UTC), source)


def _counts(rhythm: Rhythm, source: Source, early: timedelta, near: datetime) -> bool:
    """Whether a run that started so much before its time is the run of that time."""
    learned = rhythm.learned if source is Source.LEARNED else None
    usual = 2 * learned.spread if learned else timedelta(0)
    fixed = rhythm.collected if source is Source.COLLECTED else rhythm.set_schedule
    schedule = learned.schedule if learned else fixed
    if schedule is None or early > max(EARLY, usual):
        return False  # as nearly always; the gap takes longer to find
    gap = typical_gap(schedule, rhythm.zone, near)
    if gap is None:
        return False
    # Never more than half a gap: that run may as well be a late one for the time before.
    return early <= min(max(min(EARLY, gap / 10), usual), gap / 2)


def _told_interval(rhythm: Rhythm) -> Interval | None:
    """What the client told, as a schedule: whole days keep the time of day in the zone, as a client does."""
    if rhythm.told_next is None or rhythm.told_gap is None or rhythm.told_gap < SHORTEST_TOLD:
        return None
    return Interval(timedelta(seconds=round(rhythm.told_gap.total_seconds())), rhythm.told_next)


def _date(moment: datetime, zone: ZoneInfo) -> str:
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        local = moment
    return f"{local.day} {MONTHS[local.month - 1]} {local:%H:%M}"
