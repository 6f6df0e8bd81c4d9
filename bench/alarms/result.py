"""What came of the lives that were played, counted by pattern."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from bench.alarms.fleets import Life, Run
from bench.alarms.patterns import PATTERNS

# A stop that nobody heard of within this, or within so many gaps, is missed.
LONGEST, MOST_GAPS = timedelta(days=60), 10


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm at `at`: `after` was the latest report, `latest` the start of the latest run; what was known then."""

    at: datetime
    after: Run
    latest: datetime
    expected: datetime | None
    known: str


@dataclass(slots=True)
class Outcome:
    """`delay` is the time from the first run that did not come to the alarm, in gaps; None: never heard of."""

    life: Life
    false: list[Alarm]
    surprised: int
    delay: float | None

    def shown(self) -> Iterator[str]:
        """Each thing that went wrong, in words, with times in the job's zone."""
        zone, name = self.life.zone, f"{self.life.pattern} [{self.life.seed}]"
        for alarm in self.false:
            at, last = alarm.at.astimezone(zone), alarm.latest.astimezone(zone)
            expected = alarm.expected and f"expected {alarm.expected.astimezone(zone):%a %m-%d %H:%M}; "
            number = self.life.runs.index(alarm.after) + 1
            yield (
                f"FALSE {name} at {at:%a %Y-%m-%d %H:%M %Z}: after {number} runs, the latest at"
                f" {last:%a %m-%d %H:%M}; {expected or ''}{alarm.known}"
            )
        if self.delay is None:
            missing = self.life.missing.astimezone(zone)
            yield f"MISSED {name}: stopped before {missing:%a %Y-%m-%d %H:%M %Z} after {len(self.life.runs)} runs"


def longest_wait(life: Life) -> timedelta:
    """For how long after the first run that did not come an alarm is of use."""
    return max(LONGEST, MOST_GAPS * life.gap)


def outcome_of(life: Life, alarms: Sequence[Alarm]) -> Outcome:
    """Alarms in order of time: false before the job stopped, but for surprises; the one after the last run finds it."""
    false, surprised, delay = [], 0, None
    last = max(run.start for run in life.runs)
    for alarm in alarms:
        if any(since <= alarm.at < until for since, until in life.surprises):
            surprised += 1
        elif alarm.at < life.missing:
            false.append(alarm)
        if alarm.latest == last:
            late = max(alarm.at - life.missing, timedelta(0))
            delay = late / life.gap if late <= longest_wait(life) else None
    return Outcome(life, false, surprised, delay)


@dataclass(slots=True)
class Counted:
    """All lives of one pattern."""

    pattern: str
    runs: int = 0
    false: int = 0
    surprises: int = 0
    surprised: int = 0
    stops: int = 0
    delays: list[float] = field(default_factory=list)

    @property
    def per_thousand(self) -> float:
        return 1000 * self.false / self.runs

    @property
    def missed(self) -> int:
        return self.stops - len(self.delays)

    def add(self, outcome: Outcome) -> None:
        self.runs += len(outcome.life.runs)
        self.false += len(outcome.false)
        self.surprises += len(outcome.life.surprises)
        self.surprised += outcome.surprised
        self.stops += 1
        if outcome.delay is not None:
            self.delays.append(outcome.delay)


def by_pattern(outcomes: Iterable[Outcome]) -> list[Counted]:
    """The sums, in the order in which patterns are listed."""
    found = {pattern.name: Counted(pattern.name) for pattern in PATTERNS}
    for outcome in outcomes:
        found[outcome.life.pattern].add(outcome)
    return [counted for counted in found.values() if counted.stops]


def table(counted: Sequence[Counted]) -> str:
    """The table, as Markdown, and the sum of all patterns as its last row."""
    head = ("pattern", "runs", "false", "per 1,000", "surprises", "stops", "missed", "delay in gaps")
    rows = [_row(each) for each in counted]
    if len(counted) > 1:
        rows.append(_row(_sum(counted)))
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = [
        _line(head, widths),
        _line(["-" * width for width in widths], widths),
        *(_line(row, widths) for row in rows),
    ]
    return "\n".join(lines)


def _sum(counted: Sequence[Counted]) -> Counted:
    whole = Counted("all")
    for each in counted:
        for name in ("runs", "false", "surprises", "surprised", "stops"):
            setattr(whole, name, getattr(whole, name) + getattr(each, name))
        whole.delays += each.delays
    return whole


def _row(counted: Counted) -> list[str]:
    delays = counted.delays
    return [
        counted.pattern,
        f"{counted.runs:,}",
        str(counted.false),
        f"{counted.per_thousand:.1f}",
        f"{counted.surprised} of {counted.surprises}" if counted.surprises else "",
        str(counted.stops),
        str(counted.missed),
        f"{median(delays):.1f}, worst {max(delays):.1f}" if delays else "",
    ]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
