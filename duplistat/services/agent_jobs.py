"""What an agent says of its jobs, as changes of the database."""

import json
from collections.abc import Sequence
from typing import Any

from duplistat.services.agent_schedules import follow_agent
from duplistat.services.job_state import Clockwork
from duplistat.services.recording import server_of, settle_job
from duplistat.store import jobs, servers
from duplistat.store.database import Database
from duplistat.store.totals import Tally


def note_agent_job(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Make a job of an agent if it is new, and note its schedule, and how far its log was read."""
    now = arguments["request"][1]
    name, ref = arguments["job"]
    server, _ = server_of(db, arguments)
    if server.service_id != arguments["service"]:
        servers.set_service(db, server.id, arguments["service"])
    job = jobs.locked(db, server.id, name)
    if job is None:
        job = jobs.add(db, server.account_id, server.id, name, ref, now)
    before = (job.ref, job.collected, job.tags)
    job.ref, job.collected = ref, arguments["collected"]
    if job.tags == "[]":
        job.tags = json.dumps(arguments["tags"], ensure_ascii=False)
    changed = follow_agent(
        job,
        arguments["schedule"],
        arguments["zone"],
        arguments["next_run"],
        clockwork,
        now,
    )
    if changed:
        settle_job(db, job, clockwork, now)
    elif before != (job.ref, job.collected, job.tags):
        jobs.save(db, job)
    return {"job": job.id}


def drop_agent_schedules(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Expect nothing more by the schedule of a job that its agent no longer has."""
    for listed in jobs.of_server(db, arguments["server"]):
        if listed.agent_schedule is None or listed.name in arguments["keep"]:
            continue
        job = jobs.locked_by_id(db, listed.id)
        if job is not None and follow_agent(job, None, "", None, clockwork, arguments["now"]):
            settle_job(db, job, clockwork, arguments["now"])
    return {}
