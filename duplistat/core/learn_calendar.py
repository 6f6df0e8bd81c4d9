"""Rhythms by the clock on the wall: times of day, on all days or some, each few days or each month."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.learn_fit import DAY, FEWEST, HOUR, MINUTE, Fit, Run, judge, middle
from duplistat.core.schedule import LAST, Interval, Monthly, Schedule, Weekly, to_utc

# Starts of one time of day lie no further apart than this when a job runs several times a day.
SAME_TIME = 45 * MINUTE


class Slot(NamedTuple):
    """A time of day on a date, how far off in seconds its run started, and the place of that run."""

    day: int
    centre: int
    off: int
    run: int


def by_the_clock(runs: list[Run], centres: list[int], zone: ZoneInfo) -> Fit | None:
    """The rhythm of runs at these times of day (seconds, ordered), as far as they show one."""
    slots = _slots(runs, centres, zone)
    if len(slots) < FEWEST:
        return None
    days = sorted({slot.day for slot in slots})
    gap = middle(sorted(later - earlier for earlier, later in pairwise(days))) if len(days) > 1 else 0
    if gap < 1:
        return None
    # One long silence is an outage, and says nothing about the days in it.
    limit = max(7, 3 * gap)
    silences = sum(later - earlier > limit for earlier, later in pairwise(days))
    if silences > 1 + len(days) // 10:
        return None
    if len(centres) == 1 and 28 <= gap <= 31 and (found := _monthly(runs, slots, days)):
        return found
    if gap <= 7 and (found := _weekly(runs, slots, days, centres, limit)):
        return found
    return _every_days(runs, slots, days, gap, limit, zone) if len(centres) == 1 and gap > 1 else None


def _slots(runs: list[Run], centres: list[int], zone: ZoneInfo) -> list[Slot]:
    """The runs that are near enough to a time of day, at most one for each date and time, in order."""
    offs = []
    for run in runs:
        centre = centres[0] if len(centres) == 1 else min(centres, key=lambda at: abs(_apart(run.second, at)))
        offs.append((centre, _apart(run.second, centre)))
    if len(centres) == 1:
        usual = middle(sorted(abs(off) for _, off in offs))
        near = min(max(HOUR, 4 * usual), 6 * HOUR)
    else:
        ring = pairwise([*centres, centres[0] + DAY])
        near = min(HOUR, min(later - earlier for earlier, later in ring) // 3)
    slots: dict[tuple[int, int], Slot] = {}
    for place, (run, (centre, off)) in enumerate(zip(runs, offs, strict=True)):
        if abs(off) > near:
            continue
        day = (run.day * DAY + run.second - off) // DAY
        if abs(off) > 20 * MINUTE and place and _ahead(run) != _ahead(runs[place - 1]):
            # The clocks have changed, so perhaps the wall never showed that time.
            off = run.at - int(_moment(day, centre, zone).timestamp())
        known = slots.get((day, centre))
        if known is None or abs(off) < abs(known.off):
            slots[day, centre] = Slot(day, centre, off, place)
    return [slots[key] for key in sorted(slots)]


def _weekly(
    runs: list[Run], slots: list[Slot], days: list[int], centres: list[int], limit: int
) -> Fit | None:
    chances, hits = [0] * 7, [0] * 7
    for day in days:
        hits[day % 7] += 1
        chances[day % 7] += 1
    for earlier, later in pairwise(days):
        if later - earlier <= limit:
            for day in range(earlier + 1, later):
                chances[day % 7] += 1
    rates = [hit / chance if chance else 1.0 for hit, chance in zip(hits, chances, strict=True)]
    floor = max(rates) / 2
    chosen = {day for day in range(7) if rates[day] >= floor}
    if any(chances[day] < 2 for day in range(7) if day not in chosen):
        return None  # one free Saturday is not yet a free weekend
    fitting = [slot for slot in slots if slot.day % 7 in chosen]
    if len(fitting) < FEWEST:
        return None
    # The first and the last day may be cut: count from the first time that was kept to the last.
    cut = centres.index(fitting[0].centre) + len(centres) - 1 - centres.index(fitting[-1].centre)
    named = sum(chances[day] for day in chosen) * len(centres) - cut
    # An ordinal of 1 is a Monday.
    weekdays = frozenset((day - 1) % 7 for day in chosen)
    schedule = Weekly(weekdays, tuple(_clock(centre) for centre in centres))
    return _judge(schedule, fitting, len(runs), named, DAY // len(centres))


def _monthly(runs: list[Run], slots: list[Slot], days: list[int]) -> Fit | None:
    dates = {day: date.fromordinal(day) for day in days}
    ends = {day: monthrange(when.year, when.month)[1] for day, when in dates.items()}
    numbers = {when.day for when in dates.values()}
    # The 30th falls on 28 February: of equally good days, the later explains both.
    number = max(numbers, key=lambda n: (sum(dates[day].day == min(n, ends[day]) for day in days), n))
    fitting = [slot for slot in slots if dates[slot.day].day == min(number, ends[slot.day])]
    if len(fitting) < FEWEST:
        return None
    if all(dates[slot.day].day == ends[slot.day] for slot in fitting):
        number = LAST
    first, last = dates[fitting[0].day], dates[fitting[-1].day]
    named = (last.year - first.year) * 12 + last.month - first.month + 1
    return _judge(Monthly(number, _clock(slots[0].centre)), fitting, len(runs), named, DAY)


def _every_days(
    runs: list[Run], slots: list[Slot], days: list[int], gap: int, limit: int, zone: ZoneInfo
) -> Fit | None:
    phase = Counter(day % gap for day in days).most_common(1)[0][0]
    fitting = [slot for slot in slots if slot.day % gap == phase]
    steps = [later.day - earlier.day for earlier, later in pairwise(fitting)]
    named = 1 + sum(step // gap if step <= limit else 1 for step in steps)
    anchor = _moment(fitting[-1].day, fitting[-1].centre, zone)
    schedule = Interval(timedelta(days=gap), anchor)
    return _judge(schedule, fitting, len(runs), named, DAY)


def _apart(second: int, centre: int) -> int:
    """From the centre to the second the short way round, -12 h to 12 h."""
    return (second - centre + DAY // 2) % DAY - DAY // 2


def _unrolled(seconds: Iterable[int]) -> list[int]:
    """The times in order from the emptiest part of the day on; those of the next day count on from 24 h."""
    ordered = sorted(seconds)
    gaps = [ordered[0] + DAY - ordered[-1], *(later - earlier for earlier, later in pairwise(ordered))]
    cut = gaps.index(max(gaps))
    return ordered[cut:] + [second + DAY for second in ordered[:cut]]


def time_of_day(seconds: Iterable[int]) -> int:
    """The median time of day, round midnight too, in whole minutes as seconds."""
    return (middle(_unrolled(seconds)) + MINUTE // 2) // MINUTE * MINUTE % DAY


def times_of_day(runs: list[Run]) -> list[int]:
    """The times of day at which there is a run on most of the days that have one."""
    unrolled = _unrolled(run.second for run in runs)
    edges = [
        0,
        *(i for i in range(1, len(unrolled)) if unrolled[i] - unrolled[i - 1] > SAME_TIME),
        len(unrolled),
    ]
    fewest = max(2, len({run.day for run in runs}) / 2)
    groups = [unrolled[begin:end] for begin, end in pairwise(edges)]
    return sorted({time_of_day(group) for group in groups if len(group) >= fewest})


def _clock(second: int) -> time:
    return time(second // HOUR, second % HOUR // MINUTE)


def _moment(day: int, centre: int, zone: ZoneInfo) -> datetime:
    return to_utc(datetime.combine(date.fromordinal(day), _clock(centre)), zone)


def _ahead(run: Run) -> int:
    """By how much the zone's clocks were ahead of a fixed one."""
    return run.day * DAY + run.second - run.at


def _judge(schedule: Schedule, fitting: list[Slot], total: int, named: int, room: int) -> Fit | None:
    offs = [slot.off for slot in fitting]
    return judge(schedule, offs, len(fitting), total, len(fitting) / named, room, fitting[-1].run)
