"""People: made, changed, removed. Who signs in for an account, and who only looks at what is assigned to it."""

import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from duplistat.core import email as emails
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clip_name
from duplistat.services import passwords
from duplistat.services.job_state import Clockwork
from duplistat.services.sessions import digest
from duplistat.services.signed import CONTACT
from duplistat.services.writes import Writes
from duplistat.store import accounts, recoveries, sessions, users
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.totals import Tally
from duplistat.store.users import User

RECOVERY_MS = 3_600_000
# Mails with a code that one person gets within an hour.
MOST_RECOVERIES = 3


class Role(StrEnum):
    """What a person may do. `CONTACT` is of a child account, and sees what is assigned to that."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"
    CONTACT = CONTACT


def email_of(text: str, field: str = "email") -> str:
    """An e-mail address in lower case. Raises DuplistatError (invalid), which names the field."""
    found = emails.normal(text)
    if found is None:
        raise DuplistatError(Kind.INVALID, f"{field} must be an e-mail address such as name@example.org")
    return found


def create(
    db: Database, *, account: Account, email: str, name: str, password: str, role: Role, now: int
) -> int:
    """The id of a new user of an account, made by an operator. Raises DuplistatError (invalid)."""
    email, name = email_of(email), clip_name(name)
    passwords.demand(password)
    if not name:
        raise DuplistatError(Kind.INVALID, "a user needs a name")
    if role is Role.CONTACT and account.parent_id is None:
        raise DuplistatError(Kind.INVALID, f"{account.name!r} has no account above it, so it has no contacts")
    hash = passwords.hashed(password)
    with db.transaction():
        made = users.add(
            db, account=account.id, email=email, name=name, password_hash=hash, role=role, now=now
        )
    return _made(made)


def set_password(db: Database, email: str, password: str, now: int) -> User:
    """Set a person's password, and end all sessions. Raises DuplistatError: not_found, invalid."""
    passwords.demand(password)
    hash = passwords.hashed(password)
    with db.transaction():
        user = _named(db, email)
        _change(db, user.id, {"password_hash": hash, "password_at": now}, keep="")
    return user


def delete(db: Database, email: str) -> User:
    """Delete a person with all sessions; the account stays. Raises DuplistatError (not_found)."""
    with db.transaction():
        user = _named(db, email)
        users.remove(db, user)
    return user


def ask_recovery(writes: Writes, email: str, now: int, take: Mapping[str, Any]) -> tuple[str, int]:
    """A code to be mailed to whoever has that e-mail, or ""; and how long to wait for a token, microseconds.

    An e-mail that nobody has is written about, too: it costs the same time. `take` is what the limit asks for.
    """
    code = secrets.token_urlsafe(32)
    done = writes.call("add_recovery", {"email": email, "hash": digest(code), "now": now} | dict(take))
    return (code if done.get("added") else ""), done.get("wait", 0)


def register(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Make an account below another one, with a person of a role. Answers {"user"}. Raises DuplistatError."""
    email, parent = arguments["email"], accounts.by_id(db, arguments["parent"])
    if parent is None:
        raise DuplistatError(Kind.NOT_FOUND, "the account is gone")
    _demand_free(db, email)
    account = _account(db, arguments["name"], email, parent, arguments["now"])
    made = users.add(
        db,
        account=account.id,
        email=email,
        name=arguments["name"],
        password_hash=arguments["password_hash"],
        role=arguments["role"],
        now=arguments["now"],
        **arguments["more"],
    )
    return {"user": _made(made)}


def change_user(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Change a person's row; with a new password all sessions end but `keep`. Raises DuplistatError.

    With `contact_of`, only a contact of that account is changed.
    """
    user, changes = arguments["user"], arguments["changes"]
    if "contact_of" in arguments:
        contact_of(db, arguments["contact_of"], user)
    _change(db, user, changes, keep=arguments.get("keep", ""))
    return {}


def remove_contact(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Delete a contact. Its account stays, with all history. Raises DuplistatError."""
    users.remove(db, contact_of(db, arguments["account"], arguments["user"]))
    return {}


def add_recovery(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Keep the hash of a code, when somebody has that e-mail and may still get one. Answers {"added"}."""
    now, user = arguments["now"], users.by_email(db, arguments["email"])
    if user is None or user.frozen_at is not None:
        return {"added": False}
    db.queue_for(f"recovery:{user.id}")
    if recoveries.open_of_user(db, user.id, now) >= MOST_RECOVERIES:
        return {"added": False}
    recoveries.add(db, hash=arguments["hash"], user=user.id, expires_at=now + RECOVERY_MS)
    return {"added": True}


def contact_of(db: Database, account: int, user: int) -> User:
    """A contact of an account. Raises DuplistatError (not_found), the same for one of another account."""
    found = users.contact(db, account, user)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "contact_id is not the id of a contact of this account")
    return found


def _change(db: Database, user: int, changes: dict[str, Any], *, keep: str) -> None:
    if "email" in changes:
        _demand_free(db, changes["email"], but=user)
    db.queue_for(f"password:{user}")
    users.change(db, user, changes)
    if "password_hash" in changes:
        sessions.drop_of_user(db, user, but=keep)
    if "password_hash" in changes or "email" in changes:
        # A code was mailed to whom the account belonged then.
        recoveries.drop_of_user(db, user)


def _demand_free(db: Database, email: str, but: int = 0) -> None:
    db.queue_for(f"user:{email}")
    found = users.by_email(db, email)
    if found is not None and found.id != but:
        raise DuplistatError(Kind.INVALID, "email is in use already")


def _named(db: Database, email: str) -> User:
    user = users.by_email(db, email.strip().lower())
    if user is None:
        raise DuplistatError(Kind.NOT_FOUND, f"there is no user with the e-mail {email!r}")
    return user


def _account(db: Database, name: str, email: str, parent: Account, now: int) -> Account:
    """A new account called as the person, or with the e-mail behind it: names are taken once in the whole tree."""
    for wanted in (name, f"{name} ({email})", f"{name} ({email}) {secrets.token_hex(4)}"):
        made = accounts.create(db, clip_name(wanted), parent, now)
        if made is not None:
            return made
    raise DuplistatError(Kind.INVALID, "name is in use already")


def _made(user: int | None) -> int:
    if user is None:
        raise DuplistatError(Kind.INVALID, "email is in use already")
    return user
