"""What a run says about whether a backup can be read back: a verification, or a restore, that succeeded or failed.

A backup may verify remote files at its end: then its step says it. Nothing else tells: a repair or a compact that
succeeded has not read the files, and neither has a list of broken files that is empty.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from duplistat.core.report import BACKUP, LIST_BROKEN, RESTORE, VERIFICATIONS
from duplistat.core.status import Status

# Counters of a restore and of a list of broken files, by the sender's names.
BROKEN_OF_RESTORE = ("BrokenRemoteFiles", "BrokenLocalFiles")
BROKEN_OF_LIST = "BrokenFiles"
# How many files a step that copies to a second destination found broken there. That the others are whole says
# nothing of the first destination.
BROKEN_OF_COPY = "FailedVerificationCount"
# "remote file: Missing its-hash", as problems of a verification are written.
_OF_FILE = re.compile(r"(.+?): (?:Missing|Extra|Modified|Error)\b", re.DOTALL)


_NO_NUMBERS: Mapping[str, int] = {}


class Proof(StrEnum):
    """What was tried."""

    VERIFICATION = "verification"
    RESTORE = "restore"


class Verdict(NamedTuple):
    """What came of it. `files` is how many broken ones it listed, None where it did not; `message` is one line."""

    proof: Proof
    failed: bool
    files: int | None = None
    message: str = ""


def verdict_of(
    operation: str,
    status: Status,
    *,
    stopped: bool = False,
    dry_run: bool = False,
    message: str = "",
    numbers: Mapping[str, int] | None = None,
    steps: Sequence[Mapping[str, Any]] = (),
) -> Verdict | None:
    """The verdict of a run; None where it gives none, and what was known before still holds.

    `steps` are {"operation", "status", "problems", "numbers"}. The first line that fits:

    | what ran                                                             | verdict   |
    | -------------------------------------------------------------------- | --------- |
    | a dry run                                                            | none      |
    | a verification, or one inside a backup, that lists broken files,     | failed    |
    | whatever its word; a list of broken files that is not empty; a       |           |
    | backup whose copies at a second destination were found broken        |           |
    | a restore that lists broken files                                    | failed    |
    | one that was stopped before it was complete                          | none      |
    | one that ended in error or fatal                                     | failed    |
    | one that succeeded                                                   | succeeded |
    | one that ended in warning, or without a known result                 | none      |
    """
    told = numbers or {}
    if dry_run:
        return None
    if operation == RESTORE:
        broken = broken_in_restore(told)
        return _judged(Proof.RESTORE, status, stopped, broken > 0, broken or None, message)
    if operation == LIST_BROKEN:
        return Verdict(Proof.VERIFICATION, True, None, message) if told.get(BROKEN_OF_LIST) else None
    if operation in VERIFICATIONS:
        problems = _problems(steps)
        said = message or next(iter(problems), "")
        return _judged(Proof.VERIFICATION, status, stopped, bool(problems), _files(problems), said)
    if operation != BACKUP:
        return None
    copies, inside = 0, []
    for step in steps:
        copies += step.get("numbers", _NO_NUMBERS).get(BROKEN_OF_COPY, 0)
        if step["operation"] in VERIFICATIONS:
            inside.append(step)
    if not inside and not copies:
        return None
    problems = _problems(inside)
    statuses = [Status(step["status"]) for step in inside]
    worst = next((item for item in statuses if item.failed), statuses[0] if statuses else Status.UNKNOWN)
    said, files = next(iter(problems), ""), (_files(problems) or 0) + copies
    return _judged(Proof.VERIFICATION, worst, False, bool(problems) or copies > 0, files or None, said)


def broken_in_restore(numbers: Mapping[str, int]) -> int:
    """How many files a restore found broken, here or at the destination."""
    return sum(numbers.get(name, 0) for name in BROKEN_OF_RESTORE)


def _judged(
    proof: Proof, status: Status, stopped: bool, broken: bool, files: int | None, message: str
) -> Verdict | None:
    if broken or (status.failed and not stopped):
        return Verdict(proof, True, files, message)
    return Verdict(proof, False) if status is Status.SUCCESS and not stopped else None


def _problems(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    return [
        problem
        for step in steps
        if step["operation"] in VERIFICATIONS
        for problem in step.get("problems", ())
    ]


def _files(problems: Sequence[str]) -> int | None:
    """How many remote files the problems are about; None when they name none."""
    if not problems:
        return None  # as nearly always
    found = (_OF_FILE.match(problem) for problem in problems)
    return len({match[1] for match in found if match}) or None
