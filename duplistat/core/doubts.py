"""A success that is none: with errors, with files that could not be read, or with nothing examined where something was.

Only of backups: a dry run, a restore or a list of files is what its sender says.
"""

import re
from dataclasses import replace

from duplistat.core.formatting import count
from duplistat.core.i18n import ENGLISH, Say, later
from duplistat.core.report import Report
from duplistat.core.status import Status

ONE_ERROR = later("Success, with 1 error in the log")
ERRORS = later("Success, with {number} errors in the log")
ONE_UNREAD = later("1 file could not be read")
UNREAD = later("{number} files could not be read")
EMPTIED = later("nothing examined, {number} files deleted: is the source mounted?")
VANISHED = later("nothing examined, where the run before examined {number} files: is the source mounted?")

_PATTERNS = [
    (re.compile(re.escape(text).replace(r"\{number\}", r"([\d,]+)"), re.ASCII | re.IGNORECASE), text)
    for text in (ONE_ERROR, ERRORS, ONE_UNREAD, UNREAD, EMPTIED, VANISHED)
]


def downgrade_suspicious_success(report: Report) -> Report:
    """The report, as a warning that says why where its success is none."""
    if not report.is_backup or report.status not in (Status.SUCCESS, Status.WARNING):
        return report
    reasons = [
        *_counted(report.errors, ONE_ERROR, ERRORS),
        *_counted(report.files_failed, ONE_UNREAD, UNREAD),
        *(_counted(report.files_deleted, EMPTIED, EMPTIED) if report.files == 0 else ()),
    ]
    if not reasons:
        return report
    message = report.message if report.status is Status.WARNING else ""
    return replace(report, status=Status.WARNING, message=message or _sentence(reasons))


def empty_source_warning(before: int) -> str:
    """Why a run that examined nothing is a warning, where the latest that is known examined so many files."""
    return _sentence([VANISHED.format(number=f"{before:,}")])


def is_ours(message: str) -> bool:
    """Whether a message of a run is one of these."""
    return all(any(p.fullmatch(part) for p, _ in _PATTERNS) for part in message.split("; "))


def in_language(message: str, say: Say = ENGLISH) -> str:
    """A message of a run in a language, where it is one of these; any other as it is."""
    if say is ENGLISH or not is_ours(message):
        return message
    told = []
    for part in message.split("; "):
        found, text = next((f, text) for p, text in _PATTERNS if (f := p.fullmatch(part)))
        number = count(int(found[1].replace(",", ""))) if found.groups() else ""
        told.append(say.gettext(text).format(number=number))
    return _sentence(told)


def _counted(number: int | None, one: str, many: str) -> list[str]:
    if not number:
        return []
    return [one.format(number=1) if number == 1 else many.format(number=f"{number:,}")]


def _sentence(reasons: list[str]) -> str:
    text = "; ".join(reasons)
    return text[:1].upper() + text[1:]
