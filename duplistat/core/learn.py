"""A job's rhythm, learned from when its runs started and ended.

Several kinds of rhythm are tried on the same runs; of those that fit, the one that notices a silence first is taken.
A job that fits none is overdue when it is silent for longer than it ever was, by a margin. From too few runs nothing
is said. Plain integers of seconds throughout.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.learn_clocks import by_clocks
from duplistat.core.learn_fit import Fit, least_cost
from duplistat.core.learn_interval import intervals
from duplistat.core.learn_runs import (
    DAY,
    FEWEST,
    HOUR,
    SHORTEST_SPAN,
    WEEK,
    Ran,
    Times,
    gaps,
    middle,
    on_clock,
    read,
)
from duplistat.core.learn_silence import longest_silence
from duplistat.core.learned import CountsFrom, Learned, period_of
from duplistat.core.learned_times import EARLY, first_time
from duplistat.core.schedule import EVERY_DAY, SECOND, Interval

# So many runs in a row outside a rhythm mean a new one.
STRAYS = 3
# A history shorter than this has not shown each weekday twice.
YOUNG = 2 * WEEK


class Found(NamedTuple):
    """A rhythm of these runs, from where its next time is counted, and the zone by whose clock it is regular."""

    fit: Fit
    times: list[Times]
    counts_from: CountsFrom = CountsFrom.CLOCK
    zone: ZoneInfo | None = None
    clocks_open: bool = False


def learn(runs: Sequence[Ran], zone: ZoneInfo, hours: Sequence[Ran] = ()) -> Learned | None:
    """What these backup runs (in any order, repeats allowed) show of when the job runs; None where they are too few.

    `zone` is that of the job. Looks at the newest 400. Runs outside a rhythm do not shift it, until three in a row are.
    `hours` is a run of each hour of a longer time, for a job whose newest 400 are those of a few days: they do not show
    its nights and weekends.
    """
    times, longer = read(runs), read(hours)
    if not longer:
        return _of_times(times, zone)
    learned, own = _of_times(longer, zone), on_clock(times, zone)
    steady = next((fit for since, fit in intervals(own) if since is CountsFrom.START), None)
    if learned is None or steady is None or not _each_hour(longer):
        return learned
    return replace(
        _learned(Found(steady, times, CountsFrom.START), zone),
        weekdays=_weekdays(longer, zone),
        periods=learned.periods,
        since=learned.since,
    )


def _each_hour(times: list[Times]) -> bool:
    hours = (times[-1].start - times[0].start) // HOUR + 1
    return hours - len(times) <= max(1, hours // 50)


def _of_times(times: list[Times], zone: ZoneInfo) -> Learned | None:
    if len(times) < FEWEST or times[-1].start - times[0].start < SHORTEST_SPAN:
        return None
    if found := _rhythm(times, zone):
        return _learned(found, zone)
    own = on_clock(times, zone)
    return Learned(
        schedule=None,
        spread=timedelta(0),
        runs=len(own),
        gap=timedelta(seconds=middle(sorted(gaps(own)))),
        periods=0,
        longest=timedelta(seconds=longest_silence(own)),
        since=datetime.fromtimestamp(own[0].at, UTC),
    )


def _rhythm(times: list[Times], zone: ZoneInfo) -> Found | None:
    found = _best(times, zone)
    if found is None:
        # A changed schedule leaves a row with two rhythms; the newer half may hold only the new one.
        half = times[len(times) // 2 :]
        if len(half) >= 2 * FEWEST and half[-1].start - half[0].start >= 2 * WEEK:
            return _rhythm(half, zone)
        return None
    strays = times[found.fit.newest + 1 :]
    if len(strays) >= STRAYS:
        return _best(strays, zone, fewest=3) or found
    # Refuted twice in a row: it has slowed down, and what it is now may not be known yet.
    slower = _since_it_slowed_down(times, found.fit)
    return _best(slower, zone, fewest=3) if slower else found


def _since_it_slowed_down(times: list[Times], fit: Fit) -> list[Times]:
    """The runs since each pause was one that is overdue by this rhythm, if that was so twice or more to the end."""
    at = len(times) - 1
    while at > 0 and times[at].start - times[at - 1].start > fit.wait + HOUR:
        at -= 1
    since = times[at:]
    return since if len(since) >= 3 else []


def _best(times: list[Times], zone: ZoneInfo, fewest: int = FEWEST) -> Found | None:
    if len(times) < fewest or times[-1].start - times[0].start < SHORTEST_SPAN:
        return None
    if times[-1].start - times[0].start < YOUNG:
        # What happened once on a weekday may be daily, weekly or each other day: the most patient one is right.
        return _most_patient(_all(times, zone, fewest), zone)
    return least_cost(_all(times, zone, fewest), lambda found: found.fit)


def _most_patient(all_found: Iterator[Found], zone: ZoneInfo) -> Found | None:
    candidates = list(all_found)
    fewest_skips = min((found.fit.in_a_row for found in candidates), default=1)
    best, latest = None, datetime.min.replace(tzinfo=UTC)
    for found in candidates:
        if found.fit.in_a_row > fewest_skips:
            continue
        if (overdue := _overdue(found, zone)) > (latest + 2 * EARLY if best else latest):
            best, latest = found, overdue
    return best


def _overdue(found: Found, zone: ZoneInfo) -> datetime:
    start, end, _ = (datetime.fromtimestamp(at, UTC) for at in found.times[-1])
    return first_time(_learned(found, zone), zone, start, end)[1] or start


def _all(times: list[Times], zone: ZoneInfo, fewest: int) -> Iterator[Found]:
    own = on_clock(times, zone)
    steady = [Found(fit, times, since) for since, fit in intervals(own, fewest)]
    usual = middle(sorted(gaps(own)))
    # What runs all day, at short intervals, has no times of day worth a look.
    all_day = usual < HOUR and any(_all_day(found.fit) for found in steady)
    if not all_day:
        for fit, clock, clocks_open in by_clocks(times, own, usual, zone, fewest):
            yield Found(fit, times, CountsFrom.CLOCK, clock, clocks_open)
    if usual < 20 * DAY:
        yield from steady


def _all_day(fit: Fit) -> bool:
    return fit.slots >= DAY // fit.gap and 50 * (fit.slots - fit.hits) <= fit.slots


def _learned(found: Found, zone: ZoneInfo) -> Learned:
    fit, times = found.fit, found.times
    since = times[fit.oldest].start
    length = times[-1].start - since
    gap = timedelta(seconds=fit.gap)
    period = period_of(fit.schedule, gap) // SECOND
    return Learned(
        schedule=fit.schedule,
        spread=timedelta(seconds=fit.spread),
        runs=fit.hits,
        late=timedelta(seconds=fit.late),
        early=timedelta(seconds=fit.early),
        slots=fit.slots,
        in_a_row=fit.in_a_row,
        gap=gap,
        periods=(length + period // 10) // period,
        counts_from=found.counts_from,
        zone=found.zone.key if found.zone else None,
        clocks_open=found.clocks_open,
        weekdays=_weekdays(times, zone) if isinstance(fit.schedule, Interval) else EVERY_DAY,
        since=datetime.fromtimestamp(since, UTC),
    )


def _weekdays(times: list[Times], zone: ZoneInfo) -> frozenset[int]:
    """All weekdays, or those on which a run was seen while not each had two chances."""
    if times[-1].start - times[0].start >= 2 * WEEK:
        return EVERY_DAY
    return frozenset((run.day - 1) % 7 for run in on_clock(times, zone))
