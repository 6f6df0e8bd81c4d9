"""Accounts: what an operator does with the tree. Each of these is a transaction of its own."""

from duplistat.config import zone_named
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text, later
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.audit import BY_COMMAND, Actor, By
from duplistat.services.bootstrap import main_account
from duplistat.store import accounts, export, users
from duplistat.store.accounts import MAIN, Account, is_main
from duplistat.store.database import Database

# Between the name of an account and what its people call one below it.
BETWEEN = " / "
NOT_MOVED = later("{main} cannot be moved: requests without an API key belong to it")
NOT_SUSPENDED = later("{main} cannot be suspended: requests without an API key belong to it")
NOT_RENAMED = later("{main} cannot be renamed: requests without an API key belong to it")
NOT_DELETED = later("{main} cannot be deleted: requests without an API key belong to it")


def create(db: Database, name: str, parent: int | None, now: int, timezone: str = "") -> Account:
    """A new account below `parent` (an id), or a root of its own. Raises DuplistatError."""
    name = clip_name(name)
    if not name:
        raise DuplistatError(Kind.INVALID, "an account needs a name")
    _check_zone(timezone)
    with accounts.changing(db):
        above = by_id(db, parent) if parent else None
        made = accounts.create(db, name, above, now, timezone)
    if made is None:
        raise _taken(name)
    return made


def name_by(db: Database, by: Actor, name: str) -> str:
    """What an account is called that somebody calls `name`.

    What people of another account than `main` make or rename has the name of theirs before its own, so that whoever
    sees accounts of several tenants tells them apart.
    """
    person = users.by_id(db, by["user"]) if by["user"] is not None else None
    return name_under(accounts.by_id(db, person.account_id) if person else None, name)


def name_under(owner: Account | None, name: str) -> str:
    """The same for who belongs to an account, or (None) looks after the whole server."""
    if owner is None or is_main(owner) or not clip_name(name):
        return name
    begin = owner.name + BETWEEN
    return clip_name(name if name.startswith(begin) else begin + name)


def move(db: Database, id: int, parent: int | None) -> Account:
    """Put an account with all below it below `parent` (an id), or make it a root. Raises DuplistatError."""
    with accounts.changing(db):
        account, above = _not_main(db, id, NOT_MOVED), by_id(db, parent) if parent else None
        if above is not None and above.path.startswith(account.path):
            raise DuplistatError(
                Kind.INVALID,
                Text(
                    "{parent} is {name} itself, or below it",
                    parent=repr(above.name),
                    name=repr(account.name),
                ),
            )
        if above is not None and above.suspended_at is not None and account.suspended_at is None:
            raise DuplistatError(
                Kind.INVALID,
                Text(
                    "{parent} is suspended: reactivate it first, or suspend {name}",
                    parent=repr(above.name),
                    name=repr(account.name),
                ),
            )
        _require_free(db, above.id if above else None, account.name, account)
        accounts.move(db, account, above)
    return by_id(db, id)


def suspend(db: Database, id: int, now: int) -> int:
    """Refuse the keys and clients of an account and of all below it; how many accounts that were not suspended.

    What it has stays, and whoever is above it still sees it. Raises DuplistatError.
    """
    with accounts.changing(db):
        return accounts.set_suspended(db, _not_main(db, id, NOT_SUSPENDED), now)


def reactivate(db: Database, id: int) -> int:
    """Reactivate an account and all below it; how many that were suspended. Raises DuplistatError."""
    with accounts.changing(db):
        account = by_id(db, id)
        above = accounts.by_id(db, account.parent_id) if account.parent_id else None
        if above is not None and above.suspended_at is not None:
            raise DuplistatError(
                Kind.INVALID,
                Text(
                    "its parent account {above} is suspended: reactivate that first", above=repr(above.name)
                ),
            )
        return accounts.set_suspended(db, account, None)


def set_timezone(db: Database, id: int, timezone: str) -> None:
    """The zone in which an account's runs are told that brought no offset; "" for the server's own."""
    _check_zone(timezone)
    with accounts.changing(db):
        accounts.set_timezone(db, by_id(db, id), timezone)


