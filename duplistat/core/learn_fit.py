"""How often a rhythm's times are skipped and how late runs come: from these, when silence is no longer healthy.

One principle: a job is overdue when a silence as long as this would be less than a 1-in-1,000 event for it while it
is healthy.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, lgamma, log
from typing import TypeVar

from duplistat.core.learn_runs import HOUR, MINUTE, middle
from duplistat.core.schedule import Schedule

# As likely as that, a healthy job is called overdue: less than the 1 in 1,000, since the estimates are off, too.
RARE = 0.0006
# The part of the times a rhythm names at which a run must have come.
LEAST_COVERED = 0.75
# The part of the runs that a rhythm must explain; the others are runs by hand.
LEAST_EXPLAINED = 0.6
# So many runs show a rhythm in which they come early and late.
ENOUGH_WHEN_LOOSE = 12
# A job that a clock starts on a machine that is always on hardly ever skips (HARDLY_EVER); one on a machine that people
# switch off skips about one time in 13 (a beta distribution of SKIPPED and RAN). Which of the two a job is, is told by
# how exact its starts are, and then by its skips.
HARDLY_EVER = 0.0002
SKIPPED, RAN = 1.0, 12.0
PUNCTUAL_PRIOR, LOOSE_PRIOR = 0.005, 0.85
# Exact is within this, or within this part of the time between two runs.
PUNCTUAL, PUNCTUAL_PART = 2 * MINUTE, 0.002
# So many times of a machine that people switch off say how often they do.
ENOUGH_TIMES = 80
MOST_IN_A_ROW = 200
# Two rhythms that notice a silence nearly at the same time are as good: the one that is simpler to say goes first.
NEARLY = 1.1
# So many silences at the end of a history may be a change of rhythm.
MOST_OUTAGES = 3
# So many runs show that an accident was one.
MANY = 40


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Fit:
    """A rhythm with its evidence, in seconds.

    `hits` of `slots` times had a run; nine of ten started within `spread` of their time. They started up to `early`
    before it, and started and reported up to `late` after it. `in_a_row` skipped times are overdue, `gap` apart.
    `newest` and `oldest` are the places of the newest and the oldest run in it.
    """

    schedule: Schedule
    gap: int
    spread: int
    early: int
    late: int
    hits: int
    slots: int
    in_a_row: int
    newest: int
    oldest: int = 0
    # From the earliest start to the latest one.
    width: int = 0
    # Runs that are none of the rhythm's, among those that were looked at.
    strays: int = 0

    @property
    def wait(self) -> int:
        """How long a silence is until it is overdue, grace apart."""
        return self.in_a_row * self.gap + self.late

    @property
    def cost(self) -> float:
        """What is less in the better of two rhythms of the same runs: how long a silence goes unnoticed, and more for
        each run that it does not explain."""
        return self.wait * (1 + 2 * self.strays / (self.strays + self.hits))


def least_cost(found: Iterable[Found], fit_of: Callable[[Found], Fit]) -> Found | None:
    """Of several rhythms of the same runs, in the order in which they are simple to say, the best."""
    best: Found | None = None
    for each in found:
        if best is None or fit_of(each).cost * NEARLY < fit_of(best).cost:
            best = each
    return best


def judge(
    schedule: Schedule,
    gap: int,
    came: Sequence[bool],
    offs: Sequence[int],
    ends: Sequence[int],
    places: Sequence[int],
    runs: int,
    *,
    always_on: bool | None = None,
    days_came: Sequence[bool] = (),
) -> Fit | None:
    """The fit, if runs came at enough of the rhythm's times.

    `came`: whether a run came at each of its times in order, from the first to the last at which one did; `days_came`:
    on each of its days, where it has several times a day. `offs`: by how much runs were late, and `ends` how long after
    their time their reports came; `places`: which of all `runs` these are. `gap`: the usual time between two
    of its times. `always_on`: what is known of the machine; None leaves it to how exact the starts are.
    """
    hits = sum(came)
    ordered, sizes = sorted(offs), sorted(map(abs, offs))
    spread = sizes[(9 * (len(sizes) - 1)) // 10]
    punctual = spread <= max(PUNCTUAL, PUNCTUAL_PART * gap) if always_on is None else always_on
    # One that is far off its time may be the first of another rhythm.
    usual = max(3 * spread, 30 * MINUTE)
    newest = next((at for at in range(len(offs) - 1, -1, -1) if abs(offs[at]) <= usual), 0)
    skips, outage = _without_outages(came, punctual=punctual)
    slots = len(came) - outage
    if hits < LEAST_COVERED * slots or hits < LEAST_EXPLAINED * runs:
        return None
    if spread > min(gap // 10, HOUR) and hits < ENOUGH_WHEN_LOOSE:
        return None  # a few runs at any times fit some rhythm
    return Fit(
        schedule,
        gap,
        max(MINUTE, spread),
        furthest([-off for off in reversed(ordered)]),
        max(furthest(ordered), furthest(ends, gap // 2)),
        hits,
        slots,
        _with_days(came, days_came, punctual=punctual)
        if days_came
        else in_a_row(skips, hits, punctual=punctual),
        places[newest],
        places[0],
        ordered[-1] - ordered[0],
        runs - hits,
    )


def _with_days(came: Sequence[bool], days_came: Sequence[bool], *, punctual: bool) -> int:
    """How many skipped times in a row are too many where a day has several, and the machine may be off all day."""
    days = sum(days_came)
    a_day = -(-len(came) // len(days_came))
    short = [skip for skip in _skips(came) if skip < a_day]
    within = in_a_row(short, sum(came) if punctual else days, punctual=punctual)
    skipped, _ = _without_outages(days_came, punctual=punctual)
    whole = in_a_row(skipped, days, punctual=punctual)
    return max(within, whole * a_day) if whole > 1 else within


def _skips(came: Sequence[bool]) -> list[int]:
    """How many times in a row nothing came, each time."""
    if all(came):
        return []
    return [sum(1 for _ in group) for hit, group in groupby(came) if not hit]


def in_a_row(skips: Sequence[int], hits: int, *, punctual: bool) -> int:
    """How many skipped times in a row are rarer than RARE, after `hits` runs and skips of these lengths.

    Each of the two kinds of machine says how likely the next skips are, weighted by how well it explains what was
    seen. A length that was seen in health is never overdue.
    """
    skipped, longest = sum(skips), max(skips, default=0)
    loose = _loose_weight(skipped, hits, PUNCTUAL_PRIOR if punctual else LOOSE_PRIOR)
    strict, needed = 1 - loose, 0
    # How often people switch a machine off is not known from a few weeks: so long it is waited for longer.
    rare = RARE if punctual else RARE * min(1.0, (skipped + hits) / ENOUGH_TIMES)
    while needed < MOST_IN_A_ROW and (loose + strict >= rare or needed <= longest):
        loose *= (SKIPPED + skipped + needed) / (SKIPPED + RAN + skipped + hits + needed)
        strict *= HARDLY_EVER
        needed += 1
    return max(1, needed)


def furthest(offs: Sequence[int], once: int | None = None) -> int:
    """How far off a run is once in a thousand, seconds: beyond the furthest seen, by what few runs leave open.

    What was further than `once` a single time, and by far, is an accident.
    """
    ordered = sorted(offs)
    if once is not None and len(ordered) >= MANY and ordered[-1] > max(once, 3 * ordered[-2]):
        ordered.pop()
    top, usual = ordered[-1], middle(ordered)
    scale = (ordered[(9 * (len(ordered) - 1)) // 10] - usual) / log(5)
    more = scale * max(0.0, log(1 / RARE / len(ordered)))
    return max(MINUTE, top + min(round(more), 6 * HOUR))


def _loose_weight(skipped: int, hits: int, prior: float) -> float:
    """How likely it is that the machine is one that people switch off."""
    seen_if_loose = exp(
        lgamma(SKIPPED + RAN)
        - lgamma(SKIPPED)
        - lgamma(RAN)
        + lgamma(SKIPPED + skipped)
        + lgamma(RAN + hits)
        - lgamma(SKIPPED + RAN + skipped + hits)
    )
    seen_if_strict = exp(skipped * log(HARDLY_EVER) + hits * log(1 - HARDLY_EVER))
    return prior * seen_if_loose / (prior * seen_if_loose + (1 - prior) * seen_if_strict)


def _without_outages(came: Sequence[bool], *, punctual: bool) -> tuple[list[int], int]:
    """The skips, outages among them as single ones, and how many times were left out by that.

    One long silence that was overdue by all that the others teach is news, not a habit; two are a habit. Those one
    after the other up to now may be a rhythm that has changed: that is for others to see.
    """
    hits, skips = sum(came), _skips(came)
    rest, outages = list(skips), 0
    for count in range(min(_skips_lately(came), MOST_OUTAGES, len(skips)), 0, -1):
        if _is_outage(min(skips[-count:]), skips[:-count], hits, punctual=punctual):
            rest, outages = skips[:-count], count
            break
    others = sorted(rest)[:-1]
    if rest and _is_outage(max(rest), others, hits, punctual=punctual):
        rest, outages = others, outages + 1
    known = rest + [1] * outages
    return known, sum(skips) - sum(known)


def _skips_lately(came: Sequence[bool]) -> int:
    """How many skips there were up to now with hardly a run between them."""
    count, hits = 0, 0
    for hit, group in groupby(reversed(came)):
        if hit:
            hits = sum(1 for _ in group)
        elif hits > 2:
            break
        else:
            count += 1
    return count


def _is_outage(skip: int, others: Sequence[int], hits: int, *, punctual: bool) -> bool:
    if skip <= 2 * max(others, default=0):
        return False
    return skip >= max(3, in_a_row(others, hits, punctual=punctual))
