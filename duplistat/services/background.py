"""Chores: what takes too long for an answer is asked for here, and done by the scheduler."""

import json
from typing import Any, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import chores
from duplistat.store.database import Database


def ask(
    db: Database, kind: str, *, account: int, subject: str, state: dict[str, Any], by: Actor, now: int
) -> int:
    """Have a chore done, in the caller's transaction; its id.

    Raises DuplistatError (invalid) while there is the same one under way.
    """
    db.queue_for(f"chore:{kind}:{subject}")
    if chores.under_way(db, kind, subject):
        raise DuplistatError(Kind.INVALID, "this is already running")
    who = json.dumps(by, ensure_ascii=False)
    return chores.add(
        db, kind=kind, account=account, subject=subject, by=who, now=now, state=json.dumps(state)
    )


class DeletionStep(TypedDict):
    """One step of deleting something in the background: how many rows went, and whether it was the last step."""

    gone: int
    done: bool


@command
def take_chore(tx: Tx, *, now: int, until: int) -> int | None:
    """Take the first chore that nobody works on until a time; its id, None for none."""
    taken = chores.take(tx.db, now, until)
    return taken.id if taken else None


@command
def hold_chore(tx: Tx, *, chore: int, until: int, again: int, state: str) -> bool:
    """Note how far a chore is that is held until a time, and hold it for longer (`again`); whether it was held."""
    return chores.hold_on(tx.db, chore, until, again, state)


@command
def release_chore(tx: Tx, *, chore: int, until: int) -> None:
    """Leave a chore that is held until a time to whoever comes next."""
    chores.let_go(tx.db, chore, until)


@command
def end_chore(tx: Tx, *, chore: int, until: int, now: int, state: str, problem: str) -> None:
    """Note what came of a chore that is held until a time; `problem` is "" when it is done."""
    chores.end(tx.db, chore, until, now, state, problem)
