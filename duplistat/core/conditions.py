"""How a job stands in the words of the partner report: one condition, and the reasons for it.

Serves GET /v1/partners/…/reports/backup_status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from duplistat.core.status import Health, Status


class Condition(StrEnum):
    """The worst comes last."""

    COMPLETED = "COMPLETED"
    RUNNING = "RUNNING"
    WARNING = "WARNING"
    FAILURE = "FAILURE"


class Reason(StrEnum):
    """`condition_types`, in the order in which they are told."""

    COMPLETED = "COMPLETED"
    RUNNING = "RUNNING"
    WARNINGS = "WARNINGS"
    CANCELED = "CANCELED"
    ERRORS = "ERRORS"
    MISSED = "MISSED"
    EXCEPTION = "EXCEPTION"
    NO_DATA_RESTORED = "NO_DATA_RESTORED"
    NO_DATA_DELETED = "NO_DATA_DELETED"
    NO_FILE_DATA_BACKED_UP = "NO_FILE_DATA_BACKED_UP"
    NO_EXCHANGE_OR_SQL_DATA_BACKED_UP = "NO_EXCHANGE_OR_SQL_DATA_BACKED_UP"


# The tags of jobs that back up more than files.
DATABASE_TAGS = ("exchange", "sql")
_LEVEL = {condition: level for level, condition in enumerate(Condition)}
_PLACE = {reason: place for place, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the condition of a job depends on.

    `health` is how it is now. The rest is of its latest backup run: `status` is None without one, counts are
    None where it did not say. `started` says that a run began whose report has not come. `restored_nothing`
    is of its latest restore, `deleted_nothing` of its latest delete that failed. `verification_failed` and
    `restore_failed` are of the latest that came to a result, unless somebody dismissed it.
    """

    health: Health
    status: Status | None = None
    started: bool = False
    partial: bool = False
    errors: int | None = None
    warnings: int | None = None
    files: int | None = None
    uploaded: int | None = None
    tags: Sequence[str] = ()
    restored_nothing: bool = False
    deleted_nothing: bool = False
    verification_failed: bool = False
    restore_failed: bool = False


def condition_of(job: Standing) -> tuple[Condition, tuple[Reason, ...]]:
    """The condition, and at least one reason.

    | the latest backup run                          | condition | reasons                            |
    | ---------------------------------------------- | --------- | ---------------------------------- |
    | is under way                                   | RUNNING   | RUNNING                            |
    | the same, but has not been heard of for long   | WARNING   | RUNNING                            |
    | succeeded                                      | COMPLETED | COMPLETED                          |
    | ended with warnings, or in a word of its own   | WARNING   | WARNINGS                           |
    | was interrupted, or is partial                 | WARNING   | CANCELED, and what else it was     |
    | the same, with errors                          | FAILURE   | ERRORS, CANCELED                   |
    | ended with errors                              | FAILURE   | ERRORS                             |
    | failed                                         | FAILURE   | EXCEPTION, with errors also ERRORS |
    | there is none, but one has started             | RUNNING   | RUNNING                            |
    | there is none                                  | FAILURE   | MISSED once it is due, else RUNNING |

    One that failed, or ended with errors, and is partial is CANCELED too.

    On top of that: an overdue job is a FAILURE, and MISSED. One whose restore restored nothing is
    NO_DATA_RESTORED, one whose delete failed and deleted nothing NO_DATA_DELETED. A run that says that it
    examined no file, or sent no byte of a job that is tagged as a database, is at least a WARNING. Unless a backup
    is under way, a verification that failed makes it a FAILURE with ERRORS, and a restore that failed at least a
    WARNING with WARNINGS: there are no closer words.
    """
    condition, reasons = _of_run(job)
    if job.health is Health.OVERDUE:
        condition = Condition.FAILURE
        reasons.add(Reason.MISSED)
    if job.restored_nothing:
        reasons.add(Reason.NO_DATA_RESTORED)
    if job.deleted_nothing:
        reasons.add(Reason.NO_DATA_DELETED)
    if condition is not Condition.RUNNING:
        if job.verification_failed:
            reasons.add(Reason.ERRORS)
            condition = Condition.FAILURE
        if job.restore_failed:
            reasons.add(Reason.WARNINGS)
            condition = max(condition, Condition.WARNING, key=_LEVEL.__getitem__)
    if Reason.RUNNING not in reasons:
        if job.files == 0:
            reasons.add(Reason.NO_FILE_DATA_BACKED_UP)
            condition = max(condition, Condition.WARNING, key=_LEVEL.__getitem__)
        if job.uploaded == 0 and any(tag.lower() in DATABASE_TAGS for tag in job.tags):
            reasons.add(Reason.NO_EXCHANGE_OR_SQL_DATA_BACKED_UP)
            condition = max(condition, Condition.WARNING, key=_LEVEL.__getitem__)
    return condition, tuple(sorted(reasons, key=_PLACE.__getitem__))


def _of_run(job: Standing) -> tuple[Condition, set[Reason]]:
    if job.health in (Health.RUNNING, Health.STUCK):
        stuck = job.health is Health.STUCK
        return (Condition.WARNING if stuck else Condition.RUNNING), {Reason.RUNNING}
    canceled = {Reason.CANCELED} if job.partial else set()
    match job.status:
        case None:
            missed = job.health is Health.OVERDUE
            condition = Condition.RUNNING if job.started and not missed else Condition.FAILURE
            return condition, {Reason.MISSED if missed else Reason.RUNNING}
        case Status.RUNNING:
            return Condition.RUNNING, {Reason.RUNNING}
        case Status.SUCCESS if not job.partial:
            return Condition.COMPLETED, {Reason.COMPLETED}
        case Status.SUCCESS | Status.INTERRUPTED:
            return _canceled(job, {Reason.WARNINGS} if job.warnings else set())
        case Status.ERROR:
            return Condition.FAILURE, {Reason.ERRORS} | canceled
        case Status.FATAL:
            errors = {Reason.ERRORS} if job.errors else set()
            return Condition.FAILURE, {Reason.EXCEPTION} | errors | canceled
        case _:
            return (
                _canceled(job, {Reason.WARNINGS}) if job.partial else (Condition.WARNING, {Reason.WARNINGS})
            )


def _canceled(job: Standing, reasons: set[Reason]) -> tuple[Condition, set[Reason]]:
    if job.errors:
        return Condition.FAILURE, reasons | {Reason.ERRORS, Reason.CANCELED}
    return Condition.WARNING, reasons | {Reason.CANCELED}
