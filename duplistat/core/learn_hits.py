"""Runs at their times of day: which of some times each is nearest to, and by how much it is off."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from functools import partial
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.learn_fit import Fit, judge
from duplistat.core.learn_runs import DAY, HOUR, MINUTE, Run, middle
from duplistat.core.schedule import Schedule, to_utc


class Hit(NamedTuple):
    """A run at its time: the local day, the time of day, how late it started and was reported, and its place among the
    runs."""

    day: int
    centre: int
    off: int
    end: int
    run: int


# In half the time that naming each value takes.
_hit_of: Callable[[tuple[int, ...]], Hit] = partial(tuple.__new__, Hit)


def hits_at(runs: Sequence[Run], centres: Sequence[int], zone: ZoneInfo, least: float = 0) -> list[Hit]:
    """The runs that are near enough to a time of day (seconds, in order), at most one for each date and time.

    Fewer than `least` are none.
    """
    offs = _nearest(runs, centres)
    if len(centres) == 1:
        usual = middle(sorted(map(abs, offs)))
        near, late = min(max(HOUR, 4 * usual), 6 * HOUR), DAY // 2
    else:
        ring = pairwise([*centres, centres[0] + DAY])
        near = late = min(2 * HOUR, int(min(later - earlier for earlier, later in ring) / 2.5))
    # By the time that is meant, in seconds of a clock that never changes: off by how much, and which run.
    hits: dict[int, tuple[int, int]] = {}
    ahead = runs[0].ahead
    for place, (run, off) in enumerate(zip(runs, offs, strict=True)):
        at, _, _, day, second, now_ahead = run
        changed, ahead = now_ahead != ahead, now_ahead
        if not -near <= off <= late:
            continue
        meant = day * DAY + second - off
        if changed and abs(off) > 20 * MINUTE:
            # The clocks have changed, so perhaps the wall never showed that time.
            off = at - int(moment(meant // DAY, meant % DAY, zone).timestamp())
        known = hits.get(meant)
        if known is None or abs(off) < abs(known[0]):
            hits[meant] = off, place
    if len(hits) < least:
        return []
    rows: list[tuple[int, ...]] = []
    for meant, (off, place) in sorted(hits.items()):
        at, _, reported, *_ = runs[place]
        rows.append((*divmod(meant, DAY), off, off + reported - at, place))
    return list(map(_hit_of, rows))


def judge_hits(
    schedule: Schedule,
    gap: int,
    came: Sequence[bool],
    hits: Sequence[Hit],
    runs: int,
    *,
    always_on: bool | None = None,
    days_came: Sequence[bool] = (),
) -> Fit | None:
    """`learn_fit.judge` of these hits, of all `runs`."""
    offs, ends, places = [hit.off for hit in hits], [hit.end for hit in hits], [hit.run for hit in hits]
    return judge(schedule, gap, came, offs, ends, places, runs, always_on=always_on, days_came=days_came)


def came_at(numbers: Iterable[int]) -> list[bool]:
    """Whether a run came at each time: `numbers` are those of the times at which one did, in order."""
    came = [True]
    for earlier, later in pairwise(numbers):
        came += [False] * (later - earlier - 1) + [True]
    return came


def _nearest(runs: Sequence[Run], centres: Sequence[int]) -> list[int]:
    """How long after the time of day that it is nearest to, the first of two, each run started."""
    if len(centres) == 1:
        shift = DAY // 2 - centres[0]
        return [(run.second + shift) % DAY - DAY // 2 for run in runs]
    found = []
    for run in runs:
        place = bisect_right(centres, run.second) % len(centres)
        off, other = _apart(run.second, centres[place - 1]), _apart(run.second, centres[place])
        # Before the first one, and after the last one, the other neighbour is on the other side of midnight.
        found.append(off if abs(off) < abs(other) or (abs(off) == abs(other) and place > 0) else other)
    return found


def moment(day: int, centre: int, zone: ZoneInfo) -> datetime:
    return to_utc(datetime.combine(date.fromordinal(day), clock(centre)), zone)


def time_of_day(seconds: Iterable[int]) -> int:
    """The median time of day, round midnight too, in whole minutes as seconds."""
    return middle_of_day(unrolled(seconds))


def middle_of_day(ordered: Sequence[int]) -> int:
    """The median of what `unrolled` gave, as a time of day."""
    return (middle(ordered) + MINUTE // 2) // MINUTE * MINUTE % DAY


def _apart(second: int, centre: int) -> int:
    """From the centre to the second the short way round, -12 h to 12 h."""
    return (second - centre + DAY // 2) % DAY - DAY // 2


def unrolled(seconds: Iterable[int]) -> list[int]:
    """The times in order from the emptiest part of the day on; those of the next day count on from 24 h."""
    ordered = sorted(seconds)
    between = [ordered[0] + DAY - ordered[-1]]
    between += [later - earlier for earlier, later in pairwise(ordered)]
    cut = between.index(max(between))
    return ordered[cut:] + [second + DAY for second in ordered[:cut]]


def clock(second: int) -> time:
    return time(second // HOUR, second % HOUR // MINUTE)
