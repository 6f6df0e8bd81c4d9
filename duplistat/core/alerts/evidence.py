"""The arithmetic of evidence: what was expected of a job in a time, what ran, and how old its newest good copy was.

Pure: runs and schedules in, numbers out. Times are ms; a time from `begin` to `end` has its begin, and not its end.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from duplistat.core.schedule import Interval, Schedule, next_after
from duplistat.core.status import Status
from duplistat.core.times import from_ms, to_ms

# A run that begins so much before its time is the run of that time; never more than half of the time between two.
EARLY_MS = 3_600_000
# Expected times of one job that are counted, at most: each minute for a week would be more than this.
MOST_EXPECTED = 60_000
GOOD, WARNING, FAILED, OTHER, MISSED = "good", "warning", "failed", "other", "missed"


@dataclass(frozen=True, slots=True)
class Ran:
    """A backup run: its start and end (ms; the end is the start where none is known), and how it ended."""

    id: int
    at: int
    ended_at: int
    status: str
    partial: bool = False
    message: str = ""

    @property
    def outcome(self) -> str:
        status = Status(self.status)
        if status.failed or status is Status.INTERRUPTED:
            return FAILED
        if status is Status.WARNING or (status is Status.SUCCESS and self.partial):
            return WARNING
        return GOOD if status is Status.SUCCESS else OTHER

    @property
    def restorable(self) -> bool:
        """Whether there is a whole copy after it: it ended well, if with warnings, and was not stopped."""
        return Status(self.status) in (Status.SUCCESS, Status.WARNING) and not self.partial


@dataclass(frozen=True, slots=True)
class Rule:
    """A schedule in a time: from when to when it held (ms), its zone and its grace; None for none that expects runs.

    `gap_ms`: each run is expected so long after the one before, and not by the clock. `early_ms`: a run that begins so
    much before its time is the run of that time.
    """

    begin: int
    end: int
    schedule: Schedule | None
    zone: ZoneInfo
    grace_ms: int
    gap_ms: int | None = None
    early_ms: int = EARLY_MS


@dataclass(frozen=True, slots=True)
class Slot:
    """An expected time, until when its run was waited for, and the run that came, if one did."""

    at: int
    due: int
    run: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """From the first run that was bad, or did not come, until the next good one began; `end` is None while it lasts.

    `cause` is `failed` or `missed`, of the first of it; `run` the run that failed.
    """

    begin: int
    end: int | None
    cause: str
    run: int | None
    failed: int
    missed: int
    message: str


@dataclass(frozen=True, slots=True)
class Ages:
    """How old the newest good copy was (ms): at most, and in all but a twentieth of the time. `without`: how long there
    was none at all; `known`: for how long the others hold. None where `known` is 0."""

    longest: int | None
    p95: int | None
    known: int
    without: int


def slots(
    rules: Sequence[Rule], runs: Sequence[Ran], quiet: Sequence[tuple[int, int]], now: int
) -> list[Slot]:
    """The expected times of some rules that are due by `now`, and the runs (by `at`) that came for each.

    What falls into a `quiet` time is expected of nobody. A run is that of each time which it covers: from EARLY_MS
    before it until the next time is near. So a late one counts, and a long one stands for all times within it.
    """
    found: list[Slot] = []
    for rule in rules:
        if rule.gap_ms is not None:
            found += _after_runs(rule, rule.gap_ms, runs)
            continue
        times = list(_times(rule))
        for number, at in enumerate(times):
            due = at + rule.grace_ms
            after = times[number + 1] if number + 1 < len(times) else max(rule.end, due)
            before = times[number - 1] if number else at - 2 * rule.early_ms
            begin = at - min(rule.early_ms, (at - before) // 2)
            end = max(after - min(rule.early_ms, (after - at) // 2), begin + 1)
            found.append(Slot(at, due, _run_for(runs, at, begin, end)))
    return [slot for slot in found if _counts(slot, quiet, now)]


def _counts(slot: Slot, quiet: Sequence[tuple[int, int]], now: int) -> bool:
    """Whether a time is over, or its run came already; and it was expected of the job."""
    return (slot.run is not None or slot.due <= now) and not any(
        begin <= slot.at < end for begin, end in quiet
    )


def _after_runs(rule: Rule, gap: int, runs: Sequence[Ran]) -> Iterator[Slot]:
    """The times of a rhythm that counts from each run, and the run that came for each."""
    within = [run for run in runs if rule.begin <= run.at < rule.end]
    for run, following in pairwise([*within, None]):
        if run is None:
            return
        at = run.at + gap
        until = following.at if following is not None else rule.end
        for _ in range(MOST_EXPECTED):
            if at + rule.grace_ms >= until:
                break
            yield Slot(at, at + rule.grace_ms, None)
            at += gap
        if following is not None:
            yield Slot(min(at, following.at), at + rule.grace_ms, following.id)


def _times(rule: Rule) -> Iterator[int]:
    if rule.schedule is None or rule.end <= rule.begin:
        return
    schedule = rule.schedule
    at = from_ms(rule.begin) - timedelta(milliseconds=1)
    if isinstance(schedule, Interval):
        # Its anchor is the latest known run: the times before it are counted from it as well.
        steps = max(0, -((at - schedule.anchor) // schedule.every))
        schedule = Interval(schedule.every, schedule.anchor - steps * schedule.every)
    for _ in range(MOST_EXPECTED):
        moment = next_after(schedule, rule.zone, at)
        if moment is None or to_ms(moment) >= rule.end:
            return
        yield to_ms(moment)
        at = moment


def _run_for(runs: Sequence[Ran], at: int, begin: int, end: int) -> int | None:
    first = bisect_left(runs, begin, key=lambda run: run.at)
    if first < len(runs) and runs[first].at < end:
        return runs[first].id
    if first and runs[first - 1].ended_at >= at:
        return runs[first - 1].id
    return None


def missed(found: Iterable[Slot]) -> list[Slot]:
    """The expected times for which no run came at all."""
    return [slot for slot in found if slot.run is None]


def late(found: Iterable[Slot], runs: Sequence[Ran]) -> int:
    """How many runs began after their time and its grace."""
    starts = {run.id: run.at for run in runs}
    return sum(slot.run is not None and starts[slot.run] > slot.due for slot in found)


def gaps(runs: Sequence[Ran], found: Sequence[Slot]) -> list[Gap]:
    """Each stretch without a good run, in order: of runs, and of expected times for which none came."""
    events: list[tuple[int, Ran | None]] = [
        (run.at, run) for run in runs if run.restorable or run.outcome != OTHER
    ]
    events += [(slot.due, None) for slot in missed(found)]
    made: list[Gap] = []
    current: Gap | None = None
    for at, run in sorted(events, key=lambda event: (event[0], event[1] is None)):
        if run is not None and run.restorable:
            if current is not None:
                made.append(replace(current, end=at))
            current = None
        elif run is not None:
            current = current or Gap(at, None, FAILED, run.id, 0, 0, run.message)
            current = replace(current, failed=current.failed + 1)
        else:
            current = current or Gap(at, None, MISSED, None, 0, 0, "")
            current = replace(current, missed=current.missed + 1)
    return [*made, *([current] if current else [])]


def repairs(found: Sequence[Gap]) -> tuple[int | None, int | None]:
    """Time to repair (ms) of the gaps that ended: on average, and the longest; None without one."""
    lengths = [gap.end - gap.begin for gap in found if gap.end is not None]
    return (sum(lengths) // len(lengths), max(lengths)) if lengths else (None, None)


def ages(goods: Sequence[Ran], before: Ran | None, begin: int, end: int) -> Ages:
    """How old the newest good copy was from `begin` to `end`. `goods` are restorable runs; `before` the last one that
    began before `begin`.

    A copy is there once its run has ended, and is as old as the start of that run.
    """
    stretches, without, start = [], 0, before.at if before and before.ended_at <= begin else None
    late_ends = [before] if before and before.ended_at > begin else []
    marks = sorted((max(run.ended_at, run.at), run.at) for run in (*late_ends, *goods))
    at = begin
    for ended, began in [*marks, (end, end)]:
        until = min(max(ended, begin), end)
        if start is None:
            without += until - at
        elif until > at:
            stretches.append((at - start, until - start))
        at = max(at, until)
        if ended < end:
            start = began if start is None else max(start, began)
    known = sum(last - first for first, last in stretches)
    if not known:
        return Ages(None, None, 0, without)
    return Ages(max(last for _, last in stretches), _percentile(stretches, known, 95), known, without)


def _percentile(stretches: Sequence[tuple[int, int]], known: int, percent: int) -> int:
    """The age that was not exceeded for so many percent of the time: stretches of ages that pass at the same pace."""
    marks = sorted({mark for stretch in stretches for mark in stretch})
    changes = dict.fromkeys(marks, 0)
    for first, last in stretches:
        changes[first] += 1
        changes[last] -= 1
    wanted, passed, pace = known * percent, 0, 0
    for mark, following in pairwise(marks):
        pace += changes[mark]
        piece = pace * (following - mark) * 100
        if passed + piece >= wanted:
            return mark + -(-(wanted - passed) // (pace * 100))
        passed += piece
    return marks[-1]


def joined(times: Iterable[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    """Times as they lie between `begin` and `end`, those that touch made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted((max(first, begin), min(last, end)) for first, last in times):
        if last <= first:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
