"""What happens to patterns in life: absences, late reports, runs by hand, and changes of the rhythm."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bench.alarms.holidays import is_holiday
from bench.alarms.slots import DAY, Length, Slot, Slots, at_minute, days_from, status_of, wall


def long_saturdays(luck: Random, zone: ZoneInfo, begin: date, _: int) -> Iterator[Slot]:
    """Daily at 22:00; a full backup on Saturday takes longer than a day, and Sunday's run waits for its end."""
    usual, free, seen = luck.uniform(4, 40), datetime(2000, 1, 1, tzinfo=UTC), False
    for day in days_from(begin):
        start = max(at_minute(luck, zone, day, 22 * 60), free + timedelta(seconds=30))
        length = luck.uniform(25, 30) * 60 if day.weekday() == 5 else usual * luck.uniform(0.7, 1.3)
        # Nobody could know of the first one.
        yield Slot(start, length, status=status_of(luck), changed=day.weekday() == 5 and not seen)
        seen = seen or day.weekday() == 5
        free = start + timedelta(minutes=length)


def daily_then_weekly(luck: Random, zone: ZoneInfo, begin: date, days: int) -> Iterator[Slot]:
    change, weeks = begin + luck.uniform(0.3, 0.6) * days * DAY, 0
    for slot in wall()(luck, zone, begin, days):
        ahead = (slot.start.date() - change).days
        if ahead < 0:
            yield slot
        elif ahead % 7 == 6:
            weeks += 1
            yield replace(slot, changed=weeks <= 2)


def moved(luck: Random, zone: ZoneInfo, begin: date, days: int) -> Iterator[Slot]:
    """Daily; from some day on three to eight hours earlier or later."""
    change = begin + luck.uniform(0.3, 0.6) * days * DAY
    later, told = timedelta(hours=luck.choice((-1, 1)) * luck.randint(3, 8)), 0
    for slot in wall(within=(9, 15))(luck, zone, begin, days):
        if slot.start.date() < change:
            yield slot
        else:
            told += 1
            # Later, two are waited for in vain; earlier, nobody knows yet that these are no extra runs.
            news = (1, 2) if later > timedelta(0) else (2, 3)
            yield replace(slot, start=slot.start + later, changed=told in news)


def caught_up(part: float) -> Slots:
    """Daily at night; now and then the machine was off, and it runs in the morning, 5 to 10 hours late."""

    def slots(luck: Random, zone: ZoneInfo, begin: date, days: int) -> Iterator[Slot]:
        longest = 0.0
        for slot in wall(within=(0, 3))(luck, zone, begin, days):
            if luck.random() >= part:
                yield slot
                continue
            hours = luck.uniform(5, 10)
            yield replace(slot, start=slot.start + timedelta(hours=hours), changed=hours > longest)
            longest = max(longest, hours)

    return slots


def by_hand(base: Slots, part: float) -> Slots:
    """Besides its own runs, on a part of the days, one that somebody started between 8 and 22 o'clock."""

    def slots(luck: Random, zone: ZoneInfo, begin: date, days: int) -> Iterator[Slot]:
        waiting: Slot | None = None
        for slot in base(luck, zone, begin, days):
            if waiting is not None and waiting.start < slot.start:
                yield waiting
                waiting = None
            yield slot
            if luck.random() < part:
                at = at_minute(luck, zone, slot.start.astimezone(zone).date(), luck.uniform(8 * 60, 22 * 60))
                waiting = (
                    replace(slot, start=at, extra=True) if at > slot.start + timedelta(hours=1) else None
                )

    return slots


def late_reports(base: Slots, part: float, hours: Length) -> Slots:
    def slots(luck: Random, zone: ZoneInfo, begin: date, days: int) -> Iterator[Slot]:
        for slot in base(luck, zone, begin, days):
            late = luck.random() < part
            yield replace(slot, lag=luck.uniform(*hours) * 60) if late else slot

    return slots


def absences(base: Slots, absent: Callable[[Random, ZoneInfo, date, int], Callable[[Slot], bool]]) -> Slots:
    """The slots of `base`, of which those do not run, or are not heard of, that `absent` says."""

    def slots(luck: Random, zone: ZoneInfo, begin: date, days: int) -> Iterator[Slot]:
        is_absent = absent(luck, zone, begin, days)
        for slot in base(luck, zone, begin, days):
            yield replace(slot, ran=False) if is_absent(slot) else slot

    return slots


def now_and_then(part: float) -> Callable[[Random, ZoneInfo, date, int], Callable[[Slot], bool]]:
    return lambda luck, *_: lambda slot: luck.random() < part


def holidays(_: Random, zone: ZoneInfo, _begin: date, _days: int) -> Callable[[Slot], bool]:
    return lambda slot: is_holiday(slot.start.astimezone(zone).date())


def one_week(luck: Random, _: ZoneInfo, begin: date, days: int) -> Callable[[Slot], bool]:
    first = begin + luck.uniform(0.4, 0.7) * days * DAY
    return lambda slot: 0 <= (slot.start.date() - first).days < 7
