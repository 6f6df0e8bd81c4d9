"""How we know when a job runs, and when it would be overdue, with the evidence. Pages, commands and APIs show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from duplistat.core.expectation import Expected, Rhythm, Source, told_interval
from duplistat.core.learn_runs import FEWEST, SHORTEST_SPAN, Ran, Times, read
from duplistat.core.learned import CountsFrom, Learned
from duplistat.core.run_grid import Cell, Seen, dates, grid, is_weekly
from duplistat.core.same_rhythm import contradicted, same_rhythm, times_learned, times_of
from duplistat.core.schedule import EVERY_DAY, Interval, Schedule
from duplistat.core.schedule_text import parse_schedule, write_schedule


class Unsettable(StrEnum):
    """Why what was learned cannot be set as a schedule."""

    FROM_START = "counted from the start of the last run"
    FROM_END = "counted from the end of the last run"
    SILENCE = "no regular times"
    WEEKDAYS = "not all weekdays were seen"
    LONG = "too long"


@dataclass(frozen=True, slots=True)
class Kept:
    """A rhythm for which a person decided to keep the schedule that the job has."""

    schedule: Schedule
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the runs of a job show. `grid` is empty where `dates` show the rhythm.

    `zone` is where it is regular. `settable` is it as text that can be set; else `unsettable` says why not.
    `longest` is the longest silence while the job was healthy, where no rhythm is known.
    """

    learned: Learned
    zone: ZoneInfo
    grid: list[list[Cell]]
    dates: list[Seen]
    settable: str | None
    unsettable: Unsettable | None
    longest: timedelta | None

    @property
    def text(self) -> str | None:
        """The schedule as text; None where there is no rhythm."""
        return write_schedule(self.learned.schedule) if self.learned.schedule is not None else None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How we know when a job runs. `schedule` is the one that decides, as text; None where none can be said.

    `expected` is the run that is waited for, which may lie in the past; `following` the next ones, each with when it
    would be overdue. `runs` are known, and so many are `missing` until something can be learned, which is not said of
    what has a schedule; `one_day`: and they were all of one day. `asks`: the runs keep another rhythm than the one
    that decides, and nobody has said yet what is to be.
    """

    source: Source
    schedule: str | None
    zone: ZoneInfo
    grace: timedelta
    expected: Expected
    following: list[Expected]
    runs: int
    missing: int
    one_day: bool
    evidence: Evidence | None
    asks: bool


def explain(
    rhythm: Rhythm,
    runs: Sequence[Ran],
    expected: Expected,
    following: list[Expected],
    *,
    decided: datetime | None = None,
    kept: Kept | None = None,
) -> Explanation:
    """The explanation of a job from its latest runs.

    `decided`: since when the schedule that decides holds (aware). `kept` is what a person answered last when asked.
    """
    times = read(runs)
    source, learned = expected.source, rhythm.learned
    one_day = bool(times) and times[-1].start - times[0].start < SHORTEST_SPAN
    asks = False
    if times:
        start, end = _moment(times[-1].start), _moment(times[-1].end)
        asks = contradicted(rhythm, source, start, end, decided) and not (
            learned is not None and kept is not None and _is_kept(learned, rhythm.zone, kept, start, end)
        )
    evidence = _evidence(learned, rhythm.zone, times) if learned is not None else None
    silent = learned is not None and learned.schedule is None
    return Explanation(
        source=source,
        schedule=_text(rhythm, source),
        zone=rhythm.zone,
        grace=rhythm.grace,
        expected=expected,
        # What is silent has a limit, and no times.
        following=following[:1] if source is Source.LEARNED and silent else following,
        runs=len(times),
        missing=runs_missing(len(times), one_day=one_day) if source is Source.NONE and learned is None else 0,
        one_day=one_day,
        evidence=evidence,
        asks=asks and evidence is not None and evidence.settable is not None,
    )


def runs_missing(runs: int, *, one_day: bool) -> int:
    """How many more runs it takes at least until something can be learned: one of another day is always needed."""
    return max(FEWEST - runs, int(one_day))


def settable(learned: Learned) -> str | Unsettable:
    """What was learned as the text of a schedule that means the same when a person sets it; else why there is none."""
    if learned.schedule is None:
        return Unsettable.SILENCE
    if learned.counts_from is not CountsFrom.CLOCK:
        return Unsettable.FROM_END if learned.counts_from is CountsFrom.END else Unsettable.FROM_START
    if isinstance(learned.schedule, Interval) and learned.weekdays != EVERY_DAY:
        return Unsettable.WEEKDAYS
    text = write_schedule(learned.schedule)
    try:
        return text if parse_schedule(text) == learned.schedule else Unsettable.LONG
    except ValueError:
        return Unsettable.LONG


def _evidence(learned: Learned, zone: ZoneInfo, times: Sequence[Times]) -> Evidence:
    clock = ZoneInfo(learned.zone) if learned.zone else zone
    starts = [_moment(run.start) for run in times]
    own = [start for start in starts if learned.since is None or start >= learned.since] or starts
    weekly, text = is_weekly(learned), settable(learned)
    refused = text if isinstance(text, Unsettable) else None
    return Evidence(
        learned=learned,
        zone=clock,
        grid=grid(learned, clock, own) if weekly and own else [],
        dates=dates(learned, clock, own) if not weekly else [],
        settable=None if refused else text,
        unsettable=refused,
        longest=_longest(own, learned.longest) if learned.schedule is None else None,
    )


def _longest(starts: Sequence[datetime], limit: timedelta | None) -> timedelta | None:
    """The longest silence that was no outage: no longer than what is overdue."""
    silences = [later - earlier for earlier, later in pairwise(starts)]
    return max((gap for gap in silences if limit is None or gap <= limit), default=None)


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _is_kept(learned: Learned, zone: ZoneInfo, kept: Kept, start: datetime, end: datetime) -> bool:
    """Whether what was learned is still the rhythm that a person was asked about."""
    shown = times_learned(learned, zone, start, end)
    return same_rhythm(
        times_of(kept.schedule, kept.zone), shown, start, max(learned.late, timedelta(minutes=30))
    )


def _text(rhythm: Rhythm, source: Source) -> str | None:
    decides: Schedule | None = None
    match source:
        case Source.SET:
            decides = rhythm.set_schedule
        case Source.COLLECTED:
            decides = rhythm.collected
        case Source.TOLD:
            decides = told_interval(rhythm)
        case Source.LEARNED:
            decides = rhythm.learned.schedule if rhythm.learned is not None else None
        case Source.NONE:
            pass
    return write_schedule(decides) if decides is not None else None
