"""Sign-ins: opened for a password or a mailed code, found by their cookie, ended. Only hashes are stored.

Argon2 runs where a request is answered. What it found is told to the commands here, which decide in one transaction:
so ten wrong guesses lock, however many came at once, and nobody gets in with a password that was just changed.
"""

import contextlib
import hashlib
import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.services import audit
from duplistat.services.access import rate_limits
from duplistat.services.audit import Actor, By
from duplistat.services.context import Tx
from duplistat.services.people import passwords
from duplistat.services.people.identity import CurrentUser
from duplistat.services.writes import Writes, command, repeatable_command
from duplistat.store import accounts, failed_sign_ins, password_resets, sessions, users
from duplistat.store.database import Database
from duplistat.store.sessions import Session
from duplistat.store.users import User

log = logging.getLogger(__name__)

IDLE_MS = 24 * 3_600_000
REMEMBER_MS = 30 * 86_400_000
# "Last used" is as exact as this, so that a page does not make a write of every read.
TOUCH_EVERY_MS = 60_000
# A script that signs in each time and keeps no cookie must not fill the database.
MOST_SESSIONS = 200
MOST_FAILURES = 10
FAILURES_MS = 15 * 60_000
SUSPENDED = "This account is suspended"
# What is kept of a browser's name.
AGENT_KEPT = 200


class Locked(Exception):
    """Too many sign-ins failed for this e-mail or from this address."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who wants to sign in: from where, with what, and which session's cookie it had until now ("" for none)."""

    address: str
    agent: str = ""
    cookie: str = ""
    remember: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that began: its cookie, in plain text for the only time, and whose it is.

    `others`: whether the password fitted users of further accounts.
    """

    cookie: str
    user: User
    others: bool = False


class NewSession(TypedDict):
    """A session that is to begin. `hash` is that of its cookie, `before` that of the session which the browser had.

    `before` is "" for none. `expires_at` in ms.
    """

    hash: str
    before: str
    remember: bool
    expires_at: int
    address: str
    agent: str


class Fitting(TypedDict):
    """A user whose password fitted, as it was compared: `against` that hash."""

    user: int
    against: str


class RightPassword(TypedDict):
    """Whose passwords fitted, at least one. `hash`: the one to keep for each from now on."""

    users: list[Fitting]
    hash: str
    session: NewSession


# Whose session is opened when one password fits several: of who signed in last, or of who was there first.
Preference = Literal["last", "first"]


class SignedIn(TypedDict):
    """What came of a sign-in. `user`: who is in, 0 for nobody. `others`: whether it fitted further accounts."""

    result: Literal["opened", "wrong", "locked", "suspended"]
    user: int
    others: bool


def digest(cookie: str) -> str:
    """Cookies and codes carry 256 random bits: there is nothing to guess."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def email_name(email: str) -> str:
    """What failed sign-ins for an e-mail are counted under."""
    return f"email:{email}"


def names_of(email: str, address: str) -> tuple[str, ...]:
    """What a failed sign-in counts for."""
    return (f"address:{rate_limits.network(address)}", email_name(email))


def is_locked(db: Database, names: tuple[str, ...], now: int) -> bool:
    """Whether too many sign-ins failed lately under one of these names, see `names_of`."""
    return failed_sign_ins.most(db, names, now - FAILURES_MS) >= MOST_FAILURES


def sign_in(
    db: Database,
    writes: Writes,
    email: str,
    password: str,
    visitor: Visitor,
    now: int,
    *,
    prefer: Preference = "last",
) -> Opened | None:
    """A session for an e-mail (in lower case) and its password; None when they do not fit.

    `prefer` says for which account, when they fit several.
    Raises Locked after too many that failed, right or wrong; DuplistatError (forbidden) for a suspended account.
    """
    if is_locked(db, names_of(email, visitor.address), now):
        raise Locked
    known = users.with_email(db, email)
    hash, fitted = passwords.fitting(db, email, password, [user.password_hash for user in known])
    cookie = secrets.token_urlsafe(32)
    right = RightPassword(
        users=[{"user": u.id, "against": u.password_hash} for u in known if u.password_hash in fitted],
        hash=hash,
        session=new_session(cookie, visitor, now),
    )
    done = writes.run(
        decide_sign_in,
        email=email,
        address=visitor.address,
        right=right if right["users"] else None,
        prefer=prefer,
        now=now,
    )
    if done["result"] == "locked":
        raise Locked
    if done["result"] == "suspended":
        raise DuplistatError(Kind.FORBIDDEN, SUSPENDED)
    user = next((user for user in known if user.id == done["user"]), None)
    if user is None:
        log.warning("a sign-in from %s failed", visitor.address)
        return None
    return Opened(cookie, user, done["others"])


