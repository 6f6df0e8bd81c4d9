"""rdiff-backup's output: a block of statistics, or sentences after NOTE:, WARNING: and ERROR:."""

import re
from collections.abc import Mapping
from dataclasses import replace

from duplistat.core import exit_codes, statistics_block
from duplistat.core.report import BACKUP, OTHER, PRUNE, RESTORE, VERIFY, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.tool_output import Output, Reading, Told, settled

_WORDS = (
    "rdiff-backup",
    "Starting ",
    "IncrementFile",
    "verified successfully",
    "match recorded ",
    "increments",
    "Deleting increment",
    ": Action ",
    "Directory matches ",
    "to be regressed",
    "Cumulative size",
)
_VERIFIED = re.compile(r"(?:All files verified|Every file verified) successfully")
_MISMATCH = re.compile(
    r"doesn't match recorded (?:SHA1 )?(?:digest|hash)|Verification found \d+ potentially corrupted"
)
_COMPARED = re.compile(r"No changes found\. Directory matches (?:archive|backup) data")
_OWN = re.compile(
    r"Starting (?:mirror|increment operation) from (?:source )?path |rdiff-backup\b|IncrementFile(?:s|Size) \d"
    r"|^(?:ERROR|WARNING): +Action \w+ (?:failed on step|emitted warnings)"
)
_OPERATIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_VERIFIED, VERIFY),
    (_MISMATCH, VERIFY),
    (_COMPARED, VERIFY),
    (re.compile(r"Starting (?:mirror|increment operation) from (?:source )?path "), BACKUP),
    (re.compile(r"Deleting increments? (?:at|older|from)|No increments? (?:is |are )?older than"), PRUNE),
    (re.compile(r"Starting restore (?:of|from) |Action restore (?:failed|emitted)"), RESTORE),
    (re.compile(r"Action backup (?:failed|emitted)"), BACKUP),
    (re.compile(r"Action verify (?:failed|emitted)"), VERIFY),
    (re.compile(r"Action remove (?:failed|emitted)"), PRUNE),
    (re.compile(r"Given repository doesn't need to be regressed|Action regress (?:failed|emitted)"), OTHER),
)
_INVENTORY = re.compile(
    r"^(?:NOTE: +)?(?:Found \d+ increments?:|Current mirror: \w{3} \w{3} | +Time +Size +Cumulative size *$)"
)
_INTERRUPTED = re.compile(
    r"\bKeyboardInterrupt\b|\bsignal (?:INT|TERM|2|15)\b|\bSignalException: (?:1|2|15)$"
)
# How it was called is wrong, which is one of the exit codes of warnings.
_USAGE = re.compile(r"^rdiff-backup(?: \w+)?: error: (.+)")
_ERRORS = (
    # That an action failed is said last, and why above it.
    re.compile(r"(?:^|\s)(?:Fatal Error|FATAL|ERROR): +(?!Action \w+ failed on step)(.+)"),
    re.compile(r"(?:^|\s)ERROR: +(Action \w+ failed on step .+)"),
    _USAGE,
    re.compile(r"(?:^|\s)(Exception '.{1,500}?' raised of class .+)"),
    re.compile(r"^([A-Z]\w+(?:Error|Exception): .+)"),
)
# That the options of versions before 2.1 were used says nothing of the backup.
_WARNING = re.compile(
    r"(?:^|\s)WARNING: +(?!this command line interface is deprecated|Action \w+ emitted)(.+)"
    r"|^((?:List|Special|Update|Read)\w*Error:? .+)"
)

# Nothing was old enough to be deleted, which is told as a warning.
_NOTHING_TO_PRUNE = re.compile(r"WARNING: +No increments? (?:is |are )?older than ")
_EMITTED = re.compile(r"(?:^|\s)WARNING: +(Action \w+ emitted .+)")

# The exit codes of 2.2 and later are bits: failed, warning, a file failed, a warning of a file.
_FAILED, _FILE_FAILED = 1, 4


_NUMBERS = ("MirrorFiles", "MirrorFileSize", "NewFileSize", "IncrementFiles")


