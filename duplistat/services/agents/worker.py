"""Doing the tasks of agents. Slow: it calls elsewhere."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from duplistat.agents.address import Address, AgentError
from duplistat.config import Config
from duplistat.core import agent_words as words
from duplistat.core.errors import DuplistatError
from duplistat.core.text import clip_name
from duplistat.core.visible import visible
from duplistat.services.agents import runs as agent_runs
from duplistat.services.agents.collect import Collected, collect
from duplistat.services.agents.task_queue import AgentChanges, note_agent_state
from duplistat.services.agents.task_result import Outcome, answer_changes, job_failed, unreachable
from duplistat.services.configuration import secrets
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.reports.intake import NAMELESS_JOB
from duplistat.services.worker_context import WorkerContext
from duplistat.store import jobs, services
from duplistat.store.agent_tasks import COLLECT, FOLLOW, PROBE, RUN, Task
from duplistat.store.services import Service

if TYPE_CHECKING:
    from duplistat.agents.answers import AgentJob, System
    from duplistat.agents.duplicati import Agent

log = logging.getLogger(__name__)

# How much less often an agent is asked that does not answer, at most.
LONGEST_PAUSE_MS = 5 * 60_000
# An agent that is silent for so long while it works is no longer followed.
GIVE_UP_MS = 48 * 3_600_000


class Probed(NamedTuple):
    """What an agent says of itself."""

    system: "System"
    jobs: list["AgentJob"]
    encrypted: bool


def work(context: WorkerContext, task: Task) -> Outcome:
    """Do a task; what came of it. An agent that cannot be asked is an outcome, not an error."""
    with context.db.connection():
        context = replace(context, config=in_effect(context.db, context.config))
    service = _service(context, task)
    if service is None:
        return Outcome()
    if service.cancelled_at is not None or service.restricted:
        # Nobody looks whether it still runs.
        return Outcome({"running": 0})
    try:
        with open_agent(context.config, service) as agent:
            done = _KINDS[task.kind](context, service, agent, task)
    except (AgentError, DuplistatError) as e:
        reason = e.reason if isinstance(e, AgentError) else e.text
        if reason != service.problem:
            log.info("%s %s: %s", service.number, service.name, reason)
        done = failed(task, reason, context.now())
    after = _service(context, task)
    if after is None or (after.host, after.port) != (service.host, service.port):
        # That was another agent: what it said is of no use, and only what is still to be known is asked anew.
        return Outcome(again_at=context.now() if task.kind in (PROBE, COLLECT) else None)
    return done


def open_agent(config: Config, service: Service) -> "Agent":
    """Raises AgentError, or DuplistatError when the stored password cannot be read."""
    # The client takes its time to load, and most processes never need it.
    from duplistat.agents.duplicati import connect

    password = secrets.decrypt(config, service.agent_secret)
    address = Address(service.host, service.port, password, service.fingerprint)
    # Where anybody makes an account, nobody is to look around in the network of this server.
    public_only = config.accounts.registration == "open"
    return connect(address, deny=config.agents.deny, allow=config.agents.allow, public_only=public_only)


def failed(task: Task, reason: str, now: int) -> Outcome:
    """What a failure to ask an agent means for a task."""
    done = Outcome(unreachable(reason, now))
    state = json.loads(task.state)
    if task.kind == COLLECT:
        done.changes["collect_tried_at"] = now
    if task.kind == RUN and state.get("started"):
        done.changes["running"] = 1
        done.follow_up.append(agent_runs.following(state["started"], now, ours=True))
    if task.kind == FOLLOW:
        since = state.setdefault("silent_since", now)
        if now - since > GIVE_UP_MS:
            done.changes["running"] = 0
        else:
            done.again_at = now + min(LONGEST_PAUSE_MS, max(agent_runs.FOLLOW_MS, (now - since) // 2))
            done.state = state
    return done


def collected(found: Collected, now: int) -> AgentChanges:
    """That a service was collected from: tried, and done unless something is left."""
    tried: AgentChanges = {"collect_tried_at": now}
    return tried if found.left else tried | {"collected_at": now}


def collect_now(context: WorkerContext, service: Service) -> Collected:
    """Collect from an agent at once, and note that it was. Raises AgentError, DuplistatError."""
    now = context.now()
    context = replace(context, config=in_effect(context.db, context.config))
    with open_agent(context.config, service) as agent:
        done = collect(context.db, context.writes, context.config, service, agent, now=now)
    while done.left:
        with open_agent(context.config, service) as agent:
            more = collect(
                context.db, context.writes, context.config, service, agent, now=now, only=done.left
            )
        if len(more.left) == len(done.left):
            break
        more.runs += done.runs
        more.problems = done.problems + more.problems
        done = more
    changes = answer_changes(service, agent, done.system, len(done.jobs), now) | collected(done, now)
    context.writes.run(note_agent_state, service=service.id, changes=changes)
    return done


def probe_now(context: WorkerContext, service: Service) -> Probed:
    """Ask an agent at once what it is and which jobs it has, and note that it answered.

    Raises AgentError, DuplistatError.
    """
    with open_agent(in_effect(context.db, context.config), service) as agent:
        system, found, encrypted = agent.system(), agent.jobs(), agent.scheme == "https"
    changes = answer_changes(service, agent, system, len(found), context.now())
    context.writes.run(note_agent_state, service=service.id, changes=changes)
    return Probed(system, found, encrypted)


def _service(context: WorkerContext, task: Task) -> Service | None:
    with context.db.connection():
        return services.get(context.db, task.service_id)


def _probe(context: WorkerContext, service: Service, agent: "Agent", task: Task) -> Outcome:
    system, jobs, state = agent.system(), agent.jobs(), agent.state()
    now = context.now()
    done = Outcome(answer_changes(service, agent, system, len(jobs), now))
    changes, done.follow_up = agent_runs.at_work(context, service, state, jobs, now)
    done.changes |= changes
    if not done.follow_up and context.config.agents.collect_minutes:
        done.follow_up.append((COLLECT, now, "{}"))
    return done


def _collect_all(context: WorkerContext, service: Service, agent: "Agent", task: Task) -> Outcome:
    """Collect; and say of jobs that the agent forgot, when its log does not tell of them either."""
    now = context.now()
    state = json.loads(task.state)
    found = collect(
        context.db, context.writes, context.config, service, agent, now=now, only=state.get("left", ())
    )
    for problem in found.problems:
        log.info("%s %s: %s", service.number, service.name, visible(problem))
    done = Outcome(answer_changes(service, agent, found.system, len(found.jobs), now) | collected(found, now))
    changes, done.follow_up = agent_runs.at_work(context, service, found.state, found.jobs, now)
    done.changes |= changes
    if found.left and len(found.left) < len(state.get("left", found.jobs)):
        done.again_at, done.state = now, state | {"left": found.left}
        return done
    if found.left:
        done.changes |= unreachable(words.TOO_SLOW, now)
    gone = _without_run(context, found, state)
    if gone:
        forgotten = [agent_runs.forgotten_by_agent(name) for name in gone]
        done.changes |= job_failed([*agent_runs.problems_of(state), *forgotten], now)
    return done


def _without_run(context: WorkerContext, found: Collected, state: dict[str, Any]) -> list[str]:
    """Those of the `gone` jobs that have no run that came since they were started."""
    gone: list[str] = state.get("gone", [])
    if not gone or found.server is None:
        return gone
    with context.db.connection():
        known = jobs.of_server(context.db, found.server)
    came = {job.name for job in known if (job.last_received or 0) >= state["since"]}
    return [name for name in gone if (clip_name(name) or NAMELESS_JOB) not in came]


_KINDS: dict[str, Callable[[WorkerContext, Service, "Agent", Task], Outcome]] = {
    PROBE: _probe,
    RUN: agent_runs.run,
    FOLLOW: agent_runs.follow,
    COLLECT: _collect_all,
}
