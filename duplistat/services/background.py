"""Chores: what takes too long for an answer is asked for here, and done by the scheduler."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.context import ScheduleDefaults
from duplistat.store import chores
from duplistat.store.database import Database
from duplistat.store.totals import Tally


def ask(
    db: Database, kind: str, arguments: dict[str, Any], *, account: int, subject: str, state: dict[str, Any]
) -> int:
    """Have a chore done, in the caller's transaction; its id. `arguments` are those of a verb.

    Raises DuplistatError (invalid) while there is the same one under way.
    """
    db.queue_for(f"chore:{kind}:{subject}")
    if chores.under_way(db, kind, subject):
        raise DuplistatError(Kind.INVALID, "this is being done already")
    by, now = json.dumps(arguments["by"], ensure_ascii=False), arguments["now"]
    return chores.add(
        db, kind=kind, account=account, subject=subject, by=by, now=now, state=json.dumps(state)
    )


def take_chore(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Take the first chore that nobody works on until a time. Answers {"chore": its columns, or None}."""
    taken = chores.take(db, arguments["now"], arguments["until"])
    return {"chore": asdict(taken) if taken else None}


def hold_chore(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note how far a chore is, and hold it for longer (`again`), or let go of it (None). Answers {"held"}."""
    chore, until, again = arguments["chore"], arguments["until"], arguments["again"]
    if again is None:
        chores.let_go(db, chore, until)
        return {"held": False}
    return {"held": chores.hold_on(db, chore, until, again, arguments["state"])}


def end_chore(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note what came of a chore; `problem` is "" when it is done."""
    chore, until, now = arguments["chore"], arguments["until"], arguments["now"]
    chores.end(db, chore, until, now, arguments["state"], arguments["problem"])
    return {}