def new_session(cookie: str, visitor: Visitor, now: int) -> NewSession:
    """What the commands need to open a session."""
    return {
        "hash": digest(cookie),
        "before": digest(visitor.cookie) if visitor.cookie else "",
        "remember": visitor.remember,
        "expires_at": now + (REMEMBER_MS if visitor.remember else IDLE_MS),
        "address": visitor.address,
        "agent": visitor.agent[:AGENT_KEPT],
    }


def is_recovery(db: Database, code: str, now: int) -> bool:
    """Whether a mailed code is valid now."""
    return bool(code) and password_resets.user_of(db, digest(code), now) is not None


def reset_password(
    db: Database, writes: Writes, code: str, password: str, visitor: Visitor, now: int
) -> Opened | None:
    """Set a password for a mailed code, end all sessions of its user and open one; None for a code that is not good.

    Raises DuplistatError: invalid for the password, forbidden for a suspended account.
    """
    passwords.require(password)
    owner = password_resets.user_of(db, digest(code), now)
    user = users.by_id(db, owner) if owner is not None else None
    if user is None:
        return None
    if user.suspended_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, SUSPENDED)
    cookie = secrets.token_urlsafe(32)
    opened = writes.run(
        use_recovery,
        user=user.id,
        code=digest(code),
        password_hash=passwords.hashed(db, user.email, password),
        session=new_session(cookie, visitor, now),
        now=now,
    )
    return Opened(cookie, user) if opened else None


def confirm(
    db: Database, writes: Writes, signed: CurrentUser, password: str, address: str, now: int
) -> str | None:
    """The hash that a person's present password fits; None for another, which counts as a failed sign-in.

    Raises Locked after too many that failed.
    """
    if is_locked(db, names_of(signed.email, address), now):
        raise Locked
    user = users.by_id(db, signed.user)
    if user is not None and passwords.fits(password, user.password_hash):
        return user.password_hash
    writes.run(decide_sign_in, email=signed.email, address=address, right=None, prefer="last", now=now)
    return None


def find(db: Database, cookie: str, now: int) -> Session:
    """The session of a cookie.

    Raises DuplistatError: unauthorized when there is none or it has ended, forbidden for a suspended account.
    """
    found = sessions.by_hash(db, digest(cookie)) if cookie else None
    if found is None or found.expires_at <= now:
        raise DuplistatError(Kind.UNAUTHORIZED, "Sign in first: there is no session, or it has ended")
    if found.suspended_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, SUSPENDED)
    return found


def signed(session: Session) -> CurrentUser:
    return CurrentUser(
        user=session.user_id,
        account=session.account_id,
        email=session.email,
        name=session.name,
        role=session.role,
        session=session.hash,
    )


def keep_alive(writes: Writes, session: Session, now: int) -> None:
    """Note that a session is used, at most once a minute. One that is not remembered lives on by that."""
    if now - session.used_at >= TOUCH_EVERY_MS:
        ends = session.expires_at if session.remember else now + IDLE_MS
        # What cannot be written now can be read all the same.
        with contextlib.suppress(WriteFailed):
            writes.run(touch_session, hash=session.hash, expires_at=ends, now=now)


