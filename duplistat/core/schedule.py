"""When a job should run: a rule and a zone in, moments in UTC out.

A rule that names a time of day means the clock on the wall, as Debian's cron
does: a time that a spring change skips happens when the skipped hour is over,
and a time that an autumn change repeats happens once, the first time.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
LAST = -1
MONDAY_TO_FRIDAY = frozenset(range(5))
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so often, first at `anchor` (aware; kept as UTC) and never before it.

    `every` is whole seconds. Whole days keep the anchor's time of day in the zone of the job
    across a clock change; anything else is counted in absolute time.
    """

    every: timedelta
    anchor: datetime

    def __post_init__(self) -> None:
        if self.every < SECOND or self.every % SECOND:
            raise ValueError("an interval is a whole number of seconds, at least one")
        if self.anchor.tzinfo is None:
            raise ValueError("the start of an interval needs a zone")
        object.__setattr__(self, "anchor", self.anchor.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Weekly:
    """On these weekdays (0 is Monday) at each of these times, in whole minutes and sorted."""

    days: frozenset[int]
    times: tuple[time, ...]

    def __post_init__(self) -> None:
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError("weekdays are 0 (Monday) to 6, at least one")
        if not self.times:
            raise ValueError("a weekly schedule needs a time of day")
        for at in self.times:
            _check_time(at)
        object.__setattr__(self, "times", tuple(sorted(set(self.times))))


@dataclass(frozen=True, slots=True)
class Timetable:
    """Several weekly schedules as one: other times on other days. At least two, in the order of their first days."""

    parts: tuple[Weekly, ...]

    def __post_init__(self) -> None:
        if len(self.parts) < 2:
            raise ValueError("a timetable has at least two weekly schedules")
        object.__setattr__(
            self, "parts", tuple(sorted(self.parts, key=lambda part: (min(part.days), part.times)))
        )


@dataclass(frozen=True, slots=True)
class Monthly:
    """On a day of the month, 1 to 31 or `LAST`. A month without that day uses its last day."""

    day: int
    at: time

    def __post_init__(self) -> None:
        if self.day != LAST and not 1 <= self.day <= 31:
            raise ValueError("a day of the month is 1 to 31, or the last")
        _check_time(self.at)


@dataclass(frozen=True, slots=True)
class MonthlyNth:
    """On the first to fifth, or `LAST`, such weekday (0 is Monday) of a month. No fifth: not that month."""

    nth: int
    weekday: int
    at: time

    def __post_init__(self) -> None:
        if self.nth != LAST and not 1 <= self.nth <= 5:
            raise ValueError("a weekday of the month is the first to the fifth, or the last")
        if self.weekday not in EVERY_DAY:
            raise ValueError("a weekday is 0 (Monday) to 6")
        _check_time(self.at)


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields as Debian's cron reads them."""

    expression: str

    def __post_init__(self) -> None:
        if len(self.expression.split()) != 5:
            raise ValueError("it needs five fields")
        try:
            CronSim(self.expression, datetime(2026, 1, 1))
        except CronSimError as error:
            raise ValueError(str(error).lower()) from error


@dataclass(frozen=True, slots=True)
class Unplanned:
    """Runs when somebody starts it, and is never late."""


@dataclass(frozen=True, slots=True)
class Within:
    """Within so long of the end of the run before, whenever that was; of no run, of when it was set.

    `every` is whole seconds, counted in absolute time. There is no time of day that it would keep.
    """

    every: timedelta

    def __post_init__(self) -> None:
        if self.every < SECOND or self.every % SECOND:
            raise ValueError("a limit is a whole number of seconds, at least one")


Schedule = Interval | Within | Weekly | Timetable | Monthly | MonthlyNth | Cron | Unplanned


def names_times(schedule: Schedule) -> bool:
    """Whether a schedule is of times of day, which are of some zone: no interval, and no manual job."""
    return not isinstance(schedule, Interval | Within | Unplanned)


def next_after(schedule: Schedule, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first moment of the schedule strictly after `after` (aware), in UTC; None if there is none.

    `zone` is where the clock hangs that the schedule's times mean.
    """
    try:
        match schedule:
            case Interval():
                return _next_of_interval(schedule, zone, after)
            case Within(every):
                return after.astimezone(UTC) + every
            case Cron():
                return _next_of_cron(schedule, zone, after)
            case Unplanned():
                return None
            case Timetable(parts):
                found = (next_after(part, zone, after) for part in parts)
                return min((moment for moment in found if moment is not None), default=None)
            case _:
                moments = (
                    to_utc(wall, zone) for wall in _wall_times(schedule, after.astimezone(zone).date())
                )
                return next((moment for moment in moments if moment > after), None)
    except OverflowError:  # the calendar ends with the year 9999
        return None


def moments_after(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """All moments of the schedule strictly after `after`, in UTC, each as `next_after` finds it from the one before.

    Days and months are gone through once, which takes half of the time.
    """
    while True:
        found = None
        if isinstance(schedule, Weekly | Monthly | MonthlyNth):
            try:
                for wall in _wall_times(schedule, after.astimezone(zone).date()):
                    moment = to_utc(wall, zone)
                    if moment > after:
                        found = after = moment
                        yield moment
            except OverflowError:  # the calendar ends with the year 9999
                return
        else:
            found = next_after(schedule, zone, after)
            if found is not None:
                after = found
                yield found
        if found is None:
            return


def upcoming(schedule: Schedule, zone: ZoneInfo, after: datetime, count: int) -> list[datetime]:
    """The next `count` moments strictly after `after`, in UTC; fewer when the schedule ends."""
    return list(islice(moments_after(schedule, zone, after), count))


def typical_gap(schedule: Schedule, zone: ZoneInfo, near: datetime) -> timedelta | None:
    """The usual time between two moments around `near`: the lower median. None for a schedule without two."""
    if isinstance(schedule, Interval | Within):
        return schedule.every
    if isinstance(schedule, Weekly | Timetable):
        # A week of wall clock tells all, and much faster than eight steps through a calendar.
        return week_gap(schedule)
    gaps = sorted(later - earlier for earlier, later in pairwise(upcoming(schedule, zone, near, 9)))
    return gaps[(len(gaps) - 1) // 2] if gaps else None


def week_gap(schedule: Weekly | Timetable) -> timedelta:
    """The usual time between two moments of a week of wall clock: the lower median."""
    marks = week_times(schedule)
    gaps = sorted(later - earlier for earlier, later in pairwise([*marks, marks[0] + 7 * DAY]))
    return gaps[(len(gaps) - 1) // 2]


def week_times(schedule: Weekly | Timetable) -> list[timedelta]:
    """The times of a week, in order, each since Monday 00:00 of the clock on the wall."""
    parts = schedule.parts if isinstance(schedule, Timetable) else (schedule,)
    return sorted(
        {
            timedelta(days=day, hours=at.hour, minutes=at.minute)
            for part in parts
            for day in part.days
            for at in part.times
        }
    )


def to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment when the clocks of the zone show `wall` (naive).

    The first of two; the end of the gap if they never show it. Never decreases as `wall` grows.
    """
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    other = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if moment <= other:
        return moment
    # In a gap, read by the offset before it the wall is past the change, by the one after it short of it.
    low, high = int(other.timestamp()), int(moment.timestamp())
    behind = moment.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == behind:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)


def _check_time(at: time) -> None:
    if at.second or at.microsecond or at.tzinfo is not None:
        raise ValueError("a time of day is hours and minutes, without a zone")


def _next_of_interval(schedule: Interval, zone: ZoneInfo, after: datetime) -> datetime:
    every, anchor = schedule.every, schedule.anchor
    if after < anchor:
        return anchor
    if every % DAY:
        return anchor + ((after - anchor) // every + 1) * every
    wall = anchor.astimezone(zone).replace(tzinfo=None)
    steps = max(1, (after.astimezone(zone).replace(tzinfo=None) - wall) // every)
    while (moment := to_utc(wall + steps * every, zone)) <= after:
        steps += 1
    return moment


def _next_of_cron(schedule: Cron, zone: ZoneInfo, after: datetime) -> datetime | None:
    for found in CronSim(schedule.expression, after.astimezone(zone)):
        # Asked within a repeated hour, it may answer with the first of the two, which is over.
        if (moment := found.astimezone(UTC)) > after:
            return moment
    return None


def _wall_times(schedule: Weekly | Monthly | MonthlyNth, start: date) -> Iterator[datetime]:
    """The schedule's local times, naive and in order, from the first day that matters to `start` on."""
    if isinstance(schedule, Weekly):
        # Two weeks, for a date that the zone left out altogether (Samoa, 2011-12-30).
        for ahead in range(15):
            day = start + ahead * DAY
            if day.weekday() in schedule.days:
                for at in schedule.times:
                    yield datetime.combine(day, at)
        return
    # No weekday waits longer than this for its next fifth.
    for month in range(start.month - 1, start.month + 12):
        year = start.year + month // 12
        if year > date.max.year:
            return
        if number := _day_of_month(schedule, year, month % 12 + 1):
            yield datetime.combine(date(year, month % 12 + 1, number), schedule.at)


def _day_of_month(schedule: Monthly | MonthlyNth, year: int, month: int) -> int | None:
    first, length = monthrange(year, month)
    if isinstance(schedule, Monthly):
        return length if schedule.day == LAST else min(schedule.day, length)
    if schedule.nth == LAST:
        return length - (first + length - 1 - schedule.weekday) % 7
    number = 1 + (schedule.weekday - first) % 7 + 7 * (schedule.nth - 1)
    return number if number <= length else None
