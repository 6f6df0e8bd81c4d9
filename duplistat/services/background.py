"""Background tasks: what takes too long for an answer is asked for here, and done by the scheduler."""

import json
from typing import Any, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import background_tasks
from duplistat.store.database import Database


def ask(
    db: Database, kind: str, *, account: int, subject: str, state: dict[str, Any], by: Actor, now: int
) -> int:
    """Have a background task done, in the caller's transaction; its id.

    Raises DuplistatError (invalid) while there is the same one under way.
    """
    db.queue_for(f"chore:{kind}:{subject}")
    if background_tasks.under_way(db, kind, subject):
        raise DuplistatError(Kind.INVALID, "this is already running")
    who = json.dumps(by, ensure_ascii=False)
    return background_tasks.add(
        db, kind=kind, account=account, subject=subject, by=who, now=now, state=json.dumps(state)
    )


class DeletionStep(TypedDict):
    """One step of deleting something in the background: how many rows went, and whether it was the last step."""

    gone: int
    done: bool


@command
def take_background_task(tx: Tx, *, now: int, until: int) -> int | None:
    """Take the first background task that nobody works on until a time; its id, None for none."""
    taken = background_tasks.take(tx.db, now, until)
    return taken.id if taken else None


@command
def hold_background_task(tx: Tx, *, task: int, until: int, again: int, state: str) -> bool:
    """Note how far a task is that is held until a time, and hold it for longer (`again`); whether it was held."""
    return background_tasks.hold_on(tx.db, task, until, again, state)


@command
def release_background_task(tx: Tx, *, task: int, until: int) -> None:
    """Leave a background task that is held until a time to whoever comes next."""
    background_tasks.let_go(tx.db, task, until)


@command
def end_background_task(tx: Tx, *, task: int, until: int, now: int, state: str, problem: str) -> None:
    """Note what came of a background task that is held until a time; `problem` is "" when it is done."""
    background_tasks.end(tx.db, task, until, now, state, problem)
