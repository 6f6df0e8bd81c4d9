"""Tasks of agents as changes of the database: taken, ended, put off, and asked for."""

import json
from collections.abc import Sequence
from typing import Any

from duplistat.services.context import ScheduleDefaults
from duplistat.store import agent_tasks, services
from duplistat.store.agent_tasks import COLLECT, FOLLOW
from duplistat.store.database import Database
from duplistat.store.totals import Tally

AT_ONCE = 1000


def take_tasks(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Take at most `limit` due tasks until a time, none of the `busy` services. Answers {"taken": ids}."""
    now, until, busy = arguments["now"], arguments["until"], set(arguments["busy"])
    taken: list[int] = []
    for task in agent_tasks.due(db, now, arguments["limit"] + len(busy)):
        if len(taken) >= arguments["limit"]:
            break
        if task.service_id not in busy and agent_tasks.take(db, task, now, until):
            taken.append(task.id)
    return {"taken": taken}


def free_tasks(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Let go of what another scheduler held, which is most likely dead. What it still says counts no more."""
    return {"freed": agent_tasks.free_all(db)}


def end_task(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """End a task, or put it off until `again_at`, and note what came of it. Answers {"held"}.

    Nothing is noted by whoever no longer holds it: another one does it by now.
    """
    task, until, due_at = arguments["task"], arguments["until"], arguments["due_at"]
    if not agent_tasks.holds(db, task, until):
        return {"held": False}
    if arguments["again_at"] is None:
        agent_tasks.end(db, task, due_at)
    else:
        agent_tasks.put_off(db, task, due_at, arguments["again_at"], arguments["state"])
    services.change(db, arguments["service"], arguments["changes"])
    for kind, at, state in arguments["next"]:
        if kind == FOLLOW:
            state = _with_those_followed(db, arguments["service"], state)
        agent_tasks.add(db, arguments["service"], kind, at, state)
    return {"held": True}


def keep_task(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note how far a task has come, for whoever has to go on with it."""
    agent_tasks.keep(db, arguments["task"], arguments["until"], arguments["due_at"], arguments["state"])
    return {}


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


def note_agent(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note what an agent said, without a task."""
    services.change(db, arguments["service"], arguments["changes"])
    return {}


def enqueue_collects(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Have every configured service collected from that was not since a time. Answers {"added"}."""
    found = services.uncollected(db, arguments["since"], AT_ONCE)
    for service in found:
        agent_tasks.add(db, service, COLLECT, arguments["now"])
    return {"added": len(found)}
