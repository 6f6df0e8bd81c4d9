"""Letting somebody in again who is locked out, by a command: what was counted is forgotten, a way in is made."""

import secrets
from dataclasses import dataclass
from typing import TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.people.sessions import FAILURES_MS, MOST_FAILURES, SUSPENDED, email_name
from duplistat.services.people.sessions import digest as digest_of
from duplistat.services.people.users import RECOVERY_MS, by_id
from duplistat.services.writes import command
from duplistat.store import accounts, failed_sign_ins, password_resets
from duplistat.store.database import Database
from duplistat.store.users import User

ADDRESS = "address:"


class Unlocked(TypedDict):
    """As Forgotten."""

    email: int
    locked: bool
    addresses: dict[str, int]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many failed sign-ins no longer count: for the e-mail, and for each address that was locked."""

    email: int
    addresses: dict[str, int]

    @property
    def locked(self) -> bool:
        """Whether the e-mail itself was locked."""
        return self.email >= MOST_FAILURES


def forget(db: Database, user: User, now: int, by: Actor) -> Forgotten:
    """Forget what locks somebody out, in the caller's transaction.

    An address counts for all who share it, and nobody knows at which one the person sits: so every address that
    is locked is free again. Nobody gains more than ten guesses by it; other e-mails stay locked.
    """
    since = now - FAILURES_MS
    counted = failed_sign_ins.most(db, (email_name(user.email),), since)
    failed_sign_ins.drop(db, email_name(user.email))
    addresses = failed_sign_ins.reaching(db, ADDRESS, MOST_FAILURES, since)
    for name in addresses:
        failed_sign_ins.drop(db, name)
    forgotten = Forgotten(counted, {name.removeprefix(ADDRESS): many for name, many in addresses.items()})
    if counted:
        after = {"failures": counted}
        audit.note(db, by, "user.unlock", account=user.account_id, subject=user.email, now=now, after=after)
    main = accounts.main(db)
    for address, many in forgotten.addresses.items():
        # Which addresses tried is no business of the person's account.
        if main is not None:
            after = {"failures": many}
            audit.note(db, by, "user.unlock", account=main.id, subject=address, now=now, after=after)
    return forgotten


@command
def unlock_user(tx: Tx, *, user: int, by: Actor, now: int) -> Unlocked:
    """Forget what locks a user out. Raises DuplistatError (not_found)."""
    done = forget(tx.db, by_id(tx.db, user), now, by)
    return {"email": done.email, "locked": done.locked, "addresses": done.addresses}


@command
def create_recovery_code(tx: Tx, *, user: int, by: Actor, now: int) -> str:
    """A code with which a user sets a password and is signed in, whatever is locked.

    Raises DuplistatError: not_found, forbidden for a suspended account.
    """
    found, code = by_id(tx.db, user), secrets.token_urlsafe(32)
    if found.suspended_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, SUSPENDED)
    password_resets.add(tx.db, hash=digest_of(code), user=found.id, expires_at=now + RECOVERY_MS)
    audit.note(tx.db, by, "user.recovery", account=found.account_id, subject=found.email, now=now)
    return code
