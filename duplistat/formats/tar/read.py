"""GNU tar: sentences about what went wrong, and with --totals how much it wrote."""

import re

from duplistat.core import exit_codes
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.tool_output import Output, Reading, Told, settled

# Some files changed while they were read.
_CHANGED = 1

_SENTENCE = re.compile(r"^(?:/\S*/)?(?:g|bsd)?tar: (.+)")
_TOTAL = re.compile(r"^Total bytes (written|read): (\d{1,18}) \(")
_WARNING = re.compile(r": file changed as we read it$|: File removed before we read it$|: Removing leading ")
_NOTICE = re.compile(r"^(?:/\S*/)?(?:g|bsd)?tar: Removing leading ")


def status_of(code: int | None) -> Status | None:
    """How a run ended by its exit code; None without one. One unreadable file fails it, as tar itself has it."""
    if code is None:
        return None
    return Status.WARNING if code == _CHANGED else exit_codes.plain(code)


def read(output: Output, told: Told) -> Reading | None:
    """What an output of tar tells of; None when it is none."""
    wrong = [line for line in output.lines if _SENTENCE.match(line) and not _NOTICE.match(line)]
    total = output.last(_TOTAL)
    if not wrong and total is None and output.first(_NOTICE) is None:
        return None
    claim = Status.SUCCESS if total is not None else None
    if wrong:
        claim = Status.WARNING if all(_WARNING.search(line) for line in wrong) else Status.ERROR
    status = settled(claim, status_of(told.exit))
    found = _SENTENCE.match(wrong[0]) if wrong else None
    operation = told.operation or ("restore" if total is not None and total[1] == "read" else BACKUP)
    report = Report(
        operation=operation,
        status=status,
        precision=Precision.ARRIVAL,
        format=f"tar-{operation}",
        size=int(total[2]) if total is not None else None,
        message=first_line(found[1]) if found and status is not Status.SUCCESS else "",
    )
    return Reading(f"tar.{operation}", (report,))
