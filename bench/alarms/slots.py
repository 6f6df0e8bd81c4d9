"""Kinds of patterns: each makes a function that yields the slots of a job's life, in order of time, without an end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, pairwise
from random import Random
from zoneinfo import ZoneInfo

from duplistat.core.schedule import LAST, Monthly, MonthlyNth, next_after, to_utc

DAY = timedelta(days=1)
EVERY_DAY, MON_FRI = frozenset(range(7)), frozenset(range(5))
Length = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which the job runs, `start` UTC; or, without `ran`, a time at which it would have.

    It runs for so many minutes; its report is on its way for `lag` minutes more. `changed`: from here on the rhythm
    is another one. `extra`: none that anybody waits for, nor tells of before.
    """

    start: datetime
    minutes: float
    lag: float = 0.05
    status: str = "success"
    ran: bool = True
    changed: bool = False
    extra: bool = False


Slots = Callable[[Random, ZoneInfo, date, int], Iterator[Slot]]


def wall(
    days: frozenset[int] = EVERY_DAY,
    times: tuple[float, ...] = (),
    *,
    count: int = 1,
    within: Length = (0, 24),
    jitter: float = 0,
    delay: float = 0,
    skip: float = 0,
    fails: int | None = None,
    minutes: Length = (4, 40),
) -> Slots:
    """By the clock on the wall, on these weekdays: at `times` (minutes of the day), or at `count` of them by chance.

    Off by `jitter` (a deviation, in minutes, at most three) and up to `delay` minutes late. A part `skip` of the days
    sees no run. The run at the time numbered `fails` ends in error.
    """

    def slots(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
        fixed = times or sorted(_apart(luck, within, count))
        usual = luck.uniform(*minutes)
        for day in days_from(begin):
            if day.weekday() not in days:
                continue
            ran = luck.random() >= skip
            for number, minute in enumerate(fixed):
                off = max(-3 * jitter, min(3 * jitter, luck.gauss(0, jitter))) + luck.uniform(0, delay)
                status = "error" if number == fails else status_of(luck)
                yield Slot(
                    at_minute(luck, zone, day, minute + off),
                    usual * luck.uniform(0.7, 1.3),
                    status=status,
                    ran=ran,
                )

    return slots


def every_hours_of_the_wall(hours: int) -> Slots:
    """Every so many hours of the day, at the same times in winter and in summer."""

    def slots(luck: Random, zone: ZoneInfo, begin: date, days: int) -> Iterator[Slot]:
        first = luck.randrange(hours * 60)
        times = tuple(float(first + 60 * hour) for hour in range(0, 24, hours))
        yield from wall(times=times)(luck, zone, begin, days)

    return slots


def daily_utc(luck: Random, zone: ZoneInfo, begin: date, days: int) -> Iterator[Slot]:
    yield from wall()(luck, ZoneInfo("UTC"), begin, days)


def every_days(days: int) -> Slots:
    def slots(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
        minute, usual = float(luck.randrange(1440)), luck.uniform(4, 40)
        for number in count():
            day = begin + number * days * DAY
            yield Slot(
                at_minute(luck, zone, day, minute), usual * luck.uniform(0.7, 1.3), status=status_of(luck)
            )

    return slots


def after_the_start(hours: float, minutes: Length = (4, 40)) -> Slots:
    """So long after the last start, whatever the clock on the wall says."""

    def slots(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
        start, usual = at_minute(luck, zone, begin, luck.random() * 1440), luck.uniform(*minutes)
        while True:
            yield Slot(start, usual * luck.uniform(0.7, 1.3), status=status_of(luck))
            start += timedelta(hours=hours, seconds=luck.uniform(0, 10))

    return slots


def after_the_end(hours: float) -> Slots:
    """So long after the last end: it drifts by as long as its runs take, and that varies."""

    def slots(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
        start, usual = at_minute(luck, zone, begin, luck.random() * 1440), luck.uniform(10, 60)
        while True:
            slot = Slot(start, usual * luck.lognormvariate(0, 0.4), status=status_of(luck))
            yield slot
            start += timedelta(hours=hours, minutes=slot.minutes, seconds=luck.uniform(0, 20))

    return slots


def while_it_is_on(hours: float) -> Slots:
    """On weekdays from a morning on, first soon after the start, and until somebody goes home."""

    def slots(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
        usual = luck.uniform(2, 20)
        for day in days_from(begin):
            if day.weekday() not in MON_FRI:
                continue
            ran = luck.random() >= 0.05
            minute, until = luck.gauss(8.5 * 60, 15), luck.gauss(17.5 * 60, 20)
            while minute < until:
                yield Slot(at_minute(luck, zone, day, minute), usual * luck.uniform(0.7, 1.3), ran=ran)
                minute += 60 * hours

    return slots


def by_the_month(rule: Callable[[time], Monthly | MonthlyNth]) -> Slots:
    def slots(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
        schedule, usual = rule(time(luck.randrange(24), luck.randrange(60))), luck.uniform(4, 40)
        moment = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
        while following := next_after(schedule, zone, moment):
            moment = following
            yield Slot(moment + timedelta(seconds=luck.uniform(0, 20)), usual * luck.uniform(0.7, 1.3))

    return slots


def nth(number: int, weekday: int) -> Callable[[time], MonthlyNth]:
    return lambda at: MonthlyNth(LAST if number < 0 else number, weekday, at)


def number(day: int) -> Callable[[time], Monthly]:
    """A day of the month; the 31st is the last in a shorter one."""
    return lambda at: Monthly(day, at)


def weekdays_and_saturday(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
    usual = luck.uniform(4, 40)
    for day in days_from(begin):
        if day.weekday() < 6:
            minute = 10 * 60 if day.weekday() == 5 else 22 * 60
            yield Slot(
                at_minute(luck, zone, day, minute), usual * luck.uniform(0.7, 1.3), status=status_of(luck)
            )


def by_chance(hours: float) -> Slots:
    """Whenever somebody thinks of it: after that many hours in the mean, and not within two."""

    def slots(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
        start = at_minute(luck, zone, begin, luck.random() * 1440)
        while True:
            yield Slot(start, luck.uniform(4, 40), status=status_of(luck))
            start += timedelta(hours=2 + luck.expovariate(1 / (hours - 2)))

    return slots


def days_from(begin: date) -> Iterator[date]:
    return (begin + number * DAY for number in count())


def at_minute(luck: Random, zone: ZoneInfo, day: date, minute: float) -> datetime:
    """Some seconds after this minute of the day by the zone's clock, in UTC."""
    wall_clock = datetime.combine(day, time()) + timedelta(minutes=minute, seconds=luck.uniform(0, 20))
    return to_utc(wall_clock.replace(microsecond=0), zone)


def _apart(luck: Random, within: Length, count: int) -> list[float]:
    """So many minutes of the day, three hours apart at least, each on a full quarter more often than not."""
    while True:
        found = [float(luck.randrange(int(within[0] * 60), int(within[1] * 60))) for _ in range(count)]
        found = [minute // 15 * 15 if luck.random() < 0.7 else minute for minute in found]
        ordered = sorted(found)
        around = [*ordered, ordered[0] + 1440]
        if all(later - earlier >= 180 for earlier, later in pairwise(around)):
            return ordered


def status_of(luck: Random) -> str:
    chance = luck.random()
    return "error" if chance < 0.02 else "warning" if chance < 0.07 else "success"
