"""Writes of our API that their sender may repeat: the same key and the same request are carried out once. And those
that are for what the sender saw: nobody's change is lost.
"""

import json
from collections.abc import Collection
from typing import Any, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.context import Tx
from duplistat.services.writes import command, command_named, wrapping_command
from duplistat.store import idempotency, versions
from duplistat.store.database import Database


class Done(TypedDict):
    """What a request gave. `status` and `body` are those of the stored answer; status 0: it is not stored yet.

    `other`: the key was used for another request, and nothing was done.
    """

    result: Any
    status: int
    body: str
    other: bool


CHANGED = "Somebody changed this since you read it: read it again, and decide anew"
_OTHER: Done = {"result": None, "status": idempotency.UNANSWERED, "body": "", "other": True}


@wrapping_command
def carry_out_once(
    tx: Tx,
    *,
    hash: str,
    request: str,
    name: str,
    arguments: dict[str, Any],
    now: int,
    secret: bool = False,
) -> Done:
    """Carry a command out, by its name, unless that was done under this key already.

    `hash` is of the caller and its key, `request` of the request. The key is taken in the same transaction, so that
    whoever is killed in between has done nothing. What a command gives that is `secret` is not stored. Raises what the
    command raises: then the key is free again.
    """
    if idempotency.hold(tx.db, hash, request, now):
        result = command_named(name)(tx, **arguments)
        idempotency.save(tx.db, hash, idempotency.UNANSWERED, json.dumps(None if secret else result))
        return {"result": result, "status": idempotency.UNANSWERED, "body": "", "other": False}
    # Somebody was quicker.
    return known(tx.db, hash, request) or _OTHER


@wrapping_command
def carry_out_if(
    tx: Tx, *, kind: str, id: int, seen: Collection[str], name: str, arguments: dict[str, Any]
) -> Any:
    """Carry a command out, by its name, if the thing of that kind and id is still in one of the versions `seen`.

    Nobody else changes it meanwhile. Raises DuplistatError (changed), and what the command raises.
    """
    if versions.held(tx.db, kind, id) not in seen:
        raise DuplistatError(Kind.CHANGED, CHANGED)
    return command_named(name)(tx, **arguments)


@command
def keep_answer(tx: Tx, *, hash: str, status: int, body: str) -> None:
    """Store what was answered under a key."""
    idempotency.save(tx.db, hash, status, body)


def known(db: Database, hash: str, request: str) -> Done | None:
    """What a request gave that was carried out under this key; None for a key that nobody used."""
    stored = idempotency.get(db, hash)
    if stored is None:
        return None
    if stored.request != request:
        return _OTHER
    if stored.status == idempotency.UNANSWERED:
        return {"result": json.loads(stored.body), "status": stored.status, "body": "", "other": False}
    return {"result": None, "status": stored.status, "body": stored.body, "other": False}
