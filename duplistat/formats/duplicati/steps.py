"""The steps inside a run: a backup also deletes, compacts and verifies.

Each step's result repeats the run's whole BackendStatistics, and a compact stands both beside the delete that
caused it and inside it. A step is read once, with its own counters only.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from duplistat.core.durations import parse_duration
from duplistat.core.report import LogLine, SubResult
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.times import parse_iso
from duplistat.core.verdict import BROKEN_OF_COPY
from duplistat.formats.duplicati.counters import step_numbers
from duplistat.formats.duplicati.outcome import outcome_of
from duplistat.formats.duplicati.values import mapping, sequence, true, words

MAX_PROBLEMS = 100

_MAX_SYNCHRONIZATIONS = 20
_PROBLEM_LIMIT = 300
TEST = "test"
# Whose lines of a log are about a verification, and how it sums up.
_TESTER = "Duplicati.Library.Main.Operation.TestHandler"
_SUM = re.compile(r"\b(?:with|found) (\d{1,9}) (?:problem|error)", re.ASCII)
_NO_FAILURE = (Status.SUCCESS, Status.WARNING, Status.UNKNOWN)
# The key of a step in `Data`, the key of another step that may hold it, and what we call it.
_STEPS = (
    ("TestResults", "", TEST),
    ("CompactResults", "DeleteResults", "compact"),
    ("DeleteResults", "", "delete"),
    ("VacuumResults", "CompactResults", "vacuum"),
    ("RepairResults", "", "repair"),
    ("RecreateDatabaseResults", "RepairResults", "recreate"),
    ("PurgeResults", "", "purge"),
    ("LockResults", "", "lock"),
)


def steps_of(data: Mapping[str, Any], log: Iterable[LogLine] = ()) -> tuple[SubResult, ...]:
    """The steps that ran. A verification of its own tells its problems as a step, too.

    One that found broken files ended in error, whatever its word. Where it names none of them, or says nothing at
    all, the lines of the log that are about it count.
    """
    steps = []
    for key, holder, operation in _STEPS:
        step = data.get(key) or (mapping(data.get(holder)).get(key) if holder else None)
        if step and isinstance(step, dict):
            steps.append(_step(operation, step))
    for step in sequence(data.get("RemoteSynchronizationResults"))[:_MAX_SYNCHRONIZATIONS]:
        if isinstance(step, dict):
            copied = _step("remotesynchronization", step)
            broken = copied.numbers.get(BROKEN_OF_COPY, 0) > 0 and copied.status in _NO_FAILURE
            steps.append(replace(copied, status=Status.ERROR) if broken else copied)
    if problems := tuple(_problems(data)):
        status = outcome_of(data.get("ParsedResult"), failed=False).status
        steps.append(SubResult(TEST, status, problems=problems))
    return with_log(steps, log)


def with_log(steps: Sequence[SubResult], log: Iterable[LogLine]) -> tuple[SubResult, ...]:
    """The steps with what the log says of verifications, for one that names no broken file itself."""
    tests = [step for step in steps if step.operation == TEST]
    result = list(steps)
    if not any(step.problems for step in tests) and (problems := tuple(_complaints(log))):
        if tests:
            result[result.index(tests[0])] = replace(tests[0], problems=problems)
        else:
            result.append(SubResult(TEST, Status.UNKNOWN, problems=problems))
    for at, step in enumerate(result):
        if step.operation == TEST and (status := status_of_test(step.status, step.problems)) != step.status:
            result[at] = replace(step, status=status)
    return tuple(result)


def status_of_test(status: Status, problems: Iterable[str]) -> Status:
    """How a verification ended: one that found problems ended in error, if its word was no worse."""
    return Status.ERROR if status in _NO_FAILURE and any(problems) else status


def _complaints(log: Iterable[LogLine]) -> Iterator[str]:
    for line in log:
        if not line.tag.startswith(_TESTER):
            continue
        found = _SUM.search(line.text)
        if line.level == "error" or (found and int(found[1])):
            yield first_line(line.text, _PROBLEM_LIMIT)


def _step(operation: str, step: Mapping[str, Any]) -> SubResult:
    started = parse_iso(step.get("BeginTime"))
    duration = parse_duration(step.get("Duration"))
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
    count = 0
    for verification in sequence(data.get("Verifications")):
        file = mapping(verification)
        for problem in sequence(file.get("Value")):
            if count == MAX_PROBLEMS:
                return
            count += 1
            kind, detail = words(mapping(problem).get("Key")), words(mapping(problem).get("Value"))
            yield first_line(f"{words(file.get('Key'))}: {kind} {detail}", _PROBLEM_LIMIT)