def rename(db: Database, id: int, to: str) -> str:
    """Give an account another name; the name as it is kept. Raises DuplistatError."""
    to = clip_name(to)
    if not to:
        raise DuplistatError(Kind.INVALID, "an account needs a name")
    with accounts.changing(db):
        account = _not_main(db, id, NOT_RENAMED)
        _require_free(db, account.parent_id, to, account)
        accounts.rename(db, account, to)
    return to


def to_delete(db: Database, id: int) -> list[Account]:
    """An account and all below it: what `delete` would delete. `main` is below none. Raises DuplistatError."""
    return accounts.below(db, _not_main(db, id, NOT_DELETED))


def close(db: Database, chosen: list[Account], now: int) -> None:
    """Suspend what is to be deleted, `chosen` by `to_delete`: nothing comes in that its export would miss.

    Raises DuplistatError (invalid) when the tree below it is another one by now.
    """
    with accounts.changing(db):
        _check_same(db, chosen)
        accounts.set_suspended(db, chosen[0], now)


def reopen(db: Database, chosen: list[Account]) -> None:
    """Take back `close`: what was open before it is open again."""
    with accounts.changing(db):
        accounts.reactivate(db, tuple(account.id for account in chosen if account.suspended_at is None))


def delete(db: Database, chosen: list[Account], now: int, by: By = BY_COMMAND) -> int:
    """Delete accounts that are closed, with all that belongs to them; how many rows of history.

    Many short transactions, so that reports of others are not kept waiting. Raises DuplistatError (invalid)
    when other accounts are below them by now than when they were chosen: history is gone then, all else stays.
    """
    ids, gone = tuple(account.id for account in chosen), 0
    while True:
        with db.transaction():
            some = export.delete_some(db, ids)
        gone += some
        if not some:
            break
    delete_emptied(db, chosen, now, by)
    return gone


def delete_emptied(db: Database, chosen: list[Account], now: int, by: By) -> None:
    """The last step of `delete`: the accounts themselves, and what little they still have."""
    with accounts.changing(db):
        _check_same(db, chosen)
        for account in reversed(chosen):
            accounts.delete(db, account)
        # For whoever is above: what was noted for these is gone with them.
        above = chosen[0].parent_id or main_account(db)
        before = {"accounts": ", ".join(account.name for account in chosen)}
        audit.note(db, by, "account.delete", account=above, subject=chosen[0].name, now=now, before=before)


def _check_same(db: Database, chosen: list[Account]) -> None:
    if {account.id for account in accounts.below(db, chosen[0])} != {account.id for account in chosen}:
        raise DuplistatError(
            Kind.INVALID,
            Text("{name} has got sub-accounts meanwhile, and was not deleted", name=repr(chosen[0].name)),
        )


def by_id(db: Database, id: int) -> Account:
    """The account of that id. Raises DuplistatError (not_found)."""
    found = accounts.by_id(db, id)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "account not found: it was deleted")
    return found


def _not_main(db: Database, id: int, refusal: str) -> Account:
    account = by_id(db, id)
    if is_main(account):
        raise DuplistatError(Kind.INVALID, Text(refusal, main=repr(MAIN)))
    return account


def _require_free(db: Database, parent: int | None, name: str, account: Account) -> None:
    """Raises DuplistatError (invalid) for a name that another account below `parent` has."""
    reserved = name == MAIN and not is_main(account)
    if reserved or accounts.child(db, parent, name) not in (None, account):
        raise _taken(name)


def _taken(name: str) -> DuplistatError:
    return DuplistatError(Kind.INVALID, Text("there is an account named {name} already", name=repr(name)))


def _check_zone(timezone: str) -> None:
    try:
        if timezone:
            zone_named(timezone)
    except ValueError as e:
        text = Text("{name} is not a time zone such as Europe/Berlin", name=repr(timezone))
        raise DuplistatError(Kind.INVALID, text) from e
