"""Rhythms by the stopwatch: so long after the last start, or the last end, whatever the clock on the wall says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from duplistat.core.learn_fit import Fit, judge
from duplistat.core.learn_runs import DAY, FEWEST, HOUR, MINUTE, WEEK, Run, gaps, middle
from duplistat.core.learned import CountsFrom
from duplistat.core.schedule import Interval

# Longer ones are days: a weekly run is one by the clock.
LONGEST = 40 * DAY
# The part of the pauses that may be anything: runs by hand, and those after them.
MOST_STRAYS = 0.2


def intervals(runs: list[Run], fewest: int = FEWEST) -> Iterator[tuple[CountsFrom, Fit]]:
    """(from where, the rhythm of a fixed time from there to the next start), as far as the runs show it."""
    from_start, from_end = _pauses(runs, from_end=False), _pauses(runs, from_end=True)
    if fit := _interval(runs, from_start, fewest, from_end=False):
        yield CountsFrom.START, fit
    # What begins by the clock is as far from the last end as from the last start.
    if 2 * _noise(from_end) + MINUTE < _noise(from_start) and (
        fit := _interval(runs, from_end, fewest, from_end=True)
    ):
        yield CountsFrom.END, fit


def _pauses(runs: list[Run], *, from_end: bool) -> list[int]:
    return [later.at - (earlier.end if from_end else earlier.at) for earlier, later in pairwise(runs)]


def _noise(pauses: list[int]) -> int:
    """By how much nine of ten pauses are no further from the usual one."""
    usual = middle(sorted(pauses))
    sizes = sorted([abs(pause - usual) for pause in pauses])
    return sizes[(9 * (len(sizes) - 1)) // 10]


def _interval(runs: list[Run], pauses: list[int], fewest: int, *, from_end: bool) -> Fit | None:
    if len(pauses) < fewest - 1:
        return None
    usual = middle(sorted(pauses))
    if not MINUTE <= usual <= LONGEST:
        return None
    noise = middle(sorted([abs(pause - usual) for pause in pauses]))
    near = min(usual // 3, max(usual // 10, 4 * noise, MINUTE))
    came, offs, ends, places, strays = [True], [], [], [], 0
    for place, pause in enumerate(pauses, 1):
        steps = max(1, (pause + usual // 2) // usual)
        # A run by hand comes before its time, and is none of the rhythm's.
        off = pause - steps * usual
        if steps == 1 and off < -near:
            strays += 1
            continue
        came += [False] * (steps - 1) + [True]
        if steps == 1:
            offs.append(off)
            ends.append(off + runs[place].reported - runs[place].at)
            places.append(place)
    if len(offs) < fewest - 1 or strays > MOST_STRAYS * len(pauses):
        return None
    if usual < 12 * HOUR and not all(came) and runs[-1].at - runs[0].at < 2 * WEEK:
        return None  # the pauses may be its nights
    every = _round(usual, max(noise, MINUTE))
    if not from_end and every % DAY == 0:
        return None  # that is the clock's to judge: it knows of weekends
    schedule = Interval(timedelta(seconds=every), datetime.fromtimestamp(runs[-1].at, UTC))
    gap = middle(sorted(gaps(runs)))
    more = usual - every
    offs, ends = [off + more for off in offs], [end + more for end in ends]
    # What goes on through the night does so on a machine that is always on.
    always_on = True if every <= 8 * HOUR else None
    return judge(schedule, gap, came, offs, ends, places, len(runs), always_on=always_on)


def _round(length: int, near: int) -> int:
    """The roundest length within `near`, and within a hundredth."""
    for unit in (DAY, HOUR, 30 * MINUTE, 15 * MINUTE, 5 * MINUTE, MINUTE):
        rounded = (length + unit // 2) // unit * unit
        if rounded and abs(rounded - length) <= min(near, length // 100):
            return rounded
    return length
