"""What is done with the tree of accounts, as commands: each is noted. The rules are in tree.py.

A note is read by the account's own people, who are not told what those above are called: it has their ids.

What is being deleted is left as it was when that was asked for, until it is gone.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.services import audit, background
from duplistat.services.accounts import tree
from duplistat.services.audit import Actor, By
from duplistat.services.bootstrap import main_account
from duplistat.services.context import Tx
from duplistat.services.writes import command, exclusive_command
from duplistat.store import accounts as store
from duplistat.store import background_tasks as waiting
from duplistat.store import export
from duplistat.store.accounts import Account
from duplistat.store.database import Database

# The kind of background task that deletes accounts.
DELETE = "delete_account"


class AccountMade(TypedDict):
    """A new account: its id, and the name that it got, see `tree.name_by`."""

    account: int
    name: str


class AccountChanges(TypedDict, total=False):
    """What a person changes about an account; what is left out stays. `timezone`: "" for that of the server."""

    name: str
    timezone: str


class DeletedAccount(TypedDict):
    """An account as it was when its deletion was asked for. `created_at` in ms."""

    id: int
    name: str
    created_at: int


@command
def create_account(
    tx: Tx, *, name: str, parent: int | None, timezone: str, by: Actor, now: int
) -> AccountMade:
    """Make an account below `parent` (an id), or a root (None). Raises DuplistatError."""
    if parent:
        _require_staying(tx.db, parent)
    made = tree.create(tx.db, tree.name_by(tx.db, by, name), parent, now, timezone)
    _note(tx.db, by, now, "account.create", made, after={"parent": parent, "timezone": timezone})
    return {"account": made.id, "name": made.name}


@command
def set_account(tx: Tx, *, account: int, changes: AccountChanges, by: Actor, now: int) -> str:
    """Change what `changes` holds of an account; its name by now. Raises DuplistatError."""
    db = tx.db
    before = _require_staying(db, account)
    if "timezone" in changes:
        tree.set_timezone(db, account, changes["timezone"])
    if changes.get("name", before.name) != before.name:
        tree.rename(db, account, tree.name_by(db, by, changes["name"]))
    after = tree.by_id(db, account)
    _note(db, by, now, "account.set", after, before=_audited(before), after=_audited(after))
    return after.name


@command
def move_account(tx: Tx, *, account: int, parent: int | None, by: Actor, now: int) -> str:
    """Put an account below `parent` (an id), or make it a root (None); its name. Raises DuplistatError."""
    db = tx.db
    found = _require_staying(db, account)
    if parent:
        _require_staying(db, parent)
    moved = tree.move(db, account, parent)
    before, after = {"parent": found.parent_id}, {"parent": parent}
    _note(db, by, now, "account.move", moved, before=before, after=after)
    return moved.name


@command
def set_account_suspended(tx: Tx, *, account: int, suspended: bool, by: Actor, now: int) -> int:
    """Suspend an account and all below it, or (`suspended` False) reactivate them; how many changed.

    Raises DuplistatError.
    """
    # To suspend what is above it is no harm; to reactivate that would reactivate it, too.
    _require_staying(tx.db, account, with_below=not suspended)
    changed = tree.suspend(tx.db, account, now) if suspended else tree.reactivate(tx.db, account)
    action = "account.suspend" if suspended else "account.reactivate"
    _note(tx.db, by, now, action, tree.by_id(tx.db, account), after={"accounts": changed})
    return changed


@command
def note_account_export(tx: Tx, *, account: int, by: Actor, now: int) -> None:
    """Note that all that an account has is handed out. Raises DuplistatError (not_found)."""
    _note(tx.db, by, now, "account.export", tree.by_id(tx.db, account))


@command
def delete_account(tx: Tx, *, account: int, by: Actor, now: int) -> int:
    """Have a suspended account deleted, with all below it, in the background; the id of the background task.

    Raises DuplistatError.
    """
    db = tx.db
    _require_staying(db, account, with_below=True)
    chosen = tree.to_delete(db, account)
    first = chosen[0]
    _require_suspended(first)
    above = first.parent_id or main_account(db)
    asked: list[DeletedAccount] = [
        {"id": each.id, "name": each.name, "created_at": each.created_at} for each in chosen
    ]
    state = {"name": first.name, "accounts": asked, "gone": 0}
    task = background.ask(db, DELETE, account=above, subject=str(first.id), state=state, by=by, now=now)
    _note(db, by, now, "account.delete_asked", first, after={"accounts": len(chosen)})
    return task


@exclusive_command
def delete_account_rows(tx: Tx, *, accounts: list[DeletedAccount]) -> int:
    """Delete a few hundred rows of accounts that are being deleted; how many, 0 when none are left.

    Raises DuplistatError, as `delete_accounts`.
    """
    chosen = _asked_for(tx.db, accounts)
    return export.delete_some(tx.db, tuple(account.id for account in chosen))


@exclusive_command
def delete_accounts(tx: Tx, *, accounts: list[DeletedAccount], by: Actor, now: int) -> None:
    """Delete accounts whose rows are gone, the first one above all others, and end the task. Raises DuplistatError."""
    chosen = _asked_for(tx.db, accounts)
    tree.delete_emptied(tx.db, chosen, now, By(**by))
    waiting.finish(tx.db, DELETE, str(chosen[0].id), now)


def _asked_for(db: Database, asked: Sequence[DeletedAccount]) -> list[Account]:
    """The accounts that were to be deleted. Raises DuplistatError.

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
        _require_suspended(account)
    return there


def _require_suspended(account: Account) -> None:
    if account.suspended_at is None:
        raise DuplistatError(
            Kind.INVALID,
            Text("suspend {name} first, so that no more reports arrive", name=repr(account.name)),
        )


def _require_staying(db: Database, id: int, *, with_below: bool = False) -> Account:
    """The account of that id, when neither it is being deleted nor, `with_below`, one below it.

    The tree stays as it is until the transaction ends. Raises DuplistatError.
    """
    db.one_at_a_time("account")
    account = tree.by_id(db, id)
    for task in waiting.unended(db, DELETE):
        for each in json.loads(task.state)["accounts"]:
            deleting = store.by_id(db, each["id"])
            if deleting is None or deleting.created_at != each["created_at"]:
                continue
            if deleting.id == account.id or (with_below and deleting.path.startswith(account.path)):
                raise DuplistatError(Kind.INVALID, Text("{name} is being deleted", name=repr(deleting.name)))
    return account


def _audited(account: Account) -> dict[str, str]:
    return {"name": account.name, "timezone": account.timezone}


def _note(
    db: Database, by: Actor, now: int, action: str, account: Account, **about: Mapping[str, Any]
) -> None:
    audit.note(db, by, action, account=account.id, subject=account.name, now=now, **about)
