"""A success that is none: with errors, with files that could not be read, or with nothing examined where something was.

Only of backups: a dry run, a restore or a list of files is what its sender says.
"""

from dataclasses import replace

from duplistat.core.reason import DOUBTS, Code, Reason, dump, load_message, reason
from duplistat.core.report import Report
from duplistat.core.status import Status


def downgrade_suspicious_success(report: Report) -> Report:
    """The report, as a warning that says why where its success is none."""
    if not report.is_backup or report.status not in (Status.SUCCESS, Status.WARNING):
        return report
    reasons = [
        *_counted(Code.ERRORS_IN_LOG, report.errors),
        *_counted(Code.FILES_UNREADABLE, report.files_failed),
        *(_counted(Code.SOURCE_EMPTIED, report.files_deleted) if report.files == 0 else ()),
    ]
    if not reasons:
        return report
    message = report.message if report.status is Status.WARNING else ""
    return replace(report, status=Status.WARNING, message=message or dump(reasons))


def empty_source_warning(before: int) -> str:
    """The message of a run that examined nothing, where the latest that is known examined so many files."""
    return dump([reason(Code.SOURCE_EMPTY, number=before)])


def is_doubt(message: str) -> bool:
    """Whether a message of a run says why its success is none."""
    found = load_message(message)
    return bool(found) and all(item.code in DOUBTS for item in found)


def _counted(code: Code, number: int | None) -> list[Reason]:
    return [reason(code, number=number)] if number else []
