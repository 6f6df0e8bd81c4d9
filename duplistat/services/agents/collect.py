"""collect(): what an agent knows and was not reported: jobs, schedules, and runs whose reports never arrived."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from duplistat.agents.address import AgentError
from duplistat.config import Config, zone_named
from duplistat.core.text import clip_name
from duplistat.services.agents.collect_target import Home, home_of, ref_of
from duplistat.services.agents.collected_runs import take_in
from duplistat.services.agents.jobs import BY_HAND, drop_agent_schedules, note_agent_job, note_agent_log
from duplistat.services.reports import intake
from duplistat.services.reports.packed import NamedJob
from duplistat.services.writes import Writes
from duplistat.store.database import Database
from duplistat.store.services import Service

if TYPE_CHECKING:
    from duplistat.agents.answers import AgentJob, ServerState, System
    from duplistat.agents.duplicati import Agent

# Entries of a log after which it is noted how far it was read.
PAGE = 100
# With less time than this for the agent no further log is begun, seconds.
SPARE = 40.0
TAGS = 50
# What a job's latest run made of these columns, as the agent keeps it.
SIZES = {
    "storage": "TargetFilesSize",
    "size": "SourceFilesSize",
    "files": "SourceFilesCount",
    "versions": "BackupListCount",
}
_SIZE = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(slots=True)
class Collected:
    """What was found: the jobs, how many runs that were new, and why logs could not be read.

    `left` are the ids of jobs for which there was no time, `server` is the machine, when it is known.
    """

    system: "System"
    state: "ServerState"
    jobs: list["AgentJob"]
    runs: int = 0
    problems: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    server: int | None = None


def collect(
    db: Database,
    writes: Writes,
    config: Config,
    service: Service,
    agent: "Agent",
    *,
    now: int,
    only: Collection[str] = (),
) -> Collected:
    """Take in what the agent of a service knows; of `only` these jobs, by their ids. Raises AgentError.

    A log that cannot be read now is read the next time; the jobs and their schedules are taken in all the same.
    """
    system = agent.system()
    done = Collected(system, agent.state(), agent.jobs())
    with db.connection():
        home = home_of(db, service, system, done.jobs, now)
    zone = _zone(system.timezone) or config.zone
    names: set[str] = set()
    for job in done.jobs:
        name = name_of(job)
        if name in names:
            done.problems.append(f"several jobs are called {name}: only the first is collected")
            continue
        names.add(name)
        if only and job.id not in only:
            continue
        if agent.left < SPARE:
            done.left.append(job.id)
            continue
        id = _note(writes, service, home, system, job, name, zone, now)
        entries = []
        try:
            entries = agent.log(job.id, home.read_so_far(name, job.id))
        except AgentError as e:
            done.problems.append(f"the log of {name}: {e.reason}")
        for at in range(0, len(entries), PAGE):
            for entry in entries[at : at + PAGE]:
                try:
                    done.runs += take_in(db, writes, config, service, home, system, job, id, entry, now)
                except AgentError as e:
                    done.problems.append(f"the log of {name}: {e.reason}")
            last = at + PAGE >= len(entries)
            collected = entries[min(at + PAGE, len(entries)) - 1].id
            writes.run(note_agent_log, job=id, collected=collected, settle=last, now=now)
    if home.server is not None:
        writes.run(drop_agent_schedules, server=home.server, keep=sorted(names), now=now)
    done.server = home.server
    return done


def name_of(job: "AgentJob") -> str:
    """What a job is called here."""
    return clip_name(job.name) or intake.NAMELESS_JOB


def _note(
    writes: Writes,
    service: Service,
    home: Home,
    system: "System",
    job: "AgentJob",
    name: str,
    zone: ZoneInfo,
    now: int,
) -> int:
    """Make the job, and its machine, if they are new; and note its schedule. The id of the job."""
    # It brings the client along, which takes its time to load.
    from duplistat.agents.schedules import schedule_text

    text = schedule_text(job.schedule, zone) if job.schedule else None
    named: NamedJob = {
        "request": [service.account_id, now],
        "format": "",
        "server": [intake.identity_of(home.machine_id, home.name, ""), home.machine_id, home.name, ""],
        "facts": {"operating_system": system.os_type} if system.os_type else {},
        "body": b"",
        "job": [name, ref_of(job.id)],
        "said": "",
        "service": service.id,
        "home": home.server,
    }
    done = writes.run(
        note_agent_job,
        named=named,
        service=service.id,
        schedule=BY_HAND if job.by_hand else text,
        zone=zone.key,
        next_run=home.in_our_time(job.next_run),
        tags=[clip_name(tag) for tag in job.tags[:TAGS]],
        sizes={
            column: int(job.metadata[key])
            for column, key in SIZES.items()
            if _SIZE.fullmatch(job.metadata.get(key, ""))
        },
    )
    home.server = done["server"]
    return done["job"]


def _zone(name: str) -> ZoneInfo | None:
    try:
        return zone_named(name) if name else None
    except ValueError:
        return None
