"""Rhythms by the clock on the wall: times of day by weekday."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from duplistat.core.learn_fit import LEAST_EXPLAINED, Fit
from duplistat.core.learn_hits import (
    Hit,
    came_at,
    clock,
    hits_at,
    judge_hits,
    middle_of_day,
    moment,
    time_of_day,
    unrolled,
)
from duplistat.core.learn_runs import DAY, FEWEST, HOUR, MINUTE, ONCE_A_DAY, Run, middle
from duplistat.core.schedule import SECOND, Interval, Timetable, Weekly, week_gap

# Starts of one time of day lie no further apart than this when a job runs several times a day.
SAME_TIME = 45 * MINUTE
# Runs that are in step with the hour, or with a part of it.
STEPS = tuple(step * MINUTE for step in (5, 10, 15, 20, 30, 60, 120, 180, 240))
# When people work: what runs then, and not on all days, is on a machine that they may have switched off.
OPENS, CLOSES = 7 * HOUR, 20 * HOUR
# The part of a weekday's chances that must have been taken, and more than once where it had more: a Saturday on which
# somebody tried something is not yet a Saturday on which a run is expected.
LEAST_OF_CHANCES = 0.5


def timetables(runs: list[Run], usual: int, zone: ZoneInfo, fewest: int = FEWEST) -> Iterator[Fit]:
    """The rhythms of times of day that these runs may have, each as far as they show it; `usual` is the median gap."""
    for centres in _ways(runs, usual):
        if fit := _timetable(runs, centres, zone, fewest):
            yield fit


def every_days(runs: list[Run], zone: ZoneInfo, fewest: int = FEWEST) -> Fit | None:
    """A rhythm of a run each few days (or weeks) at one time of day."""
    hits = hits_at(runs, [time_of_day([run.second for run in runs])], zone)
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
    last = fitting[-1]
    schedule = Interval(timedelta(days=gap), moment(last.day, last.centre, zone))
    return judge_hits(schedule, gap * DAY, came_at(hit.day // gap for hit in fitting), fitting, len(runs))


def _ways(runs: list[Run], usual: int) -> Iterator[list[int]]:
    """The times of day that may be meant, as several guesses."""
    seconds = unrolled([run.second for run in runs])
    if usual >= ONCE_A_DAY:
        yield [middle_of_day(seconds)]
    groups = _times_of_day(seconds, days=len({run.day for run in runs}))
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


def _times_of_day(seconds: list[int], days: int) -> list[int]:
    """The times of day at which there was a run more than once."""
    apart = [at for at, (one, other) in enumerate(pairwise(seconds), 1) if other - one > SAME_TIME]
    edges = [0, *apart, len(seconds)]
    groups = [seconds[begin:end] for begin, end in pairwise(edges)]
    return sorted({time_of_day(group) for group in groups if len(group) >= max(2, days / 12)})


def _timetable(runs: list[Run], centres: list[int], zone: ZoneInfo, fewest: int) -> Fit | None:
    hits = hits_at(runs, centres, zone, max(fewest, LEAST_EXPLAINED * len(runs)))
    if not hits:
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
    taken = {hit.day * DAY + hit.centre for hit in hits}
    chosen = _chosen(hits, seen, centres)
    fitting = [hit for hit in hits if hit.centre in chosen[(hit.day - 1) % 7]]
    if len(fitting) < fewest or len({hit.day for hit in fitting}) < 2:
        return None
    first, last = (hit.day * DAY + hit.centre for hit in (fitting[0], fitting[-1]))
    meant = [day * DAY + centre for day in seen for centre in chosen[(day - 1) % 7]]
    came = [at in taken for at in meant if first <= at <= last]
    schedule, a_week = _schedule(chosen), sum(map(len, chosen))
    gap = DAY if a_week >= 7 and len(centres) == 1 else week_gap(schedule) // SECOND
    return judge_hits(
        schedule,
        gap,
        came,
        fitting,
        len(runs),
        always_on=_always_on(chosen, centres),
        days_came=_days_came(fitting, seen, chosen) if len(centres) > 1 else (),
    )


def _days_came(fitting: list[Hit], seen: list[int], chosen: list[list[int]]) -> list[bool]:
    on_days = {hit.day for hit in fitting}
    first, last = fitting[0].day, fitting[-1].day
    return [day in on_days for day in seen if first <= day <= last and chosen[(day - 1) % 7]]


def _always_on(chosen: list[list[int]], centres: list[int]) -> bool | None:
    """What the times say of the machine: one that runs something on workdays by day may be switched off by people; one
    that does so round the clock is not. None: they say nothing."""
    if len(centres) <= 2:
        office = 3 <= sum(map(bool, chosen)) < 7 and all(OPENS <= centre < CLOSES for centre in centres)
        return False if office else None
    ring = pairwise([*centres, centres[0] + DAY])
    return True if all(chosen) and max(later - earlier for earlier, later in ring) <= 8 * HOUR else None


def _chosen(hits: list[Hit], days: list[int], centres: list[int]) -> list[list[int]]:
    """The times of day of each weekday (0 is Monday) at which runs came, of the chances that they had.

    A weekday, or a time on it, that had no chance yet, or stayed empty, is not among them.
    """
    first, last = hits[0], hits[-1]
    days_of = Counter([(day - 1) % 7 for day in days])

    def chances(weekday: int, centre: int) -> int:
        missed_first = weekday == (first.day - 1) % 7 and centre < first.centre
        missed_last = weekday == (last.day - 1) % 7 and centre > last.centre
        return days_of[weekday] - missed_first - missed_last

    expected = set()
    for key, came in Counter([((hit.day - 1) % 7, hit.centre) for hit in hits]).items():
        count = chances(*key)
        if came >= max(min(2, count), LEAST_OF_CHANCES * count):
            expected.add(key)
    return [[centre for centre in centres if (weekday, centre) in expected] for weekday in range(7)]


def _schedule(chosen: list[list[int]]) -> Weekly | Timetable:
    days: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for weekday, centres in enumerate(chosen):
        if centres:
            days[tuple(centres)].add(weekday)
    parts = [
        Weekly(frozenset(weekdays), tuple(clock(centre) for centre in centres))
        for centres, weekdays in sorted(days.items(), key=lambda item: min(item[1]))
    ]
    return parts[0] if len(parts) == 1 else Timetable(tuple(parts))
