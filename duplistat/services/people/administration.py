"""What admins do about people: verbs, each noted.

Nobody takes the own rights away, nor those of the last admin of `main`.
"""

from collections.abc import Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit
from duplistat.services.context import ScheduleDefaults
from duplistat.services.people import users
from duplistat.services.people.identity import Role
from duplistat.store import accounts
from duplistat.store import users as store
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.totals import Tally
from duplistat.store.users import User


def create_person(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Make a user of an account. Answers {"user"}. Raises DuplistatError: not_found, invalid."""
    given = {name: arguments[name] for name in ("email", "name", "password_hash", "now", "by")}
    account, role = _account(db, arguments["account"]), Role(arguments["role"])
    return {"user": users.add_person(db, account=account, role=role, **given)}


def set_person(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Change what `arguments["changes"]` holds of name, email and role. Raises DuplistatError."""
    user, changes = users.by_id(db, arguments["user"]), arguments["changes"]
    role = Role(changes.get("role", user.role))
    users.demand_role(_account(db, user.account_id), role)
    if role is not Role(user.role):
        _demand_other(arguments, user)
        if role is not Role.ADMIN:
            _demand_more(db, user)
    return users.change_user(db, tally, arguments, blobs, defaults)


def remove_person(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Delete a user, with all sessions. Raises DuplistatError."""
    user = users.by_id(db, arguments["user"])
    _demand_other(arguments, user)
    _demand_more(db, user)
    store.remove(db, user)
    account, before = user.account_id, {"name": user.name, "role": user.role}
    about = {"account": account, "subject": user.email, "now": arguments["now"], "before": before}
    audit.note(db, arguments["by"], "user.remove", **about)
    return {}


def _demand_other(arguments: dict[str, Any], user: User) -> None:
    if arguments["by"]["user"] == user.id:
        raise DuplistatError(Kind.INVALID, "this is you: let another admin do it")


def _demand_more(db: Database, user: User) -> None:
    """Raises DuplistatError (invalid) for the last admin of `main`: nobody could make another one on the pages."""
    main = accounts.by_name(db, accounts.MAIN)
    if main is None or user.account_id != main.id or user.role != Role.ADMIN:
        return
    db.queue_for("admins")
    if store.admins(db, main.id) < 2:
        raise DuplistatError(Kind.INVALID, "this is the last admin of 'main': make another one first")


def _account(db: Database, account: int) -> Account:
    found = accounts.by_id(db, account)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "the account is gone")
    return found
