"""When a job is expected by what was learned of it, and from when on it is overdue, grace apart."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from duplistat.core.learned import CountsFrom, Learned
from duplistat.core.schedule import DAY, EVERY_DAY, SECOND, Interval, next_after, to_utc

# A run that much before its time is that run, in any rhythm: clocks change by as much.
EARLY = timedelta(hours=1)


def first_time(
    learned: Learned, zone: ZoneInfo, start: datetime, end: datetime
) -> tuple[datetime | None, datetime | None]:
    """The first time after a run from `start` to `end` (aware), and when it is overdue, by all that may be skipped.

    A run covers each time between its start and its end, and the one that it came early for. `zone` is the job's.
    """
    base = end if learned.counts_from is CountsFrom.END else start
    at = next_time(learned, zone, start, base)
    if learned.by_the_clock and at is not None and at - start <= _early(learned):
        at = next_time(learned, zone, at)
    if at is not None and at <= end:
        at = next_time(learned, zone, end, base)
    if at is None:
        return None, None
    return at, overdue_after(learned, zone, at, start)


def overdue_after(learned: Learned, zone: ZoneInfo, at: datetime, reference: datetime) -> datetime:
    """When it is overdue that no run came `at` nor at the times after it that may be skipped, grace apart."""
    for _ in range(learned.in_a_row - 1):
        at = next_time(learned, zone, at) or at
    return overdue_at(learned, zone, at, reference)


def next_time(
    learned: Learned, zone: ZoneInfo, after: datetime, base: datetime | None = None
) -> datetime | None:
    """The first time strictly after `after` (aware). A rhythm that counts from the latest run counts from `base`."""
    clock = ZoneInfo(learned.zone) if learned.zone else zone
    if learned.schedule is not None and learned.by_the_clock:
        return _seen(learned, clock, next_after(learned.schedule, clock, after))
    # An interval, or the longest silence where there is none.
    every = learned.schedule.every if isinstance(learned.schedule, Interval) else learned.longest
    if every is None:
        return None
    base = base or after
    at = base + (max(0, (after - base) // every) + 1) * every
    return _seen(learned, clock, at)


def overdue_at(learned: Learned, zone: ZoneInfo, at: datetime, reference: datetime) -> datetime:
    """When the run expected `at` is overdue, grace apart. `reference` is a time at which the clocks were as they
    were while it was learned: until a change was seen, the run may come by the clock or an hour off it."""
    due = at + learned.late
    if learned.clocks_open:
        now, before = at.astimezone(zone).utcoffset(), reference.astimezone(zone).utcoffset()
        due += abs((now or timedelta(0)) - (before or timedelta(0)))
    return due


def _early(learned: Learned) -> timedelta:
    return min(max(EARLY, learned.early), learned.gap / 2)


def _seen(learned: Learned, zone: ZoneInfo, at: datetime | None) -> datetime | None:
    """The first time from `at` on that falls on a weekday on which runs were seen."""
    if learned.weekdays == EVERY_DAY or not isinstance(learned.schedule, Interval):
        return at
    # A fortnight, for an interval of days that meets each weekday only then.
    for _ in range(14):
        if at is None or (local := at.astimezone(zone)).weekday() in learned.weekdays:
            return at
        midnight = to_utc(datetime.combine(local.date() + DAY, time()), zone)
        if learned.counts_from is CountsFrom.CLOCK:
            at = next_after(learned.schedule, zone, midnight - SECOND)
        else:
            at += -((at - midnight) // learned.schedule.every) * learned.schedule.every
    return at
