"""Deleting a server with all that it has. It takes long: a chore does it, step by step."""

from collections.abc import Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit, background
from duplistat.services.context import ScheduleDefaults
from duplistat.services.servers.settings import archive
from duplistat.store import chores as waiting
from duplistat.store import job_rows, jobs, merges, server_rows, servers
from duplistat.store.database import Database
from duplistat.store.servers import Server
from duplistat.store.totals import Tally

# The kind of chore.
DELETE = "delete_server"


def delete_server(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Have a server deleted, in the background; until then it is in the archive. Answers {"chore"}.

    Nothing is reported under its identities from now on: a later report makes it anew. Raises DuplistatError:
    not_found, or invalid when it is being deleted or merged already.
    """
    now = arguments["now"]
    server = servers.locked_by_id(db, arguments["server"])
    if server is None:
        raise DuplistatError(Kind.NOT_FOUND, "this server is gone")
    if merges.under_way(db, server.id):
        raise DuplistatError(Kind.INVALID, "this server is being merged: wait for its end")
    has = server_rows.counted(db, server.id)
    chore = background.ask(
        db,
        DELETE,
        by=arguments["by"],
        now=arguments["now"],
        account=server.account_id,
        subject=str(server.id),
        state={"server": server.id, "name": server.label, "gone": 0},
    )
    if server.archived_at is None:
        archive(db, server, defaults, now)
    servers.change(db, server.id, {"identity": doomed_identity(server.id)})
    merges.drop_identities_of(db, server.id)
    audit.note(
        db,
        arguments["by"],
        "server.delete",
        account=server.account_id,
        subject=server.label,
        now=now,
        before={"name": server.name, "jobs": has.jobs, "runs": has.runs, "events": has.events},
    )
    return {"chore": chore}


def delete_server_rows(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Delete some rows of a server that is being deleted, and last the server. Answers {"gone", "done"}.

    The last step ends the chore. What its runs counted stays in the totals, which are of all time; what it has stored
    does not.
    """
    server = servers.locked_by_id(db, arguments["server"])
    if server is None or not is_deleting(server):
        return {"gone": 0, "done": True}
    next_job = server_rows.next_job(db, server.id)
    job = jobs.locked_by_id(db, next_job) if next_job is not None else None
    if job is not None:
        gone = job_rows.delete_some(db, job.id)
        if not gone:
            tally.bytes(job.account_id, job.id, size=-(job.size or 0), storage=-(job.storage or 0))
            job_rows.delete(db, job.id)
        return {"gone": gone or 1, "done": False}
    gone = server_rows.delete_some(db, server.id)
    if gone:
        return {"gone": gone, "done": False}
    server_rows.delete(db, server.id)
    waiting.finish(db, DELETE, str(server.id), arguments["now"])
    return {"gone": 1, "done": True}


def doomed_identity(server: int) -> str:
    """What a server is known by while it is deleted: nothing is reported under it."""
    return f"{servers.DELETED}{server}"


def is_deleting(server: Server) -> bool:
    """Whether a server is being deleted."""
    return server.identity == doomed_identity(server.id)
