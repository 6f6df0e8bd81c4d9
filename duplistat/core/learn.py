"""A job's rhythm, learned from when its runs started. Where they show none, nothing is said.

Times are put on the wall clock of the job's zone first, so that a job at 02:00 stays one through a
clock change. Plain integers of seconds throughout.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core.i18n import ENGLISH, Say
from duplistat.core.learn_calendar import by_the_clock, time_of_day, times_of_day
from duplistat.core.learn_fit import FEWEST, HOUR, MINUTE, MOST, Fit, Run, middle
from duplistat.core.learn_interval import by_the_stopwatch
from duplistat.core.schedule import Interval, Schedule
from duplistat.core.schedule_text import describe, parse_schedule, write_schedule

VERY_SURE, FAIRLY_SURE = 0.8, 0.6
A_YEAR_MS = 366 * 86_400_000


@dataclass(frozen=True, slots=True)
class Learned:
    """A rhythm. Nine of ten runs started within `spread` of it; `runs` fit it; `confidence` is 0 to 1."""

    schedule: Schedule
    spread: timedelta
    runs: int
    confidence: float


class Ran(NamedTuple):
    """When a backup run began and ended, ms since 1970 by our clock; `end` is None where nobody told it."""

    start: int
    end: int | None


def learn(runs: Sequence[Ran], zone: ZoneInfo) -> Learned | None:
    """The rhythm of these runs (in any order, duplicates allowed), or None if they show none.

    Looks at the newest 40. Runs outside the rhythm do not shift it, until four in a row are: then
    the rhythm is that of the runs since, if they have one.
    """
    read = _read((run.start for run in runs), zone)
    # A changed schedule leaves a window with two rhythms; a shorter one may hold only the new one.
    for length in (MOST, MOST // 2, MOST // 4):
        if length == MOST or len(read) > length:
            window = read[-length:]
            while len(window) >= FEWEST and (fit := _fit(window, zone)):
                strays = window[fit.newest + 1 :]
                if len(strays) < FEWEST:
                    return Learned(fit.schedule, fit.spread, fit.runs, fit.confidence)
                window = strays
    return None


def words(learned: Learned, say: Say = ENGLISH) -> str:
    """The rhythm and its evidence: "learned from 23 runs: daily 02:00 ± 6 min"."""
    # In English as it is typed, which is short and as clear.
    typed = say.code == ENGLISH.code and not isinstance(learned.schedule, Interval)
    rhythm = write_schedule(learned.schedule) if typed else describe(learned.schedule, say)
    minutes = -(-int(learned.spread.total_seconds()) // MINUTE)
    spread = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
    text = say.gettext("learned from {runs} runs: {rhythm} ± {spread}")
    return text.format(runs=learned.runs, rhythm=rhythm, spread=spread)


def sureness(learned: Learned, say: Say = ENGLISH) -> str:
    """How far to trust it, in words."""
    if learned.confidence >= VERY_SURE:
        return say.gettext("very sure")
    return say.gettext("fairly sure") if learned.confidence >= FAIRLY_SURE else say.gettext("a guess")


def to_dict(learned: Learned) -> dict[str, object]:
    """What JSON can hold; `from_dict` gives the same back."""
    return {
        "schedule": write_schedule(learned.schedule),
        "spread_seconds": int(learned.spread.total_seconds()),
        "runs": learned.runs,
        "confidence": learned.confidence,
    }


def from_dict(data: Mapping[str, object]) -> Learned:
    """The rhythm that `to_dict` wrote. Raises ValueError for anything else."""
    match data:
        case {
            "schedule": str(schedule),
            "spread_seconds": int(spread),
            "runs": int(runs),
            "confidence": float() | int() as confidence,
        }:
            return Learned(parse_schedule(schedule), timedelta(seconds=spread), runs, float(confidence))
    raise ValueError("a learned rhythm has schedule, spread_seconds, runs and confidence")


def _read(starts: Iterable[int], zone: ZoneInfo) -> list[Run]:
    # Duplicati writes the year 1 for a run that failed before it began.
    moments = sorted({start // 1000 for start in starts if A_YEAR_MS < start < 8000 * A_YEAR_MS})
    runs = []
    for moment in moments[-MOST:]:
        local = datetime.fromtimestamp(moment, zone)
        runs.append(Run(moment, local.toordinal(), local.hour * HOUR + local.minute * MINUTE + local.second))
    return runs


def _fit(runs: list[Run], zone: ZoneInfo) -> Fit | None:
    gap = middle(sorted(later.at - earlier.at for earlier, later in pairwise(runs)))
    if gap >= 16 * HOUR:
        found = by_the_clock(runs, [time_of_day(run.second for run in runs)], zone)
        if found and found.confidence >= FAIRLY_SURE:
            return found
        other = by_the_stopwatch(runs)
        return max((fit for fit in (found, other) if fit), key=lambda fit: fit.confidence, default=None)
    centres = times_of_day(runs)
    if 1 <= len(centres) <= 3 and (found := by_the_clock(runs, centres, zone)):
        return found
    # Four times a day and more is an interval, unless the times are uneven.
    return by_the_stopwatch(runs) or (by_the_clock(runs, centres, zone) if 4 <= len(centres) <= 6 else None)
