"""Rhythms by the clock on the wall, and by whose: a job may be regular by the clock of a zone that is not its own."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.learn_fit import NEARLY, Fit, least_cost
from duplistat.core.learn_hits import time_of_day
from duplistat.core.learn_months import monthly
from duplistat.core.learn_runs import DAY, MINUTE, ONCE_A_DAY, Run, Times, ahead, changes_clocks, on_clock
from duplistat.core.learn_timetable import every_days, timetables

UTC_ZONE = ZoneInfo("UTC")
# Zones whose clocks change on other days: a job may be regular by one of them.
OTHER_ZONES = tuple(ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Sydney"))
# A zone other than the job's own has to fit better by this.
CLEARLY_BETTER = 20 * MINUTE


class ByClock(NamedTuple):
    """A rhythm, the zone by whose clock it is regular (None: the job's own), and whether another may be meant."""

    fit: Fit
    zone: ZoneInfo | None
    clocks_open: bool


def by_clocks(
    times: list[Times], own: list[Run], usual: int, zone: ZoneInfo, fewest: int
) -> Iterator[ByClock]:
    """The rhythms by a clock, and by whose: until a change of the clocks was seen, any may be meant.

    `own` are the runs on the clock of `zone`, the job's; `usual` is their median gap.
    """
    fits, chosen = _of_clock(own, usual, zone, fewest), None
    best = least_cost(fits, _itself)
    changed = len({run.ahead for run in own}) > 1
    others: list[ZoneInfo] = []
    if changed and zone != UTC_ZONE:
        others.append(UTC_ZONE)
    if best is None or best.width > 2 * CLEARLY_BETTER:
        others += [other for other in OTHER_ZONES if other != zone and _differs(own, other)]
    if usual >= ONCE_A_DAY:
        others = [other for other in others if _moved_with(own, other)]
    for other in others:
        candidates = _of_clock(on_clock(times, other), usual, other, fewest)
        fit = least_cost(candidates, _itself)
        if fit is not None and (best is None or _is_better(fit, best)):
            best, fits, chosen = fit, candidates, other
    undecided = changed and chosen is None and _lately_changed(own)
    clocks_open = undecided or (not changed and changes_clocks(zone, own[-1].at))
    for fit in fits:
        yield ByClock(fit, chosen, clocks_open)


def _itself(fit: Fit) -> Fit:
    return fit


def _is_better(fit: Fit, than: Fit) -> bool:
    """Whether no fewer runs lie clearly closer to the times of another clock, or many more do."""
    if fit.hits < than.hits or fit.cost > than.cost * NEARLY:
        return False
    return fit.width + CLEARLY_BETTER < than.width or fit.cost * NEARLY < than.cost


def _lately_changed(own: list[Run]) -> bool:
    """Whether too few runs came since the clocks changed to say which clock is meant."""
    return any(earlier.ahead != later.ahead for earlier, later in pairwise(own[-4:]))


def _differs(own: list[Run], other: ZoneInfo) -> bool:
    """Whether the clock of another zone was not always ahead of the own one by the same: looked at a few times."""
    some = own[:: max(1, len(own) // 12)] + own[-1:]
    return len({ahead(run.at, other) - run.ahead for run in some}) > 1


def _moved_with(own: list[Run], other: ZoneInfo) -> bool:
    """Whether runs once a day came at another time of day when the clock of another zone differed otherwise.

    Trying a zone takes as long as trying the own one: this says quickly that it is of no use.
    """
    seconds: dict[int, list[int]] = {}
    for run in own:
        seconds.setdefault(ahead(run.at, other) - run.ahead, []).append(run.second)
    first, *rest = (time_of_day(each) for each in seconds.values())
    return any(CLEARLY_BETTER < (later - first) % DAY < DAY - CLEARLY_BETTER for later in rest)


def _of_clock(runs: list[Run], usual: int, zone: ZoneInfo, fewest: int) -> list[Fit]:
    fits: list[Fit | None] = []
    if usual >= 20 * DAY:
        fits.append(monthly(runs, zone, fewest))
    if usual <= 8 * DAY:
        fits += timetables(runs, usual, zone, fewest)
    if usual > 1.5 * DAY:
        fits.append(every_days(runs, zone, fewest))
    return [fit for fit in fits if fit is not None]
