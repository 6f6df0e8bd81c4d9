"""What an agent says of its jobs, as changes of the database."""

import json
from collections.abc import Sequence
from typing import Any, TypedDict

from duplistat.core.schedule import Unplanned
from duplistat.core.schedule_text import write_schedule
from duplistat.services.agents.schedules import follow_agent
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import settle_job
from duplistat.services.reports.identify import job_called, server_of
from duplistat.services.reports.intake import NamedJob
from duplistat.services.writes import command
from duplistat.store import jobs, servers, services
from duplistat.store.database import Database
from duplistat.store.servers import Server
from duplistat.store.totals import Tally

BY_HAND = write_schedule(Unplanned())


class AgentJobNoted(TypedDict):
    """The ids of a job and of its server."""

    server: int
    job: int


@command
def note_agent_job(
    tx: Tx,
    *,
    named: NamedJob,
    service: int,
    schedule: str | None,
    zone: str,
    next_run: int | None,
    tags: list[str],
    sizes: dict[str, int],
) -> AgentJobNoted:
    """Make a job of an agent if it is new, and note its schedule; `next_run` in ms.

    Its `sizes` (column: bytes or count) count while no run has told them.
    """
    db = tx.db
    now = named["request"][1]
    name, ref = named["job"]
    server, _ = server_of(db, named, named=named, collected=True)
    _claim(db, server, service)
    job = job_called(db, server.id, name)
    if job is None:
        job = jobs.add(db, server.account_id, server.id, name, ref, now)
    before = (job.ref, job.tags, job.storage, job.size, job.files, job.versions)
    job.ref = ref
    for column, value in sizes.items():
        if getattr(job, column) is None:
            setattr(job, column, value)
    tx.tally.bytes(
        job.account_id,
        job.id,
        storage=(job.storage or 0) - (before[2] or 0),
        size=(job.size or 0) - (before[3] or 0),
    )
    if job.tags == "[]":
        job.tags = json.dumps(tags, ensure_ascii=False)
    changed = follow_agent(job, schedule, zone, next_run, tx.defaults, now)
    if changed:
        settle_job(db, job, tx.defaults, now)
    elif before != (job.ref, job.tags, job.storage, job.size, job.files, job.versions):
        jobs.save(db, job)
    return {"server": server.id, "job": job.id}


def note_agent_log(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note how far a job's log was read; with `settle` how the job is now, after all that was read."""
    job = jobs.locked_by_id(db, arguments["job"])
    if job is None:
        return {}
    job.collected = arguments["collected"]
    if arguments["settle"]:
        settle_job(db, job, defaults, arguments["now"], run=job.last_run)
    else:
        jobs.save(db, job)
    return {}


def drop_agent_schedules(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Expect nothing more of a job that its agent no longer has: nobody starts it any more."""
    for listed in jobs.of_server(db, arguments["server"]):
        if not listed.agent_zone or listed.agent_schedule == BY_HAND or listed.name in arguments["keep"]:
            continue
        job = jobs.locked_by_id(db, listed.id)
        if job is not None and follow_agent(
            job, BY_HAND, listed.agent_zone, None, defaults, arguments["now"]
        ):
            settle_job(db, job, defaults, arguments["now"])
    return {}


def _claim(db: Database, server: Server, service: int) -> None:
    """Let a server be a service's, unless it is another one's that still is."""
    if server.service_id == service:
        return
    owner = services.get(db, server.service_id) if server.service_id is not None else None
    if owner is None or owner.cancelled_at is not None:
        servers.set_service(db, server.id, service)
