"""What each kind of task does with an agent, and what has to be noted of it. Slow: it calls elsewhere."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from duplistat.agents.address import Address, AgentError
from duplistat.config import Config
from duplistat.core.errors import DuplistatError
from duplistat.core.text import clip_name
from duplistat.services import secrets
from duplistat.services.collecting import Collected, collect
from duplistat.services.services import JOB_FAILED
from duplistat.services.writes import Writes
from duplistat.store import services
from duplistat.store.agent_tasks import COLLECT, FOLLOW, PROBE, RUN, Task
from duplistat.store.database import Database
from duplistat.store.services import Service

if TYPE_CHECKING:
    from duplistat.agents.answers import System
    from duplistat.agents.duplicati import Agent

# How often a started job is asked about, and how much less often an agent that does not answer.
FOLLOW_MS = 5000
LONGEST_PAUSE_MS = 5 * 60_000
# An agent that is silent for so long while it works is no longer followed.
GIVE_UP_MS = 48 * 3_600_000
PROBLEM_KEPT = 500


@dataclass(slots=True)
class Outcome:
    """`changes` are columns of the service; `next` further tasks (kind, when due, state); all times in ms."""

    changes: dict[str, Any] = field(default_factory=dict)
    again_at: int | None = None
    state: dict[str, Any] = field(default_factory=dict)
    next: list[tuple[str, int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Desk:
    """What work is done with. `now` gives ms."""

    config: Config
    db: Database
    writes: Writes
    now: Callable[[], int]


def work(desk: Desk, task: Task) -> Outcome:
    """Do a task; what came of it. An agent that cannot be asked is an outcome, not an error."""
    with desk.db.connection():
        service = services.get(desk.db, task.service_id)
    if service is None:
        return Outcome()
    if service.cancelled_at is not None or service.restricted:
        # Nobody looks whether it still runs.
        return Outcome({"running": 0})
    try:
        with open_agent(desk.config, service) as agent:
            return _KINDS[task.kind](desk, service, agent, task)
    except (AgentError, DuplistatError) as e:
        reason = e.reason if isinstance(e, AgentError) else e.message
        return failed(task, reason, desk.now())


def open_agent(config: Config, service: Service) -> "Agent":
    """Raises AgentError, or DuplistatError when the stored password cannot be read."""
    # The client takes its time to load, and most processes never need it.
    from duplistat.agents.duplicati import connect

    password = secrets.decrypt(config, service.agent_secret)
    address = Address(service.host, service.port, password, service.fingerprint)
    return connect(address, deny=config.agents.deny)


def failed(task: Task, reason: str, now: int) -> Outcome:
    """What a failure to ask an agent means for a task."""
    done = Outcome({"problem": reason[:PROBLEM_KEPT], "problem_at": now})
    if task.kind == COLLECT:
        done.changes["collected_at"] = now
    if task.kind == FOLLOW:
        state = json.loads(task.state)
        since = state.setdefault("silent_since", now)
        if now - since > GIVE_UP_MS:
            done.changes["running"] = 0
        else:
            done.again_at = now + min(LONGEST_PAUSE_MS, max(FOLLOW_MS, (now - since) // 2))
            done.state = state
    return done


def collect_now(desk: Desk, service: Service) -> Collected:
    """Collect from an agent at once, and note that it was. Raises AgentError, DuplistatError."""
    now = desk.now()
    with open_agent(desk.config, service) as agent:
        done = _collect(desk, service, agent, now)
    changes = _said(service, done.system, done.jobs, now) | {"collected_at": now}
    desk.writes.call("note_agent", {"service": service.id, "changes": changes})
    return done


def _probe(desk: Desk, service: Service, agent: "Agent", task: Task) -> Outcome:
    system, jobs, state = agent.system(), agent.jobs(), agent.state()
    now = desk.now()
    done = Outcome(_said(service, system, len(jobs), now))
    done.changes["running"] = int(state.active_task is not None)
    if state.active_task is not None and state.active_job is not None:
        done.next.append(_follow({str(state.active_task): state.active_job}, now))
    elif desk.config.agents.collect_minutes:
        done.next.append((COLLECT, now, "{}"))
    return done


def _run(desk: Desk, service: Service, agent: "Agent", task: Task) -> Outcome:
    """Start every job. One that cannot be started keeps none of the others from it."""
    system, jobs = agent.system(), agent.jobs()
    started, problems = {}, []
    for job in jobs:
        try:
            started[str(agent.run(job.id))] = job.name
        except AgentError as e:
            problems.append(f"{job.name} could not be started: {e.reason}")
    now = desk.now()
    done = Outcome(_said(service, system, len(jobs), now) | {"problem": ""})
    if not jobs:
        problems.append("the agent has no backup job")
    if problems:
        done.changes |= _problem("; ".join(problems), now)
    if started:
        done.changes |= {"running": 1, "started_at": service.started_at or now}
        done.next.append(_follow(started, now))
    return done


def _follow_on(desk: Desk, service: Service, agent: "Agent", task: Task) -> Outcome:
    """Ask how the started jobs are; when all have ended, fetch what came of them."""
    left, problems = {}, []
    for id, name in json.loads(task.state).get("tasks", {}).items():
        state = agent.task(int(id))
        if state.status in ("Waiting", "Running"):
            left[id] = name
        elif state.status == "Failed":
            problems.append(f"{name}: {state.error}" if state.error else name)
    now = desk.now()
    done = Outcome({"answered_at": now})
    if not service.problem.startswith(JOB_FAILED):
        done.changes |= {"problem": "", "problem_at": None}
    if problems:
        done.changes |= _problem("; ".join(problems), now)
    if left:
        done.changes["running"] = 1
        done.again_at, done.state = now + FOLLOW_MS, {"tasks": left}
        return done
    done.changes["running"] = 0
    if desk.config.agents.collect_minutes:
        done.next.append((COLLECT, now, "{}"))
    return done


def _collect_all(desk: Desk, service: Service, agent: "Agent", task: Task) -> Outcome:
    now = desk.now()
    found = _collect(desk, service, agent, now)
    return Outcome(_said(service, found.system, found.jobs, desk.now()) | {"collected_at": now})


def _collect(desk: Desk, service: Service, agent: "Agent", now: int) -> Collected:
    return collect(
        desk.db,
        desk.writes,
        service,
        agent,
        zone=desk.config.zone,
        max_log_lines=desk.config.intake.max_log_lines,
        now=now,
    )


def _said(service: Service, system: "System", jobs: int, now: int) -> dict[str, Any]:
    """What an answer tells of a service; that it could be asked ends any problem but a failed job's."""
    facts = {
        "operating_system": system.os_type,
        "operating_system_detailed": system.os_version,
        "agent_version": system.version,
        "machine_name": system.machine_name,
    }
    changes = {
        "answered_at": now,
        "jobs": jobs,
        "machine_id": clip_name(system.machine_id),
        "facts": json.dumps({k: v[:200] for k, v in facts.items() if v}, ensure_ascii=False),
    }
    kept = service.problem.startswith(JOB_FAILED)
    return changes if kept else changes | {"problem": "", "problem_at": None}


def _problem(text: str, now: int) -> dict[str, Any]:
    return {"problem": f"{JOB_FAILED}{text}"[:PROBLEM_KEPT], "problem_at": now}


def _follow(tasks: dict[str, str], now: int) -> tuple[str, int, str]:
    return FOLLOW, now + FOLLOW_MS, json.dumps({"tasks": tasks}, ensure_ascii=False)


_KINDS: dict[str, Callable[[Desk, Service, "Agent", Task], Outcome]] = {
    PROBE: _probe,
    RUN: _run,
    FOLLOW: _follow_on,
    COLLECT: _collect_all,
}
