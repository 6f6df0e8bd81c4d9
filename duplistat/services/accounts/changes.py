"""What is done with the tree of accounts, as verbs: each is noted. The rules are in accounts.py.

What is being deleted is left as it was when that was asked for, until it is gone.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.services import audit, background
from duplistat.services.accounts import tree
from duplistat.services.audit import By
from duplistat.services.context import ScheduleDefaults
from duplistat.store import accounts as store
from duplistat.store import chores as waiting
from duplistat.store import export
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.totals import Tally

# The kind of chore that deletes accounts.
DELETE = "delete_account"


def create_account(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Make an account below `parent` (a name), or a root (None). Answers {"account", "name"}, see `accounts.name_by`.

    Raises DuplistatError.
    """
    parent, timezone = arguments["parent"], arguments["timezone"]
    if parent:
        _demand_staying(db, parent)
    name = tree.name_by(db, arguments["by"], arguments["name"])
    made = tree.create(db, name, parent, arguments["now"], timezone)
    _note(db, arguments, "account.create", made, after={"parent": parent, "timezone": timezone})
    return {"account": made.id, "name": made.name}


def set_account(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Change what `arguments["changes"]` holds of name and timezone. Answers {"name"}. Raises DuplistatError."""
    name, changes = arguments["name"], arguments["changes"]
    _demand_staying(db, name)
    before = tree.named(db, name)
    if "timezone" in changes:
        tree.set_timezone(db, name, changes["timezone"])
    if changes.get("name", name) != name:
        name = tree.rename(db, name, tree.name_by(db, arguments["by"], changes["name"]))
    after = tree.named(db, name)
    _note(db, arguments, "account.set", after, before=_told(before), after=_told(after))
    return {"name": after.name}


def move_account(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Put an account below `parent` (a name), or make it a root (None). Answers {"name"}. Raises DuplistatError."""
    found = _demand_staying(db, arguments["name"])
    if arguments["parent"]:
        _demand_staying(db, arguments["parent"])
    above = store.by_id(db, found.parent_id) if found.parent_id else None
    moved = tree.move(db, found.name, arguments["parent"])
    before, after = {"parent": above.name if above else None}, {"parent": arguments["parent"]}
    _note(db, arguments, "account.move", moved, before=before, after=after)
    return {"name": moved.name}


def freeze_account(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Freeze an account and all below it, or (`frozen` False) let them go. Answers {"changed"}, how many."""
    name, now = arguments["name"], arguments["now"]
    # To freeze what is above it is no harm; to let that go would let it go, too.
    _demand_staying(db, name, with_below=not arguments["frozen"])
    changed = tree.freeze(db, name, now) if arguments["frozen"] else tree.thaw(db, name)
    action = "account.freeze" if arguments["frozen"] else "account.thaw"
    _note(db, arguments, action, tree.named(db, name), after={"accounts": changed})
    return {"changed": changed}


def note_export(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note that all that an account has is handed out. Raises DuplistatError."""
    _note(db, arguments, "account.export", tree.named(db, arguments["name"]))
    return {}


def delete_account(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Have a frozen account deleted, with all below it, in the background. Answers {"chore"}. Raises DuplistatError."""
    _demand_staying(db, arguments["name"], with_below=True)
    chosen = tree.to_delete(db, arguments["name"])
    account = chosen[0]
    _demand_frozen(account)
    above = account.parent_id or tree.named(db, store.MAIN).id
    asked = [{"id": each.id, "name": each.name, "created_at": each.created_at} for each in chosen]
    state = {"name": account.name, "accounts": asked, "gone": 0}
    chore = background.ask(
        db,
        DELETE,
        account=above,
        subject=str(account.id),
        state=state,
        by=arguments["by"],
        now=arguments["now"],
    )
    _note(db, arguments, "account.delete_asked", account, after={"accounts": len(chosen)})
    return {"chore": chore}


def delete_rows(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Delete a few hundred rows of accounts that are being deleted. Answers {"gone"}, 0 when none are left.

    Raises DuplistatError, as `delete_accounts`.
    """
    chosen = _asked_for(db, arguments["accounts"])
    return {"gone": export.delete_some(db, tuple(account.id for account in chosen))}


def delete_accounts(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Delete accounts whose rows are gone, the first one above all others, and end the chore. Raises DuplistatError."""
    chosen = _asked_for(db, arguments["accounts"])
    tree.delete_emptied(db, chosen, arguments["now"], By(**arguments["by"]))
    waiting.finish(db, DELETE, str(chosen[0].id), arguments["now"])
    return {}


def _asked_for(db: Database, asked: Sequence[Mapping[str, Any]]) -> list[Account]:
    """The accounts that were to be deleted, as {"id", "name", "created_at"}. Raises DuplistatError.

    One that has the id of another since is none of them: on SQLite ids that are free are given again.
    """
    found = [store.by_id(db, each["id"]) for each in asked]
    there = [
        account
        for account, each in zip(found, asked, strict=True)
        if account is not None and (account.name, account.created_at) == (each["name"], each["created_at"])
    ]
    if len(there) < len(asked):
        raise DuplistatError(Kind.NOT_FOUND, "some of these accounts were deleted already")
    for account in there:
        _demand_frozen(account)
    return there


def _demand_frozen(account: Account) -> None:
    if account.frozen_at is None:
        raise DuplistatError(
            Kind.INVALID,
            Text("freeze {name} first, so that nothing comes in any more", name=repr(account.name)),
        )


def _demand_staying(db: Database, name: str, *, with_below: bool = False) -> Account:
    """The account of that name, when neither it is being deleted nor, `with_below`, one below it.

    The tree stays as it is until the transaction ends. Raises DuplistatError.
    """
    db.one_at_a_time("account")
    account = tree.named(db, name)
    for chore in waiting.unended(db, DELETE):
        for each in json.loads(chore.state)["accounts"]:
            deleting = store.by_id(db, each["id"])
            if deleting is None or deleting.created_at != each["created_at"]:
                continue
            if deleting.id == account.id or (with_below and deleting.path.startswith(account.path)):
                raise DuplistatError(Kind.INVALID, Text("{name} is being deleted", name=repr(deleting.name)))
    return account


def _told(account: Account) -> dict[str, str]:
    return {"name": account.name, "timezone": account.timezone}


def _note(
    db: Database, arguments: Mapping[str, Any], action: str, account: Account, **about: dict[str, Any]
) -> None:
    by, now = arguments["by"], arguments["now"]
    audit.note(db, by, action, account=account.id, subject=account.name, now=now, **about)
