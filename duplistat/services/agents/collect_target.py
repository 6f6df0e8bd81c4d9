"""Which machine of ours an agent is, and how far its logs were read."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from duplistat.core.text import clip_name
from duplistat.core.times import to_ms
from duplistat.services.jobs.state import SKEW_MS
from duplistat.services.reports import intake, shared_ids
from duplistat.services.reports.machine_identity import has_two_ids, own_identity
from duplistat.store import servers, service_runs
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.store.services import Service

if TYPE_CHECKING:
    from duplistat.agents.answers import AgentJob, System


@dataclass(slots=True)
class Home:
    """The machine as it calls itself, its jobs as they are known, and the server that it is once that is known.

    Its clock is `behind_ms` behind ours; None when it does not say.
    """

    machine_id: str
    name: str
    jobs: list[Job]
    server: int | None
    behind_ms: int | None

    def in_our_time(self, at: datetime | None) -> int | None:
        """A time of its clock, in ms."""
        off = self.behind_ms if self.behind_ms is not None and abs(self.behind_ms) > SKEW_MS else 0
        return to_ms(at) + off if at is not None else None

    def read_so_far(self, name: str, id: str) -> int:
        """The newest entry of a job's log that was read: under its own name, or under one that it had before."""
        mine = [job for job in self.jobs if job.ref == ref_of(id)]
        read = next((job.collected for job in mine if job.name == name), 0)
        return read or max((job.collected for job in mine), default=0)


def home_of(db: Database, service: Service, system: "System", jobs: list["AgentJob"], now: int) -> Home:
    """The server that the agent's runs are of: the one that its reports made, or a new one."""
    machine_id = clip_name(system.machine_id)
    behind = now - to_ms(system.time) if system.time is not None else None
    home = Home(machine_id, clip_name(system.machine_name) or service.name, [], None, behind)
    homes = [
        server
        for server in servers.of_services(db, (service.account_id,), [service.id], [service.name])
        if not server.sender and server.service_id in (None, service.id)
    ]
    chosen = (
        max(homes, key=lambda server: _likely(server, service, machine_id), default=None)
        or _by_identity(db, service, home)
        or _under_another_id(db, service, home.name, system.version, jobs)
    )
    if chosen is not None:
        home.server = chosen.id
        if not service.machine_id or service.machine_id == machine_id:
            # Of another machine than before, all logs are new.
            home.jobs = service_runs.jobs_of(db, [chosen.id])
    return home


def ref_of(id: str) -> str:
    """How reports refer to the job that has this id at its agent."""
    return clip_name(f"DB-{id}")


def _likely(server: Server, service: Service, machine_id: str) -> tuple[bool, bool, bool, int]:
    return (
        bool(server.machine_id) and server.machine_id == machine_id,
        server.service_id == service.id,
        bool(server.machine_id),
        -server.id,
    )


def _by_identity(db: Database, service: Service, home: Home) -> Server | None:
    plain = intake.identity_of(home.machine_id, home.name, "")
    found, identity = shared_ids.find(db, service.account_id, plain, home.machine_id, "", home.name)
    own = own_identity(db, found, identity, service.id)
    return found if own == identity else servers.by_identity(db, service.account_id, own)


def _under_another_id(
    db: Database, service: Service, name: str, version: str, jobs: list["AgentJob"]
) -> Server | None:
    """The one machine of this name whose reports come from such a version, and of such a job."""
    if not has_two_ids(version):
        return None
    found = {
        server.id: server
        for job in jobs
        for server, ref in servers.unowned(db, service.account_id, name, clip_name(job.name))
        if ref == ref_of(job.id) and json.loads(server.facts).get("agent_version") == version
    }
    return next(iter(found.values())) if len(found) == 1 else None
