"""Tasks of agents as changes of the database: taken, ended, put off, and asked for."""

import json
from typing import TypedDict

from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import agent_tasks, services
from duplistat.store.agent_tasks import COLLECT, FOLLOW
from duplistat.store.database import Database

AT_ONCE = 1000


class AgentChanges(TypedDict, total=False):
    """What is noted of a service when its agent was asked, by column; what is left out stays.

    Times in ms; `jobs` counts them, `running` is 0 or 1, `facts` JSON.
    """

    answered_at: int
    collected_at: int
    collect_tried_at: int
    started_at: int
    machine_id: str
    jobs: int
    facts: str
    running: int
    problem: str
    problem_at: int | None
    problem_kind: str


@command
def take_tasks(tx: Tx, *, now: int, until: int, limit: int, busy: list[int]) -> list[int]:
    """Take at most `limit` due tasks until a time, none of the `busy` services. Their ids."""
    taken: list[int] = []
    for task in agent_tasks.due(tx.db, now, limit + len(busy)):
        if len(taken) >= limit:
            break
        if task.service_id not in busy and agent_tasks.take(tx.db, task, now, until):
            taken.append(task.id)
    return taken


@command
def release_tasks(tx: Tx) -> int:
    """Release the tasks that another scheduler held, which is most likely dead; how many.

    What it still says counts no more.
    """
    return agent_tasks.free_all(tx.db)


@command
def end_task(
    tx: Tx,
    *,
    task: int,
    service: int,
    until: int,
    due_at: int,
    again_at: int | None,
    state: str,
    changes: AgentChanges,
    follow_up: list[tuple[str, int, str]],
) -> bool:
    """End a task, or put it off until `again_at`, and note what came of it; whether it was held until `until`.

    `follow_up` are further tasks: kind, when due (ms), state. Nothing is noted by whoever no longer holds the task:
    another one does it by now.
    """
    db = tx.db
    if not agent_tasks.holds(db, task, until):
        return False
    if again_at is None:
        agent_tasks.end(db, task, due_at)
    else:
        agent_tasks.put_off(db, task, due_at, again_at, state)
    services.change(db, service, changes)
    for kind, at, begun in follow_up:
        agent_tasks.add(
            db, service, kind, at, _with_those_followed(db, service, begun) if kind == FOLLOW else begun
        )
    return True


@command
def save_task_state(tx: Tx, *, task: int, until: int, due_at: int, state: str) -> None:
    """Note how far a task has come, for whoever has to go on with it."""
    agent_tasks.keep(tx.db, task, until, due_at, state)


def _with_those_followed(db: Database, service: int, state: str) -> str:
    """The state of a task that follows what was started, with what was before and is followed still.

    What an agent does of itself is left out: it is found again when ours has ended.
    """
    followed = next((t for t in agent_tasks.waiting(db, service) if t.kind == FOLLOW), None)
    before = json.loads(followed.state) if followed else {}
    if not before.get("ours"):
        return state
    told = json.loads(state)
    told["tasks"] = before["tasks"] | told["tasks"]
    told["since"] = min(before["since"], told["since"])
    before.pop("silent_since", None)
    return json.dumps(before | told, ensure_ascii=False)


@command
def note_agent_state(tx: Tx, *, service: int, changes: AgentChanges) -> None:
    """Note what an agent said, without a task."""
    services.change(tx.db, service, changes)


@command
def enqueue_collects(tx: Tx, *, since: int, now: int) -> int:
    """Have every configured service collected from where that was not tried since a time; how many."""
    found = services.uncollected(tx.db, since, AT_ONCE)
    for service in found:
        agent_tasks.add(tx.db, service, COLLECT, now)
    return len(found)
