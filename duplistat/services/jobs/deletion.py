"""Deleting a job with all that it has. It takes long: a chore does it, step by step."""

from collections.abc import Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit, background
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.health_change import settle_job
from duplistat.store import chores as waiting
from duplistat.store import job_rows, jobs, merges, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.totals import Tally

# The kind of chore.
DELETE = "delete_job"


def delete_job(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Have a job deleted, in the background; until then it is in the archive. Answers {"chore"}.

    Nothing is reported of it from now on: a later report under its name makes a new one. Raises DuplistatError:
    not_found, or invalid when it is being deleted already, or its server is being merged.
    """
    now = arguments["now"]
    job = jobs.locked_by_id(db, arguments["job"])
    if job is None:
        raise DuplistatError(Kind.NOT_FOUND, "this job is gone")
    if merges.under_way(db, job.server_id):
        raise DuplistatError(Kind.INVALID, "its server is being merged: wait for its end")
    home = servers.by_id(db, (job.account_id,), job.server_id)
    subject = f"{home.label if home else ''} / {job.label}"
    number, _ = job_rows.counted(db, job.id)
    chore = background.ask(
        db,
        DELETE,
        by=arguments["by"],
        now=arguments["now"],
        account=job.account_id,
        subject=str(job.id),
        state={"job": job.id, "name": subject, "gone": 0},
    )
    name, job.alias = job.name, job.label
    job.name, job.archived_at = jobs.deleting_name(job.id), now
    settle_job(db, job, defaults, now)
    audit.note(
        db,
        arguments["by"],
        "job.delete",
        account=job.account_id,
        subject=subject,
        now=now,
        before={"name": name, "runs": number},
    )
    return {"chore": chore}


def delete_job_rows(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Delete some rows of a job that is being deleted, and last the job. Answers {"gone", "done"}.

    The last step ends the chore: on SQLite the next job may have the id that is free then, and nobody asked for that
    one. What its runs counted stays in the totals, which are of all time; what it has stored does not.
    """
    job = jobs.locked_by_id(db, arguments["job"])
    if job is None or not job.deleting:
        return {"gone": 0, "done": True}
    gone = job_rows.delete_some(db, job.id)
    if gone:
        return {"gone": gone, "done": False}
    tally.bytes(job.account_id, job.id, size=-(job.size or 0), storage=-(job.storage or 0))
    job_rows.delete(db, job.id)
    waiting.finish(db, DELETE, str(job.id), arguments["now"])
    return {"gone": 1, "done": True}


def is_asked(db: Database, job: Job) -> bool:
    """Whether a job is being deleted, and that has not failed."""
    return job.deleting and waiting.under_way(db, DELETE, str(job.id))


def any_asked(db: Database, *of: int) -> bool:
    """Whether a job of one of these servers is being deleted."""
    return any(is_asked(db, job) for server in of for job in jobs.of_server(db, server))
