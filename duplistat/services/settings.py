"""What a person sets on a job or a server, and what follows from it."""

import json
from collections.abc import Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.job_state import Clockwork, relearn
from duplistat.services.recording import settle_job
from duplistat.store import accounts, jobs, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.store.totals import Tally


def find_server(db: Database, account: str, server: str) -> Server:
    """The one server of an account with this name, alias, machine id or id. Raises DuplistatError."""
    owner = accounts.by_name(db, account)
    if owner is None:
        raise DuplistatError(Kind.NOT_FOUND, f"there is no account named {account!r}")
    found = servers.called(db, (owner.id,), server)
    if not found and server.isdecimal():
        by_id = servers.by_id(db, (owner.id,), int(server))
        found = [by_id] if by_id else []
    if not found:
        raise DuplistatError(Kind.NOT_FOUND, f"account {account!r} has no server called {server!r}")
    if len(found) > 1:
        ids = ", ".join(str(s.id) for s in found)
        raise DuplistatError(
            Kind.INVALID, f"{len(found)} servers are called {server!r}: use one of the ids {ids}"
        )
    return found[0]


def find_job(db: Database, account: str, server: str, job: str) -> Job:
    """The job of that name on a server. Raises DuplistatError."""
    home = find_server(db, account, server)
    found = next((j for j in jobs.of_server(db, home.id) if j.name == job), None)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, f"server {home.label!r} has no job named {job!r}")
    return found


def set_job(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Change what `arguments["changes"]` holds of paused, grace_ms, tags, schedule, schedule_zone.

    A schedule of None goes back to what the client tells, or what is learned. What is expected, and the
    health, follow at once. Answers {"health", "expected_at"}.
    """
    now, changes = arguments["now"], arguments["changes"]
    job = jobs.locked_by_id(db, arguments["job"])
    if job is None:
        raise DuplistatError(Kind.NOT_FOUND, "this job is gone")
    if "tags" in changes:
        job.tags = json.dumps(changes["tags"], ensure_ascii=False)
    if "paused" in changes:
        job.paused = int(changes["paused"])
    if "grace_ms" in changes:
        job.grace_ms = changes["grace_ms"]
    if "schedule" in changes:
        job.schedule, job.schedule_zone = changes["schedule"], changes.get("schedule_zone")
        job.schedule_set_at = now if job.schedule else None
        if job.schedule is None and job.told_gap is None:
            relearn(job, json.loads(job.starts), clockwork.zone)
    if changes.keys() - {"tags"}:
        settle_job(db, job, clockwork, now)
    else:
        jobs.save(db, job)
    return {"health": job.health, "expected_at": job.expected_at}


def set_server(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Give a server an alias; an empty one takes it away."""
    servers.set_alias(db, arguments["server"], arguments["alias"] or None)
    return {}
