"""Rhythms by the month: a day of it, its last day, or the n-th or last weekday."""

from calendar import monthrange
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from duplistat.core.learn_fit import Fit
from duplistat.core.learn_hits import Hit, came_at, clock, hits_at, judge_hits, time_of_day
from duplistat.core.learn_runs import DAY, FEWEST, Run, middle
from duplistat.core.schedule import LAST, Monthly, MonthlyNth

SHORTEST, LONGEST = 26, 36


def monthly(runs: list[Run], zone: ZoneInfo, fewest: int = FEWEST) -> Fit | None:
    """The day of the month on which the runs come, if they do on one."""
    hits = hits_at(runs, [time_of_day(run.second for run in runs)], zone)
    if len(hits) < fewest:
        return None
    usual = middle(sorted(later.day - earlier.day for earlier, later in pairwise(hits)))
    if not SHORTEST <= usual <= LONGEST:
        return None
    best: tuple[int, Monthly | MonthlyNth, list[Hit]] | None = None
    for rule in _rules(hits):
        fitting = [hit for hit in hits if _fits(rule, date.fromordinal(hit.day))]
        if len(fitting) >= max(fewest, 0.75 * len(hits)) and (best is None or len(fitting) > best[0]):
            best = (len(fitting), rule, fitting)
    if best is None:
        return None
    _, rule, fitting = best
    months = [date.fromordinal(hit.day).year * 12 + date.fromordinal(hit.day).month for hit in fitting]
    return judge_hits(rule, 31 * DAY, came_at(months), fitting, len(runs))


def _rules(hits: list[Hit]) -> list[Monthly | MonthlyNth]:
    """What may be meant by these days, the most likely first where several fit equally well."""
    at, dates = clock(hits[0].centre), [date.fromordinal(hit.day) for hit in hits]
    rules: list[Monthly | MonthlyNth] = []
    # The 30th falls on 28 February, and the last day on any: of equally good days, the later explains more.
    rules += [
        Monthly(LAST, at),
        *(Monthly(day, at) for day in sorted({day.day for day in dates}, reverse=True)),
    ]
    for day in dates:
        rules += [MonthlyNth((day.day + 6) // 7, day.weekday(), at), MonthlyNth(LAST, day.weekday(), at)]
    return list(dict.fromkeys(rules))


def _fits(rule: Monthly | MonthlyNth, day: date) -> bool:
    end = monthrange(day.year, day.month)[1]
    if isinstance(rule, Monthly):
        return day.day == (end if rule.day == LAST else min(rule.day, end))
    if day.weekday() != rule.weekday:
        return False
    return day.day > end - 7 if rule.nth == LAST else (day.day + 6) // 7 == rule.nth
