"""duplicity's output: a block of statistics, an object of `--jsonstat` before it, or sentences."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from duplistat.core import exit_codes, statistics_block
from duplistat.core.report import BACKUP, PRUNE, VERIFY, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.tool_output import Output, Reading, Told, settled
from duplistat.formats.duplicity import signs

_NUMBERS = ("NewFileSize", "ChangedFileSize", "ChangedDeltaSize", "DeltaEntries", "RawDeltaSize")


def read(output: Output, told: Told) -> Reading | None:
    """What an output of duplicity tells of; None when it is none. Of several runs in one log, it is the last."""
    if not any(word in output.text for word in signs.WORDS):
        return None
    block = statistics_block.last_of(output)
    if block is not None and not _is_its_own(output, block[0]):
        block = None
    document = _jsonstat(output)
    operation = next((name for pattern, name in signs.OPERATIONS if output.first(pattern)), "")
    if block is None and document is None and not operation:
        if output.first(signs.WRITES) is not None:
            operation = BACKUP
        elif _verified(output) is not None:
            operation = VERIFY
    if block is None and document is None and not operation:
        if output.first(signs.INVENTORY) is not None:
            return Reading("duplicity.inventory")
        if output.first(signs.ITS_OWN) is None:
            return None
    report = _done(output, block[0] if block else {}, document, operation, told)
    error = _error(output)
    claim = _claim(output, report, block[1] if block else -1, error)
    plain = None if told.exit is None else exit_codes.plain(told.exit)
    status = settled(claim, signs.status_of(told.exit, plain, error is not None))
    message = "" if status is Status.SUCCESS else _message(output, error, status, report.errors)
    if status is Status.WARNING and not message and statistics_block.found_nothing(report):
        message = statistics_block.NOTHING_FOUND
    report = replace(report, status=status, message=message, format=f"duplicity-{report.operation}")
    return Reading(f"duplicity.{report.operation}", (report,))


def _verified(output: Output) -> re.Match[str] | None:
    """The line that a verification ends with: files compared, and differences."""
    if (found := output.last(signs.VERIFIED)) is not None:
        return found
    return output.last(signs.VERIFIED_ANYWHERE) if output.last(signs.COMPLETE) is not None else None


def _is_its_own(output: Output, block: Mapping[str, float]) -> bool:
    """Whether a block is not rdiff-backup's, which has other numbers; what is left of one may be of either."""
    if not block:
        return output.first(signs.ITS_OWN) is not None
    its = {"ChangedDeltaSize", "DeltaEntries", "RawDeltaSize"} & block.keys()
    others = {"MirrorFiles", "MirrorFileSize", "ChangedSourceSize", "IncrementFiles", "IncrementFileSize"}
    return bool(its) or (not others & block.keys() and output.first(signs.ITS_OWN) is not None)


def _jsonstat(output: Output) -> dict[str, Any] | None:
    """The last object of `--jsonstat`."""
    if "backup_meta" not in output.text:
        return None
    found = [item for item in output.documents if isinstance(item, dict) and "backup_meta" in item]
    return found[-1] if found else None


def _done(
    output: Output,
    block: dict[str, float],
    document: Mapping[str, Any] | None,
    operation: str,
    told: Told,
) -> Report:
    """What was done, with its numbers; its status is what these say, unknown where they do not."""
    if block or document is not None:
        return _backup(block, document)
    if operation == VERIFY:
        found = _verified(output)
        if found is None:
            return _plain(VERIFY, Status.UNKNOWN)
        status = Status.SUCCESS if int(found[2]) == 0 else Status.ERROR
        return replace(_plain(VERIFY, status), files=int(found[1]), errors=int(found[2]))
    if operation == PRUNE:
        done = output.last(signs.COMPLETE) or output.last(signs.NOTHING_TO_PRUNE)
        listed = output.last(signs.ONLY_LISTED) is not None
        return replace(_plain(PRUNE, Status.SUCCESS if done else Status.UNKNOWN), dry_run=listed)
    return _plain(operation or told.operation or BACKUP, Status.UNKNOWN)


def _backup(block: Mapping[str, float], document: Mapping[str, Any] | None) -> Report:
    """A backup, of the text block and of the object before it: that one has no size of what was added."""
    told = _numbers(document) if document is not None else {}
    begin = told.get("StartTime", 0.0)
    of_one_run = document is None or abs(begin - block.get("StartTime", begin)) < 1
    # A block of another run is the later one.
    merged = {**block, **told} if of_one_run else dict(block)
    exact = document is not None and of_one_run
    # The text rounds to a hundredth.
    # With --dry-run there is something to write, and nothing is written.
    dry = merged.get("DeltaEntries", 0) > 0 and merged.get("TotalDestinationSizeChange") == 0
    return replace(statistics_block.backup_of(merged, _NUMBERS, exact=exact), dry_run=dry)


def _numbers(document: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: value
        for name, value in document.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


def _plain(operation: str, status: Status) -> Report:
    return Report(operation=operation, status=status, precision=Precision.ARRIVAL)


def _claim(output: Output, report: Report, end: int, error: tuple[str, int] | None) -> Status | None:
    """What the output says of how it ended; None for nothing."""
    if output.last(signs.INTERRUPTED) is not None:
        return Status.INTERRUPTED
    summarised = report.status is not Status.UNKNOWN
    if error is not None:
        # An error before the statistics was overcome, or is of an earlier run in the same log.
        return Status.WARNING if summarised and error[1] < end else Status.ERROR
    if report.status is Status.SUCCESS and report.operation == BACKUP:
        left_out = output.last(signs.LEFT_OUT) is not None
        empty = statistics_block.found_nothing(report) and not report.dry_run
        return Status.WARNING if left_out or empty else Status.SUCCESS
    return report.status if summarised else None


def _error(output: Output) -> tuple[str, int] | None:
    """What ended it, and in which line that stands."""
    if not any(word in output.text for word in signs.ERROR_WORDS):
        return None
    for pattern in signs.ERRORS:
        if (at := output.last_line(pattern)) is not None:
            number, found = at
            return found[1], number
    return None


def _message(output: Output, error: tuple[str, int] | None, status: Status, errors: int | None) -> str:
    """Why it did not simply succeed, in duplicity's own words."""
    if error is not None:
        return first_line(error[0].rstrip("."))
    if status is Status.INTERRUPTED:
        return ""  # What was left out until then is not why.
    found = output.last(signs.LEFT_OUT) or output.last(signs.DIFFERENCE) or _verified(output)
    if found is None and errors:
        return f"Errors {errors}"
    return first_line(found[0]) if found is not None else ""
