"""Rhythms by the stopwatch: every six hours, whatever the clock on the wall says."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from duplistat.core.learn_fit import DAY, FEWEST, HOUR, MINUTE, Fit, Run, judge, middle
from duplistat.core.schedule import Interval


def by_the_stopwatch(runs: list[Run]) -> Fit | None:
    """The interval between runs, counted from the newest that is in step, or None if there is none."""
    gaps = [later.at - earlier.at for earlier, later in pairwise(runs)]
    gap = middle(sorted(gaps))
    noise = middle(sorted(abs(each - gap) for each in gaps))
    if gap < MINUTE or noise > gap / 2:
        return None
    every = _round(gap)
    if every % DAY == 0:
        return None  # that is the clock's to judge: it knows of weekends
    near = min(every // 4, max(every // 20, 4 * noise, MINUTE))
    fitting = [place for place in range(len(runs)) if _in_step(runs, place, every, near)]
    offs, named, silence = [], 1, 0
    chain = fitting[:1]
    for place in fitting[1:]:
        passed = runs[place].at - runs[chain[-1]].at
        steps = (passed + every // 2) // every
        if not steps or abs(passed - steps * every) > near:
            continue
        chain.append(place)
        offs.append(passed - steps * every)
        if steps > 3:
            silence += 1
            steps = 1
        named += steps
    if len(chain) < FEWEST or silence > 1:
        return None
    if silence and every < 12 * HOUR and not _rests_for_no_night(runs, chain, every):
        return None
    anchor = datetime.fromtimestamp(runs[chain[-1]].at, UTC)
    schedule = Interval(timedelta(seconds=every), anchor)
    return judge(schedule, offs, len(chain), len(runs), len(chain) / named, every, chain[-1])


def _in_step(runs: list[Run], place: int, every: int, near: int) -> bool:
    """Whether one of the four runs around lies a whole number of steps away."""
    for other in (place - 1, place + 1, place - 2, place + 2):
        if 0 <= other < len(runs):
            passed = abs(runs[other].at - runs[place].at)
            steps = (passed + every // 2) // every
            if steps and abs(passed - steps * every) <= near:
                return True
    return False


def _rests_for_no_night(runs: list[Run], chain: list[int], every: int) -> bool:
    """A pause may be the night, and not an outage, unless the runs once went on for a day without one."""
    begin = chain[0]
    for earlier, later in pairwise(chain):
        if runs[later].at - runs[earlier].at > 3.5 * every:
            begin = later
        elif runs[later].at - runs[begin].at >= DAY:
            return True
    return False


def _round(length: int) -> int:
    """The roundest length within a hundredth."""
    for unit in (DAY, HOUR, 30 * MINUTE, 15 * MINUTE, 5 * MINUTE, MINUTE):
        rounded = (length + unit // 2) // unit * unit
        if rounded and abs(rounded - length) <= length / 100:
            return rounded
    return length
