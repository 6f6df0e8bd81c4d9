"""Deleting a job with all that it has. It takes long: a background task does it, step by step."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit, background
from duplistat.services.audit import Actor
from duplistat.services.background import DeletionStep
from duplistat.services.context import Tx
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.jobs.subject import subject_of
from duplistat.services.writes import command, exclusive_command
from duplistat.store import background_tasks as waiting
from duplistat.store import job_rows, jobs, merges
from duplistat.store.database import Database
from duplistat.store.jobs import Job

# The kind of background task.
DELETE = "delete_job"


@command
def delete_job(tx: Tx, *, job: int, by: Actor, now: int) -> int:
    """Have a job deleted, in the background; until then it is in the archive. The id of the background task.

    Nothing is reported of it from now on: a later report under its name makes a new one. Raises DuplistatError:
    not_found, or invalid when it is being deleted already, or its server is being merged.
    """
    db = tx.db
    row = jobs.locked_by_id(db, job)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "job not found: it was deleted")
    if merges.under_way(db, row.server_id):
        raise DuplistatError(Kind.INVALID, "its server is being merged: try again when that is done")
    subject = subject_of(db, row)
    number, _ = job_rows.counted(db, row.id)
    task = background.ask(
        db,
        DELETE,
        by=by,
        now=now,
        account=row.account_id,
        subject=str(row.id),
        state={"job": row.id, "name": subject, "gone": 0},
    )
    name, row.alias = row.name, row.label
    row.name, row.archived_at, row.deleting_at = jobs.deleting_name(row.id), now, now
    update_job_health(db, row, tx.defaults, now)
    audit.note(
        db,
        by,
        "job.delete",
        account=row.account_id,
        subject=subject,
        now=now,
        before={"name": name, "runs": number},
    )
    return task


@exclusive_command
def delete_job_rows(tx: Tx, *, job: int, now: int) -> DeletionStep:
    """Delete some rows of a job that is being deleted, and last the job.

    The last step ends the task: on SQLite the next job may have the id that is free then, and nobody asked for that
    one. What its runs counted stays in the totals, which are of all time; what it has stored does not.
    """
    db, row = tx.db, jobs.locked_by_id(tx.db, job)
    if row is None or not row.deleting:
        return {"gone": 0, "done": True}
    gone = job_rows.delete_some(db, row.id)
    if gone:
        return {"gone": gone, "done": False}
    tx.tally.bytes(row.account_id, row.id, size=-(row.size or 0), storage=-(row.storage or 0))
    job_rows.delete(db, row.id)
    waiting.finish(db, DELETE, str(row.id), now)
    return {"gone": 1, "done": True}


def is_asked(db: Database, job: Job) -> bool:
    """Whether a job is being deleted, and that has not failed."""
    return job.deleting and waiting.under_way(db, DELETE, str(job.id))


def any_asked(db: Database, *of: int) -> bool:
    """Whether a job of one of these servers is being deleted."""
    return any(is_asked(db, job) for server in of for job in jobs.of_server(db, server))
