"""What a client tells of its next runs: the usual time between them, and whether it still tells of any.

Duplicati tells with each run that its scheduler began when the next one is. With a run by hand it tells nothing, and
just so with each run of a job without a schedule.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

MINUTE_MS, DAY_MS = 60_000, 86_400_000
# So many of the latest told times are looked at: a changed schedule is the usual one after half of them.
RECENT = 6
# A schedule is switched off when so many runs in a row told of none, all of them after the last run that was told …
SILENT = 3
# … and so many times as far apart as the usual runs. By hand many are started within an hour.
SPAN = 1.5
# The time between two runs of a client that tells of none any more.
NO_LONGER = 0


class Told(NamedTuple):
    """A run of which a report told: when it began, and the next one that it told of, ms; None when it told of none."""

    start: int
    next_run: int | None


def usual_gap(runs: Sequence[Told]) -> int | None:
    """The usual time (ms) from one told run to the next, of runs in order of their starts; None when none told.

    It is the median: a run that makes up for a missed one, or that took days, tells a time that is further off or
    nearer, and changes nothing.
    """
    telling = [run for run in runs if run.next_run is not None][-RECENT:]
    times = [run.next_run for run in telling if run.next_run is not None]
    gaps = [later - earlier for earlier, later in pairwise(times) if later > earlier]
    if telling and times:
        # The only one to go by at first.
        gaps.append(times[0] - telling[0].start)
    found = sorted(gap for gap in map(rounded, gaps) if gap is not None)
    return found[(len(found) - 1) // 2] if found else None


def is_switched_off(runs: Sequence[Told], told_next: int, gap: int) -> bool:
    """Whether runs went on, and none told of a next one since `told_next` should have come (ms; `gap`: the usual)."""
    since: list[int] = []
    for run in runs:
        if run.next_run is not None:
            since.clear()
        elif run.start >= told_next:
            since.append(run.start)
    return len(since) >= SILENT and since[-1] - since[0] >= SPAN * gap


def rounded(gap: int) -> int | None:
    """A time between two runs in whole minutes, ms; None for none.

    Whole days are meant when it is nearly that: the wall clock's, across a change of summer time.
    """
    days = round(gap / DAY_MS)
    if days > 0 and abs(gap - days * DAY_MS) <= 65 * MINUTE_MS:
        return days * DAY_MS
    gap = round(gap / MINUTE_MS) * MINUTE_MS
    return gap if gap > 0 else None
