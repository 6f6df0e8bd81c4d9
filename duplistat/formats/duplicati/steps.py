"""The steps inside a run: a backup also deletes, compacts and verifies.

Each step's result repeats the run's whole BackendStatistics, and a compact stands both beside the delete that
caused it and inside it. A step is read once, with its own counters only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from duplistat.core.report import SubResult
from duplistat.core.text import first_line
from duplistat.core.times import parse_iso, parse_timespan
from duplistat.formats.duplicati.counters import step_numbers
from duplistat.formats.duplicati.outcome import outcome_of
from duplistat.formats.duplicati.values import mapping, sequence, true, words

MAX_PROBLEMS = 100

_MAX_SYNCHRONIZATIONS = 20
_PROBLEM_LIMIT = 300
# The key of a step in `Data`, the key of another step that may hold it, and what we call it.
_STEPS = (
    ("TestResults", "", "test"),
    ("CompactResults", "DeleteResults", "compact"),
    ("DeleteResults", "", "delete"),
    ("VacuumResults", "CompactResults", "vacuum"),
    ("RepairResults", "", "repair"),
    ("RecreateDatabaseResults", "RepairResults", "recreate"),
    ("PurgeResults", "", "purge"),
    ("LockResults", "", "lock"),
)


def steps_of(data: Mapping[str, Any]) -> tuple[SubResult, ...]:
    """The steps that ran. A verification of its own tells its problems as a step, too."""
    steps = []
    for key, holder, operation in _STEPS:
        step = data.get(key) or (mapping(data.get(holder)).get(key) if holder else None)
        if step and isinstance(step, dict):
            steps.append(_step(operation, step))
    for step in sequence(data.get("RemoteSynchronizationResults"))[:_MAX_SYNCHRONIZATIONS]:
        if isinstance(step, dict):
            steps.append(_step("remotesynchronization", step))
    if problems := tuple(_problems(data)):
        steps.append(
            SubResult("test", outcome_of(data.get("ParsedResult"), failed=False).status, problems=problems)
        )
    return tuple(steps)


def _step(operation: str, step: Mapping[str, Any]) -> SubResult:
    started = parse_iso(step.get("BeginTime"))
    duration = parse_timespan(step.get("Duration"))
    if not duration and parse_iso(step.get("EndTime")) is None:
        duration = None
    return SubResult(
        operation=operation,
        status=outcome_of(
            step.get("ParsedResult"), failed=False, interrupted=true(step.get("Interrupted"))
        ).status,
        started=started.at if started else None,
        duration_ms=duration,
        numbers=step_numbers(step),
        problems=tuple(_problems(step)),
    )


def _problems(data: Mapping[str, Any]) -> Iterator[str]:
    """What a verification found, as "remote file: Missing its-hash"."""
    told = 0
    for verification in sequence(data.get("Verifications")):
        file = mapping(verification)
        for problem in sequence(file.get("Value")):
            if told == MAX_PROBLEMS:
                return
            told += 1
            kind, detail = words(mapping(problem).get("Key")), words(mapping(problem).get("Value"))
            yield first_line(f"{words(file.get('Key'))}: {kind} {detail}", _PROBLEM_LIMIT)
