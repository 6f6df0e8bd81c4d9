"""Rhythms by the clock on the wall: times of day by weekday."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.learn_fit import Fit, judge
from duplistat.core.learn_runs import DAY, FEWEST, HOUR, MINUTE, WEEK, Run, gaps, middle
from duplistat.core.schedule import Interval, Schedule, Timetable, Weekly, to_utc

# Starts of one time of day lie no further apart than this when a job runs several times a day.
SAME_TIME = 45 * MINUTE
# Runs that are in step with the hour, or with a part of it.
STEPS = tuple(step * MINUTE for step in (5, 10, 15, 20, 30, 60, 120, 180, 240))
# When people work: what runs then, and not on all days, is on a machine that they may have switched off.
OPENS, CLOSES = 7 * HOUR, 20 * HOUR
# The part of a weekday's chances that must have been taken, and more than once where it had more: a Saturday on which
# somebody tried something is not yet a Saturday on which a run is expected.
LEAST_OF_CHANCES = 0.5


class Hit(NamedTuple):
    """A run at its time: the local day, the time of day, how late it started and was reported, and its place among the
    runs."""

    day: int
    centre: int
    off: int
    end: int
    run: int


def timetables(runs: list[Run], zone: ZoneInfo, fewest: int = FEWEST) -> Iterator[Fit]:
    """The rhythms of times of day that these runs may have, each as far as they show it."""
    for centres in _ways(runs):
        if fit := _timetable(runs, centres, zone, fewest):
            yield fit


def every_days(runs: list[Run], zone: ZoneInfo, fewest: int = FEWEST) -> Fit | None:
    """A rhythm of a run each few days (or weeks) at one time of day."""
    hits = hits_at(runs, [time_of_day(run.second for run in runs)], zone)
    days = [hit.day for hit in hits]
    if len(days) < fewest:
        return None
    gap = middle(sorted(later - earlier for earlier, later in pairwise(days)))
    if gap < 2:
        return None
    phase = Counter(day % gap for day in days).most_common(1)[0][0]
    fitting = [hit for hit in hits if hit.day % gap == phase]
    if len(fitting) < max(fewest, 0.75 * len(hits)):
        return None
    came = [True]
    for earlier, later in pairwise(fitting):
        came += [False] * ((later.day - earlier.day) // gap - 1) + [True]
    last = fitting[-1]
    offs, ends = [hit.off for hit in fitting], [hit.end for hit in fitting]
    schedule = Interval(timedelta(days=gap), moment(last.day, last.centre, zone))
    return judge(schedule, gap * DAY, came, offs, ends, [hit.run for hit in fitting], len(runs))


def hits_at(runs: Sequence[Run], centres: Sequence[int], zone: ZoneInfo) -> list[Hit]:
    """The runs that are near enough to a time of day (seconds, in order), at most one for each date and time."""
    offs = []
    for run in runs:
        centre = centres[0] if len(centres) == 1 else min(centres, key=lambda at: abs(_apart(run.second, at)))
        offs.append((centre, _apart(run.second, centre)))
    if len(centres) == 1:
        usual = middle(sorted(abs(off) for _, off in offs))
        near, late = min(max(HOUR, 4 * usual), 6 * HOUR), DAY // 2
    else:
        ring = pairwise([*centres, centres[0] + DAY])
        near = late = min(2 * HOUR, int(min(later - earlier for earlier, later in ring) / 2.5))
    hits: dict[tuple[int, int], Hit] = {}
    for place, (run, (centre, off)) in enumerate(zip(runs, offs, strict=True)):
        if not -near <= off <= late:
            continue
        day = (run.day * DAY + run.second - off) // DAY
        if abs(off) > 20 * MINUTE and place and run.ahead != runs[place - 1].ahead:
            # The clocks have changed, so perhaps the wall never showed that time.
            off = run.at - int(moment(day, centre, zone).timestamp())
        known = hits.get((day, centre))
        if known is None or abs(off) < abs(known.off):
            hits[day, centre] = Hit(day, centre, off, off + run.reported - run.at, place)
    return [hits[key] for key in sorted(hits)]


def moment(day: int, centre: int, zone: ZoneInfo) -> datetime:
    return to_utc(datetime.combine(date.fromordinal(day), clock(centre)), zone)


def time_of_day(seconds: Iterable[int]) -> int:
    """The median time of day, round midnight too, in whole minutes as seconds."""
    return (middle(_unrolled(seconds)) + MINUTE // 2) // MINUTE * MINUTE % DAY


def _ways(runs: list[Run]) -> Iterator[list[int]]:
    """The times of day that may be meant, as several guesses."""
    usual = middle(sorted(gaps(runs)))
    if usual >= 14 * HOUR:
        yield [time_of_day(run.second for run in runs)]
    groups = _times_of_day(runs)
    if 2 <= len(groups) <= 12:
        yield groups
    step = min(STEPS, key=lambda each: abs(each - usual))
    if abs(step - usual) <= usual / 4:
        offset = _offset(runs, step)
        yield list(range(offset, DAY, step))


def _offset(runs: list[Run], step: int) -> int:
    """How long after a full step the runs start, as most do; in whole minutes as seconds."""
    ordered = sorted(run.second % step for run in runs)
    between = [ordered[0] + step - ordered[-1], *(later - earlier for earlier, later in pairwise(ordered))]
    cut = between.index(max(between))
    turned = ordered[cut:] + [second + step for second in ordered[:cut]]
    return middle(turned) // MINUTE * MINUTE % step


def _times_of_day(runs: list[Run]) -> list[int]:
    """The times of day at which there was a run more than once."""
    unrolled = _unrolled(run.second for run in runs)
    edges = [
        0,
        *(at for at in range(1, len(unrolled)) if unrolled[at] - unrolled[at - 1] > SAME_TIME),
        len(unrolled),
    ]
    days = len({run.day for run in runs})
    groups = [unrolled[begin:end] for begin, end in pairwise(edges)]
    return sorted({time_of_day(group) for group in groups if len(group) >= max(2, days / 12)})


def _timetable(runs: list[Run], centres: list[int], zone: ZoneInfo, fewest: int) -> Fit | None:
    hits = hits_at(runs, centres, zone)
    if len(hits) < fewest:
        return None
    days = sorted({hit.day for hit in hits})
    if len(days) < 2:
        return None
    usual = middle(sorted(later - earlier for earlier, later in pairwise(days)))
    if usual > 7:
        return None
    # One long silence is an outage, and says nothing about the days in it.
    limit = max(14, 3 * usual)
    silences = [(earlier, later) for earlier, later in pairwise(days) if later - earlier > limit]
    if len(silences) > 1 + len(days) // 10:
        return None
    silent = {day for earlier, later in silences for day in range(earlier + 1, later)}
    seen = [day for day in range(days[0], days[-1] + 1) if day not in silent]
    first, last = (hits[0].day, hits[0].centre), (hits[-1].day, hits[-1].centre)
    taken = {(hit.day, hit.centre) for hit in hits}
    chosen = _chosen(taken, seen, centres, first, last)
    fitting = [hit for hit in hits if hit.centre in chosen[(hit.day - 1) % 7]]
    if len(fitting) < fewest or len({hit.day for hit in fitting}) < 2:
        return None
    first, last = (fitting[0].day, fitting[0].centre), (fitting[-1].day, fitting[-1].centre)
    came = [
        (day, centre) in taken
        for day in seen
        for centre in chosen[(day - 1) % 7]
        if first <= (day, centre) <= last
    ]
    offs, ends = [hit.off for hit in fitting], [hit.end for hit in fitting]
    a_week = sum(map(len, chosen))
    gap = DAY if a_week >= 7 and len(centres) == 1 else _usual_gap(chosen)
    places = [hit.run for hit in fitting]
    on_days = {hit.day for hit in fitting}
    first_day, last_day = fitting[0].day, fitting[-1].day
    days_came = [day in on_days for day in seen if first_day <= day <= last_day and chosen[(day - 1) % 7]]
    return judge(
        _schedule(chosen),
        gap,
        came,
        offs,
        ends,
        places,
        len(runs),
        always_on=_always_on(chosen, centres),
        days_came=days_came if len(centres) > 1 else (),
    )


def _always_on(chosen: list[list[int]], centres: list[int]) -> bool | None:
    """What the times say of the machine: one that runs something on workdays by day may be switched off by people; one
    that does so round the clock is not. None: they say nothing."""
    if len(centres) <= 2:
        office = 3 <= sum(map(bool, chosen)) < 7 and all(OPENS <= centre < CLOSES for centre in centres)
        return False if office else None
    ring = pairwise([*centres, centres[0] + DAY])
    return True if all(chosen) and max(later - earlier for earlier, later in ring) <= 8 * HOUR else None


def _chosen(
    taken: set[tuple[int, int]],
    days: list[int],
    centres: list[int],
    first: tuple[int, int],
    last: tuple[int, int],
) -> list[list[int]]:
    """The times of day of each weekday (0 is Monday) at which runs came, of the chances that they had.

    A weekday, or a time on it, that had no chance yet, or stayed empty, is not among them.
    """
    chances: dict[tuple[int, int], int] = defaultdict(int)
    hits: dict[tuple[int, int], int] = defaultdict(int)
    for day in days:
        for centre in centres:
            if first <= (day, centre) <= last:
                key = ((day - 1) % 7, centre)
                chances[key] += 1
                hits[key] += (day, centre) in taken
    expected = {
        key
        for key, count in chances.items()
        if hits[key] and hits[key] >= max(min(2, count), LEAST_OF_CHANCES * count)
    }
    return [[centre for centre in centres if (weekday, centre) in expected] for weekday in range(7)]


def _usual_gap(chosen: list[list[int]]) -> int:
    marks = [weekday * DAY + centre for weekday, centres in enumerate(chosen) for centre in centres]
    if not marks:
        return WEEK
    marks.append(marks[0] + WEEK)
    return middle(sorted(later - earlier for earlier, later in pairwise(marks)))


def _schedule(chosen: list[list[int]]) -> Schedule:
    days: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for weekday, centres in enumerate(chosen):
        if centres:
            days[tuple(centres)].add(weekday)
    parts = [
        Weekly(frozenset(weekdays), tuple(clock(centre) for centre in centres))
        for centres, weekdays in sorted(days.items(), key=lambda item: min(item[1]))
    ]
    return parts[0] if len(parts) == 1 else Timetable(tuple(parts))


def _apart(second: int, centre: int) -> int:
    """From the centre to the second the short way round, -12 h to 12 h."""
    return (second - centre + DAY // 2) % DAY - DAY // 2


def _unrolled(seconds: Iterable[int]) -> list[int]:
    """The times in order from the emptiest part of the day on; those of the next day count on from 24 h."""
    ordered = sorted(seconds)
    between = [ordered[0] + DAY - ordered[-1], *(later - earlier for earlier, later in pairwise(ordered))]
    cut = between.index(max(between))
    return ordered[cut:] + [second + DAY for second in ordered[:cut]]


def clock(second: int) -> time:
    return time(second // HOUR, second % HOUR // MINUTE)
