"""collect(): what an agent knows and nobody told us: its jobs, their schedules, and runs whose reports never came."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from duplistat.agents.address import AgentError
from duplistat.core.errors import Unrecognised
from duplistat.core.json_text import load_object
from duplistat.core.report import Precision, Report
from duplistat.core.text import clip_name
from duplistat.core.times import to_ms
from duplistat.services import intake
from duplistat.services.writes import Writes
from duplistat.store import runs, servers, service_runs
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.store.services import Service

if TYPE_CHECKING:
    from duplistat.agents.answers import AgentJob, LogEntry, System
    from duplistat.agents.duplicati import Agent

PAGE = 100
RESULT = "Result"


@dataclass(slots=True)
class Collected:
    """What was found: how many jobs, how many runs that were new, and why logs could not be read."""

    system: "System"
    jobs: int = 0
    runs: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Home:
    """The machine as reports of it name it, and its jobs as they are known."""

    machine_id: str
    name: str
    jobs: dict[str, Job]
    server: int | None


def collect(
    db: Database,
    writes: Writes,
    service: Service,
    agent: "Agent",
    *,
    zone: ZoneInfo,
    max_log_lines: int,
    now: int,
) -> Collected:
    """Take in what the agent of a service knows. `zone` is for an agent that names none. Raises AgentError.

    A log that cannot be read now is read the next time; the jobs and their schedules are taken in all the same.
    """
    system = agent.system()
    found = agent.jobs()
    home = _home(db, service, system)
    anew = bool(service.machine_id) and service.machine_id != clip_name(system.machine_id)
    done = Collected(system, jobs=len(found))
    agents_zone = _zone(system.timezone) or zone
    for job in found:
        name = clip_name(job.name) or intake.NAMELESS_JOB
        known = home.jobs.get(name)
        after = known.collected if known and known.ref == _ref(job) and not anew else 0
        try:
            entries = agent.log(job.id, after)
        except AgentError as e:
            done.problems.append(f"the log of {name}: {e.reason}")
            entries = []
        for at in range(0, max(1, len(entries)), PAGE):
            for entry in entries[at : at + PAGE]:
                done.runs += _take_in(db, writes, service, home, system, job, entry, max_log_lines, now)
                after = entry.id
            _note(writes, service, home, system, job, name, agents_zone, after, now)
    if home.server is not None:
        keep = [clip_name(job.name) or intake.NAMELESS_JOB for job in found]
        writes.call("drop_agent_schedules", {"server": home.server, "keep": keep, "now": now})
    return done


def _home(db: Database, service: Service, system: "System") -> Home:
    """The server that the agent's runs are of: the one that its reports made, or a new one."""
    with db.connection():
        homes = [
            server
            for server in servers.of_services(db, (service.account_id,), [service.id], [service.name])
            if not server.sender and server.service_id in (None, service.id)
        ]
        chosen = max(homes, key=lambda server: _likely(server, service, system), default=None)
        if chosen is None:
            identity = intake.identity_of(clip_name(system.machine_id), _name(service, system), "")
            chosen = servers.by_identity(db, service.account_id, identity)
        if chosen is None:
            return Home(clip_name(system.machine_id), _name(service, system), {}, None)
        known = {job.name: job for job in service_runs.jobs_of(db, [chosen.id])}
    by_name = chosen.identity.startswith("name:")
    name = chosen.identity.removeprefix("name:") if by_name else chosen.name
    return Home("" if by_name else chosen.machine_id, name, known, chosen.id)


def _likely(server: Server, service: Service, system: "System") -> tuple[bool, bool, bool, int]:
    return (
        bool(server.machine_id) and server.machine_id == system.machine_id,
        server.service_id == service.id,
        bool(server.machine_id),
        -server.id,
    )


def _name(service: Service, system: "System") -> str:
    return clip_name(system.machine_name) or service.name


def _ref(job: "AgentJob") -> str:
    return clip_name(f"DB-{job.id}")


def _take_in(
    db: Database,
    writes: Writes,
    service: Service,
    home: Home,
    system: "System",
    job: "AgentJob",
    entry: "LogEntry",
    max_log_lines: int,
    now: int,
) -> int:
    """Record a run that an entry tells of, unless it is known; how many were recorded."""
    result = load_object(entry.message) if entry.type == RESULT else None
    if result is None:
        return 0
    extra = {
        "OperationName": result.get("MainOperation"),
        "machine-id": home.machine_id or None,
        "machine-name": home.name,
        "backup-name": job.name,
        "backup-id": _ref(job),
        "operating-system": system.os_type or None,
        "destination-type": job.target_type or None,
    }
    document = {"Data": result, "Extra": extra}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    try:
        parsed = intake.read(body, endpoint=intake.COLLECTED, max_log_lines=max_log_lines)
    except Unrecognised:
        return 0
    # Without its start, nobody could tell whether a report has told of it.
    if not isinstance(parsed, Report) or parsed.precision is not Precision.EXACT:
        return 0
    incoming = intake.Incoming(
        account=service.account_id,
        received_at=now,
        endpoint=intake.COLLECTED,
        body=body,
        address=service.host,
        content_type="application/json",
    )
    parcel = intake.pack(incoming, parsed, service.id)
    known = home.jobs.get(parsed.job_name)
    if known is not None and _is_known(db, known.id, parcel.arguments["run"]):
        return 0
    done = writes.call(parcel.operation, parcel.arguments, parcel.blobs)
    return int(not done["duplicate"])


def _is_known(db: Database, job: int, values: list[Any]) -> bool:
    operation, key = (values[runs.VALUES.index(name)] for name in ("operation", "key"))
    with db.connection():
        return runs.by_key(db, job, operation, key) is not None


def _note(
    writes: Writes,
    service: Service,
    home: Home,
    system: "System",
    job: "AgentJob",
    name: str,
    zone: ZoneInfo,
    collected: int,
    now: int,
) -> None:
    # It brings the client along, which takes its time to load.
    from duplistat.agents.schedules import schedule_text

    text = schedule_text(job.schedule, zone) if job.schedule else None
    arguments = {
        "request": [service.account_id, now],
        "server": [
            intake.identity_of(home.machine_id, home.name, ""),
            home.machine_id,
            home.name,
            "",
        ],
        "facts": {"operating_system": system.os_type} if system.os_type else {},
        "service": service.id,
        "job": [name, _ref(job)],
        "schedule": text,
        "zone": zone.key,
        "next_run": to_ms(job.next_run),
        "tags": [clip_name(tag) for tag in job.tags[:50]],
        "collected": collected,
    }
    writes.call("note_agent_job", arguments)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, OSError, ValueError):
        return None
