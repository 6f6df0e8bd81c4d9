"""What an agent says of its jobs, as changes of the database."""

import json
from typing import TypedDict

from duplistat.core.schedule import Unplanned
from duplistat.core.schedule_text import write_schedule
from duplistat.services.agents.schedules import follow_agent
from duplistat.services.context import Tx
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.jobs.state import note_to_learn
from duplistat.services.reports.identify import job_called, new_job, server_of
from duplistat.services.reports.packed import NamedJob
from duplistat.services.writes import command
from duplistat.store import jobs, servers, services
from duplistat.store.database import Database
from duplistat.store.servers import Server

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
        job = new_job(db, server.account_id, server.id, name, now, ref)
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
        # It is learned in the zone of the schedule.
        note_to_learn(job, now)
        update_job_health(db, job, tx.defaults, now)
    elif before != (job.ref, job.tags, job.storage, job.size, job.files, job.versions):
        jobs.save(db, job)
    return {"server": server.id, "job": job.id}


@command
def note_agent_log(tx: Tx, *, job: int, collected: int, settle: bool, now: int) -> None:
    """Note how far a job's log was read; with `settle` how the job is now, after all that was read."""
    row = jobs.locked_by_id(tx.db, job)
    if row is None:
        return
    row.collected = collected
    if settle:
        note_to_learn(row, now)
        update_job_health(tx.db, row, tx.defaults, now, run=row.last_run)
    else:
        jobs.save(tx.db, row)


@command
def drop_agent_schedules(tx: Tx, *, server: int, keep: list[str], now: int) -> None:
    """Expect nothing more of jobs that their agent no longer has, all but those it `keep`s: nobody starts them."""
    for listed in jobs.of_server(tx.db, server):
        if not listed.agent_zone or listed.agent_schedule == BY_HAND or listed.name in keep:
            continue
        job = jobs.locked_by_id(tx.db, listed.id)
        if job is not None and follow_agent(job, BY_HAND, listed.agent_zone, None, tx.defaults, now):
            update_job_health(tx.db, job, tx.defaults, now)


def _claim(db: Database, server: Server, service: int) -> None:
    """Let a server be a service's, unless it is another one's that still is."""
    if server.service_id == service:
        return
    owner = services.get(db, server.service_id) if server.service_id is not None else None
    if owner is None or owner.cancelled_at is not None:
        servers.set_service(db, server.id, service)