@command
def decide_sign_in(
    tx: Tx, *, email: str, address: str, right: RightPassword | None, prefer: Preference, now: int
) -> SignedIn:
    """Count a sign-in that failed (`right` is None), or open a session; what came of it.

    An answer and not an error, which would undo the failure that it counts.
    """
    db, names = tx.db, names_of(email, address)
    for name in names:
        db.queue_for(name)
    if is_locked(db, names, now):
        return {"result": "locked", "user": 0, "others": False}
    compared = {fitting["user"]: fitting["against"] for fitting in right["users"]} if right else {}
    for id in sorted(compared):
        db.queue_for(f"password:{id}")
    known = users.with_email(db, email)
    # A password that was changed in the meantime is not the one that was compared.
    fitted = [user for user in known if compared.get(user.id) == user.password_hash]
    if right is None or not fitted:
        failed_sign_ins.add(db, names, now)
        _note_failure(db, email, address, known, now, locked=is_locked(db, names, now))
        return {"result": "wrong", "user": 0, "others": False}
    active = [user for user in fitted if user.suspended_at is None]
    if not active:
        return {"result": "suspended", "user": 0, "others": False}
    user = min(active, key=lambda user: (-(user.signed_in_at or 0) if prefer == "last" else 0, user.id))
    for each in fitted:
        if each.password_hash != right["hash"]:
            users.change(db, each.id, {"password_hash": right["hash"]})
    others = sorted(each.id for each in active if each is not user)
    open_session(db, user.id, right["session"], now, fitted=others)
    _note(db, user, "user.sign_in", address, now)
    return {"result": "opened", "user": user.id, "others": bool(others)}


@command
def use_recovery(tx: Tx, *, user: int, code: str, password_hash: str, session: NewSession, now: int) -> bool:
    """Use a code (its hash) up, set the password, end all sessions, open one; whether the code was good."""
    db = tx.db
    db.queue_for(f"password:{user}")
    found = users.by_id(db, user)
    if found is None or not password_resets.take(db, code):
        return False
    users.change(db, user, {"password_hash": password_hash, "password_at": now})
    password_resets.drop_of_user(db, user)
    sessions.drop_of_user(db, user)
    open_session(db, user, session, now)
    _note(db, found, "user.reset_password", session["address"], now)
    return True


@command
def end_session(tx: Tx, *, hash: str, action: str, by: Actor, now: int) -> None:
    """End a session by its hash; `action` says whether somebody signed out, or ended one that is elsewhere."""
    session = sessions.by_hash(tx.db, hash)
    if session is not None:
        sessions.drop(tx.db, session.hash)
        audit.note(tx.db, by, action, account=session.account_id, subject=session.email, now=now)


@command
def end_other_sessions(tx: Tx, *, user: int, keep: str, by: Actor, now: int) -> int:
    """End all sessions of a user but the one with the hash `keep`; how many."""
    found = users.by_id(tx.db, user)
    ended = sessions.drop_of_user(tx.db, user, but=keep)
    if found is not None and ended:
        after, account = {"sessions": ended}, found.account_id
        audit.note(tx.db, by, "session.end", account=account, subject=found.email, now=now, after=after)
    return ended


@repeatable_command
def touch_session(tx: Tx, *, hash: str, expires_at: int, now: int) -> None:
    """Note when a session was used, and when it ends now."""
    sessions.touch(tx.db, hash, now, expires_at)


def open_session(
    db: Database, user: int, session: NewSession, now: int, *, fitted: Sequence[int] = ()
) -> None:
    """Begin a session, and end the one that the same browser had. `fitted`: other users that it may be for."""
    if session["before"]:
        sessions.drop(db, session["before"])
    sessions.add(
        db,
        hash=session["hash"],
        user=user,
        now=now,
        expires_at=session["expires_at"],
        remember=session["remember"],
        address=session["address"],
        agent=session["agent"],
        fitted=json.dumps([*fitted]),
    )
    users.note_sign_in(db, user, now)
    sessions.drop_oldest(db, user, MOST_SESSIONS)


def note_sign_in(db: Database, user: User, address: str, now: int) -> None:
    """Note that somebody came in."""
    _note(db, user, "user.sign_in", address, now)


def _note(db: Database, user: User, action: str, address: str, now: int) -> None:
    by = By(user.id, user.email, address)
    audit.note(db, by, action, account=user.account_id, subject=user.email, now=now)


def _note_failure(
    db: Database, email: str, address: str, known: Sequence[User], now: int, *, locked: bool
) -> None:
    """Each account that has the e-mail is told. Of one that nobody has, `main` is; as much is asked in both cases."""
    main = accounts.main(db)
    told = [user.account_id for user in known] or ([main.id] if main else [])
    by = audit.nobody(address)
    for account in told:
        for action in ("user.sign_in_failed", "user.locked") if locked else ("user.sign_in_failed",):
            audit.note(db, by, action, account=account, subject=email, now=now)
