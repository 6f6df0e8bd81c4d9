"""Deleting a server with all that it has. It takes long: a background task does it, step by step."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit, background
from duplistat.services.audit import Actor
from duplistat.services.background import DeletionStep
from duplistat.services.context import Tx
from duplistat.services.servers.settings import archive
from duplistat.services.writes import command, exclusive_command
from duplistat.store import background_tasks as waiting
from duplistat.store import job_rows, jobs, merges, server_rows, servers
from duplistat.store.servers import Server

# The kind of background task.
DELETE = "delete_server"


@command
def delete_server(tx: Tx, *, server: int, by: Actor, now: int) -> int:
    """Have a server deleted, in the background; until then it is in the archive. The id of the background task.

    Nothing is reported under its identities from now on: a later report makes it anew. Raises DuplistatError:
    not_found, or invalid when it is being deleted or merged already.
    """
    db, row = tx.db, servers.locked_by_id(tx.db, server)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "server not found: it was deleted or merged")
    if merges.under_way(db, row.id):
        raise DuplistatError(Kind.INVALID, "this server is being merged: try again when that is done")
    has = server_rows.counted(db, row.id)
    task = background.ask(
        db,
        DELETE,
        by=by,
        now=now,
        account=row.account_id,
        subject=str(row.id),
        state={"server": row.id, "name": row.label, "gone": 0},
    )
    if row.archived_at is None:
        archive(db, row, tx.defaults, now)
    servers.change(db, row.id, {"identity": deleting_identity(row.id)})
    merges.drop_identities_of(db, row.id)
    audit.note(
        db,
        by,
        "server.delete",
        account=row.account_id,
        subject=row.label,
        now=now,
        before={"name": row.name, "jobs": has.jobs, "runs": has.runs, "events": has.events},
    )
    return task


@exclusive_command
def delete_server_rows(tx: Tx, *, server: int, now: int) -> DeletionStep:
    """Delete some rows of a server that is being deleted, and last the server.

    The last step ends the task. What its runs counted stays in the totals, which are of all time; what it has stored
    does not.
    """
    db, row = tx.db, servers.locked_by_id(tx.db, server)
    if row is None or not is_deleting(row):
        return {"gone": 0, "done": True}
    next_job = server_rows.next_job(db, row.id)
    job = jobs.locked_by_id(db, next_job) if next_job is not None else None
    if job is not None:
        gone = job_rows.delete_some(db, job.id)
        if not gone:
            tx.tally.bytes(job.account_id, job.id, size=-(job.size or 0), storage=-(job.storage or 0))
            job_rows.delete(db, job.id)
        return {"gone": gone or 1, "done": False}
    gone = server_rows.delete_some(db, row.id)
    if gone:
        return {"gone": gone, "done": False}
    server_rows.delete(db, row.id)
    waiting.finish(db, DELETE, str(row.id), now)
    return {"gone": 1, "done": True}


def deleting_identity(server: int) -> str:
    """What a server is known by while it is deleted: nothing is reported under it."""
    return f"{servers.DELETED}{server}"


def is_deleting(server: Server) -> bool:
    """Whether a server is being deleted."""
    return server.identity == deleting_identity(server.id)
