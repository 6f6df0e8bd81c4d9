"""Who changed what: noted in the transaction that changes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from duplistat.store import audit
from duplistat.store.database import Database

# More than this of one value is not kept: the log tells what was done, it is no backup of it.
KEPT = 2_000
COMMAND_LINE = "command line"
NOBODY = "nobody"
# Columns that hold secrets: only that they changed is noted.
SECRET = ("password_hash", "data_secret", "agent_secret")
HIDDEN = "changed"


class Actor(TypedDict):
    """Who changes something, as an argument of a command: as `By`."""

    user: int | None
    who: str
    address: str


class Signature(TypedDict):
    """What every command that is noted takes: who, and when (ms)."""

    by: Actor
    now: int


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something: a user's id (None for nobody signed in), what to call them, and from where."""

    user: int | None
    who: str
    address: str = ""

    def plain(self) -> Actor:
        """As an argument of a command."""
        return {"user": self.user, "who": self.who, "address": self.address}


BY_COMMAND = By(None, COMMAND_LINE)


def nobody(address: str) -> By:
    """Somebody who is not signed in."""
    return By(None, NOBODY, address)


def note(
    db: Database,
    by: By | Actor,
    action: str,
    *,
    account: int,
    subject: str,
    now: int,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note a change, in the caller's transaction. `action` is such as job.set; never give it a secret.

    Of `before` and `after` only what differs is kept; when both are given and nothing does, nothing is noted.
    """
    told = by if isinstance(by, By) else By(**by)
    old, new = _different(before or {}, after or {})
    if before is not None and after is not None and not old and not new:
        return
    audit.add(
        db,
        account=account,
        at=now,
        user=told.user,
        who=told.who,
        address=told.address,
        action=action,
        subject=subject[:KEPT],
        before=_text(old),
        after=_text(new),
    )


def _different(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    same = {name for name in before if name in after and before[name] == after[name]}
    return (
        {name: value for name, value in before.items() if name not in same},
        {name: value for name, value in after.items() if name not in same},
    )


def _text(values: Mapping[str, Any]) -> str:
    short = {name: value[:KEPT] if isinstance(value, str) else value for name, value in values.items()}
    return json.dumps(short, ensure_ascii=False, separators=(",", ":"))


def veiled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of columns as they may be noted: of a secret only that there is another one."""
    return {name: HIDDEN if name in SECRET and value else value for name, value in values.items()}


def compared(row: object, changes: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What `note` takes as before and after when columns of a row change."""
    before = {name: getattr(row, name) for name in changes if name not in SECRET}
    return {"before": before, "after": veiled(changes)}
