"""What doing something with an agent needs, and what has to be noted of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from duplistat.config import Config
from duplistat.core.agent_words import for_strangers
from duplistat.core.i18n import joined, stored
from duplistat.core.text import clip_name
from duplistat.services.agents.task_queue import AgentChanges
from duplistat.store.services import JOB, Service

if TYPE_CHECKING:
    from duplistat.agents.answers import System
    from duplistat.agents.duplicati import Agent

PROBLEM_KEPT = 500


@dataclass(slots=True)
class Outcome:
    """`changes` are columns of the service; `follow_up` further tasks (kind, when due, state); all times in ms."""

    changes: AgentChanges = field(default_factory=AgentChanges)
    again_at: int | None = None
    state: dict[str, Any] = field(default_factory=dict)
    follow_up: list[tuple[str, int, str]] = field(default_factory=list)


def answer_changes(service: Service, agent: "Agent", system: "System", jobs: int, now: int) -> AgentChanges:
    """What an answer tells of a service; that it could be asked ends any problem but a failed job's."""
    facts = {
        "operating_system": system.os_type,
        "operating_system_detailed": system.os_version,
        "agent_version": system.version,
        "update_channel": system.channel,
        "machine_name": system.machine_name,
        "scheme": agent.scheme,
    }
    changes: AgentChanges = {
        "answered_at": now,
        "jobs": jobs,
        "machine_id": clip_name(system.machine_id),
        "facts": json.dumps({k: v[:200] for k, v in facts.items() if v}, ensure_ascii=False),
    }
    return changes if service.job_failed else changes | no_problem()


def no_problem() -> AgentChanges:
    return {"problem": "", "problem_at": None, "problem_kind": ""}


def unreachable(reason: str, now: int) -> AgentChanges:
    """That an agent could not be asked."""
    return {"problem": _kept(reason), "problem_at": now, "problem_kind": ""}


def as_seen_by(service: Service, viewer: int, main: int, config: Config) -> Service:
    """A service as somebody of the account `viewer` may see it.

    With open registration only `main` is told why an agent cannot be reached: strangers could have this server
    look for open ports in its own network.
    """
    if viewer == main or config.accounts.registration != "open":
        return service
    if not service.is_unreachable:
        return service
    return replace(service, problem=for_strangers(service.problem))


def job_failed(problems: Sequence[str], now: int) -> AgentChanges:
    """What jobs failed of."""
    return {"problem": _kept(joined(problems)), "problem_at": now, "problem_kind": JOB}


def _kept(problem: str) -> str:
    """As the column of a service has it; one that is too long in English, cut."""
    return stored(problem if len(problem) <= PROBLEM_KEPT else problem[:PROBLEM_KEPT])
