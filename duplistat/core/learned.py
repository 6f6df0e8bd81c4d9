"""What was learned of when a job runs, and how it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from duplistat.core.schedule import DAY, EVERY_DAY, Monthly, MonthlyNth, Schedule
from duplistat.core.schedule_text import LONGEST_TEXT, parse_schedule, write_schedule

# So many whole periods of a rhythm are seen before it is more than a guess, and before it is certain.
SEEN, SEEN_OFTEN = 2, 4
WEEK, MONTH = 7 * DAY, 30 * DAY


class CountsFrom(StrEnum):
    """From where the next time is counted: the clock, or the start or the end of the latest run."""

    CLOCK = "clock"
    START = "start"
    END = "end"


class Sureness(StrEnum):
    GUESS = "guess"
    FAIRLY_SURE = "fairly sure"
    VERY_SURE = "very sure"


@dataclass(frozen=True, slots=True)
class Learned:
    """A rhythm, or, without a `schedule`, only how long the job is silent at most: `longest`.

    `runs` of the rhythm's `slots` times had a run. Nine of ten runs started within `spread` of their time; one in a
    thousand starts more than `early` before or `late` after it. So many times `in_a_row` are skipped as rarely.
    `gap` is the usual time between two of them, `periods` how many whole periods (weeks, say) were seen.
    """

    schedule: Schedule | None
    spread: timedelta
    runs: int
    late: timedelta = timedelta(0)
    early: timedelta = timedelta(0)
    slots: int = 0
    in_a_row: int = 1
    gap: timedelta = timedelta(days=1)
    periods: int = SEEN_OFTEN
    counts_from: CountsFrom = CountsFrom.CLOCK
    # The zone in which it is regular, where that is not the job's own.
    zone: str | None = None
    # No change of the clocks was seen yet: it may as well be regular by UTC.
    clocks_open: bool = False
    # The weekdays on which a run was seen, while not all had their chance.
    weekdays: frozenset[int] = EVERY_DAY
    longest: timedelta | None = None
    # The start of the first run in it.
    since: datetime | None = None

    @property
    def skipped(self) -> int:
        return max(0, self.slots - self.runs)

    @property
    def by_the_clock(self) -> bool:
        """Whether its times are those of a clock, and do not move with the latest run."""
        return self.schedule is not None and self.counts_from is CountsFrom.CLOCK

    @property
    def sureness(self) -> Sureness:
        if self.schedule is None or self.periods < SEEN or self.runs < 2 * SEEN:
            return Sureness.GUESS
        often = self.periods >= SEEN_OFTEN and 10 * self.skipped <= self.slots
        return Sureness.VERY_SURE if often else Sureness.FAIRLY_SURE


def period_of(schedule: Schedule | None, gap: timedelta) -> timedelta:
    """After how long a rhythm begins anew, with that time between two runs: until it was seen twice, it is a guess."""
    return MONTH if isinstance(schedule, Monthly | MonthlyNth) else max(WEEK, gap)


def to_dict(learned: Learned) -> dict[str, object]:
    """What JSON can hold; `from_dict` gives the same back. Lengths are seconds."""
    return {
        "schedule": write_schedule(learned.schedule) if learned.schedule is not None else None,
        "spread": _seconds(learned.spread),
        "runs": learned.runs,
        "late": _seconds(learned.late),
        "early": _seconds(learned.early),
        "slots": learned.slots,
        "in_a_row": learned.in_a_row,
        "gap": _seconds(learned.gap),
        "periods": learned.periods,
        "counts_from": learned.counts_from.value,
        "zone": learned.zone,
        "clocks_open": learned.clocks_open,
        "weekdays": sorted(learned.weekdays),
        "longest": _seconds(learned.longest) if learned.longest is not None else None,
        "since": int(learned.since.timestamp()) if learned.since is not None else None,
    }


def from_dict(data: Mapping[str, object]) -> Learned:
    """The rhythm that `to_dict` wrote. Raises ValueError for anything else."""
    match data:
        case {
            "schedule": str() | None as schedule,
            "spread": int(spread),
            "runs": int(runs),
            "late": int(late),
            "early": int(early),
            "slots": int(slots),
            "in_a_row": int(in_a_row),
            "gap": int(gap),
            "periods": int(periods),
            "counts_from": str(counts_from),
            "zone": str() | None as zone,
            "clocks_open": bool(clocks_open),
            "weekdays": list(weekdays),
            "longest": int() | None as longest,
            "since": int() | None as since,
        }:
            return Learned(
                parse_schedule(schedule, longest=LONGEST_TEXT) if schedule is not None else None,
                timedelta(seconds=spread),
                runs,
                timedelta(seconds=late),
                timedelta(seconds=early),
                slots,
                in_a_row,
                timedelta(seconds=gap),
                periods,
                CountsFrom(counts_from),
                zone,
                clocks_open,
                frozenset(weekdays),
                timedelta(seconds=longest) if longest is not None else None,
                datetime.fromtimestamp(since, UTC) if since is not None else None,
            )
    raise ValueError("a learned rhythm has a schedule, its spread, runs and further numbers")


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
