"""What fitting a rhythm to runs takes and gives. All in whole seconds."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from duplistat.core.schedule import Schedule

FEWEST, MOST = 4, 40
MINUTE, HOUR, DAY = 60, 3600, 86400

# Below this a rhythm is not worth saying; a person would shrug too.
LEAST_CONFIDENCE = 0.45
# So many runs in step are enough to be sure of any rhythm.
ENOUGH_RUNS = 14
# The part of the moments a rhythm names at which a run must have come.
LEAST_COVERED = 0.75


class Run(NamedTuple):
    """One start: seconds since 1970, and the local date (as an ordinal) and second of the day."""

    at: int
    day: int
    second: int


class Fit(NamedTuple):
    """A rhythm, and the place of the newest run that fits it."""

    schedule: Schedule
    spread: timedelta
    runs: int
    confidence: float
    newest: int


def judge(
    schedule: Schedule, offs: Sequence[int], runs: int, total: int, covered: float, room: int, newest: int
) -> Fit | None:
    """The fit, if it is good enough.

    `offs` are how far starts were off, of a `room` in which they could be; `runs` of `total` fit; a
    part `covered` of the rhythm's moments had a run.
    """
    sizes = sorted(abs(off) for off in offs)
    spread = sizes[(9 * (len(sizes) - 1)) // 10]
    enough = min(1.0, runs / ENOUGH_RUNS) ** 0.5
    tight = max(0.0, 1 - 2 * spread / room)
    confidence = round(runs / total * min(1.0, covered) * enough * tight, 3)
    if covered < LEAST_COVERED or confidence < LEAST_CONFIDENCE:
        return None
    return Fit(schedule, timedelta(seconds=max(MINUTE, spread)), runs, confidence, newest)


def middle(ordered: Sequence[int]) -> int:
    """The lower median of an ordered sequence: always one of its values."""
    return ordered[(len(ordered) - 1) // 2]