def read(output: Output, told: Told) -> Reading | None:
    """What an output of rdiff-backup tells of; None when it is none. Of several runs in one log, it is the last."""
    if not any(word in output.text for word in _WORDS):
        return None
    found = statistics_block.last_of(output)
    block, end = found if found is not None else ({}, -1)
    if not _is_its_own(output, block):
        block, end = {}, -1
    operation = next((name for pattern, name in _OPERATIONS if output.first(pattern)), "")
    if not block and not operation:
        if output.first(_INVENTORY) is not None:
            return Reading("rdiff-backup.inventory")
        if output.first(_OWN) is None:
            return None
    report = (
        statistics_block.backup_of(block, _NUMBERS, exact=False)
        if block
        else _other(output, operation or told.operation or BACKUP)
    )
    error = _error(output)
    by_exit = None if told.exit is None else status_of(told.exit, report.operation)
    claim = _claim(output, report, end, error)
    status = settled(claim, by_exit)
    # Damage that was found ends with a code for warnings, and so does a wrong option.
    if status is Status.WARNING and claim is Status.ERROR and told.exit != 0:
        status = Status.ERROR if report.operation == VERIFY or output.last(_USAGE) else status
    if status is Status.WARNING and report.operation == PRUNE and error is None and _nothing_to_prune(output):
        status = Status.SUCCESS
    message = "" if status is Status.SUCCESS else _message(output, error)
    if status is Status.WARNING and not message and statistics_block.found_nothing(report):
        message = statistics_block.NOTHING_FOUND
    report = replace(report, status=status, message=message, format=f"rdiff-backup-{report.operation}")
    return Reading(f"rdiff-backup.{report.operation}", (report,))


def status_of(code: int, operation: str) -> Status:
    """What an exit code means: from 2.2 on its bits, of which only the first is a failure of the whole."""
    if not 1 <= code < 16:
        return exit_codes.plain(code)
    # For a verification, a file that differs is what it looked for.
    if code & _FAILED or (operation == VERIFY and code & _FILE_FAILED):
        return Status.ERROR
    return Status.WARNING


def _is_its_own(output: Output, block: Mapping[str, float]) -> bool:
    """Whether a block is not duplicity's, which has other numbers; what is left of one may be of either."""
    if {"ChangedDeltaSize", "DeltaEntries", "RawDeltaSize"} & block.keys():
        return False
    its = {"MirrorFiles", "MirrorFileSize", "ChangedSourceSize", "IncrementFiles", "IncrementFileSize"}
    return bool(its & block.keys()) or output.first(_OWN) is not None


def _other(output: Output, operation: str) -> Report:
    status = Status.UNKNOWN
    if operation == VERIFY:
        if output.last(_MISMATCH) is not None:
            status = Status.ERROR
        elif output.last(_VERIFIED) is not None or output.last(_COMPARED) is not None:
            status = Status.SUCCESS
    return Report(operation=operation, status=status, precision=Precision.ARRIVAL)


def _claim(output: Output, report: Report, end: int, error: tuple[str, int] | None) -> Status | None:
    """What the output says of how it ended; None for nothing."""
    summarised = report.status is not Status.UNKNOWN
    if output.last(_INTERRUPTED) is not None:
        return Status.INTERRUPTED
    if error is not None:
        return Status.WARNING if summarised and error[1] < end else Status.ERROR
    if report.status is Status.SUCCESS:
        empty = report.operation == BACKUP and statistics_block.found_nothing(report)
        if output.last(_WARNING) is not None or empty:
            return Status.WARNING
        return Status.SUCCESS
    return report.status if summarised else None


def _error(output: Output) -> tuple[str, int] | None:
    """What ended it, and in which line that stands."""
    for pattern in _ERRORS:
        if (at := output.last_line(pattern)) is not None:
            number, found = at
            return found[1], number
    return None


def _nothing_to_prune(output: Output) -> bool:
    return 0 < output.count(_NOTHING_TO_PRUNE) == output.count(_WARNING)


def _message(output: Output, error: tuple[str, int] | None) -> str:
    if error is not None:
        return first_line(error[0])
    found = output.last(_MISMATCH) or output.last(_WARNING) or output.last(_EMITTED)
    return first_line(found.string.strip().removeprefix("WARNING:")) if found is not None else ""
