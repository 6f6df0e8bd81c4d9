"""What admins do about people: commands, each noted.

Nobody takes the own rights away, nor those of the last admin of `main`.
"""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.people import users
from duplistat.services.people.identity import Role
from duplistat.services.people.users import UserChanges
from duplistat.services.writes import command
from duplistat.store import accounts
from duplistat.store import users as store
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.users import User


@command
def create_person(
    tx: Tx, *, account: int, email: str, name: str, password_hash: str, role: str, by: Actor, now: int
) -> int:
    """Make a user of an account; the user's id. Raises DuplistatError: not_found, invalid."""
    return users.add_person(
        tx.db,
        account=_account(tx.db, account),
        email=email,
        name=name,
        password_hash=password_hash,
        role=Role(role),
        now=now,
        by=by,
    )


@command
def set_person(tx: Tx, *, user: int, changes: UserChanges, by: Actor, now: int) -> None:
    """Change what `changes` holds of name, email and role. Raises DuplistatError."""
    found = users.by_id(tx.db, user)
    role = Role(changes.get("role", found.role))
    users.require_role(_account(tx.db, found.account_id), role)
    if role is not Role(found.role):
        _require_other(found, by)
        if role is not Role.ADMIN:
            _require_more(tx.db, found)
    users.change_user(tx, user=user, changes=changes, by=by, now=now)


@command
def remove_person(tx: Tx, *, user: int, by: Actor, now: int) -> None:
    """Delete a user, with all sessions. Raises DuplistatError."""
    found = users.by_id(tx.db, user)
    _require_other(found, by)
    _require_more(tx.db, found)
    store.remove(tx.db, found)
    account, before = found.account_id, {"name": found.name, "role": found.role}
    audit.note(tx.db, by, "user.remove", account=account, subject=found.email, now=now, before=before)


def _require_other(user: User, by: Actor) -> None:
    if by["user"] == user.id:
        raise DuplistatError(Kind.INVALID, "you cannot do this to yourself: ask another admin")


def _require_more(db: Database, user: User) -> None:
    """Raises DuplistatError (invalid) for the last admin of `main`: nobody could make another one on the pages."""
    main = accounts.main(db)
    if main is None or user.account_id != main.id or user.role != Role.ADMIN:
        return
    db.queue_for("admins")
    if store.admins(db, main.id) < 2:
        raise DuplistatError(Kind.INVALID, "last admin of 'main': create another admin first")


def _account(db: Database, account: int) -> Account:
    found = accounts.by_id(db, account)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "account not found: it was deleted")
    return found
