"""Sign-ins: opened for a password or a mailed code, found by their cookie, ended. Only hashes are stored.

Argon2 runs where a request is answered. What it found is told to the verbs here, which decide in one transaction:
so ten wrong guesses lock, however many came at once, and nobody gets in with a password that was just changed.
"""

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.services import audit
from duplistat.services.access import rate_limits
from duplistat.services.audit import By
from duplistat.services.context import ScheduleDefaults
from duplistat.services.people import passwords
from duplistat.services.people.identity import CurrentUser
from duplistat.services.writes import Writes
from duplistat.store import accounts, failed_sign_ins, password_resets, sessions, users
from duplistat.store.database import Database
from duplistat.store.sessions import Session
from duplistat.store.totals import Tally
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
FROZEN = "This account is frozen"
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
    """A session that began: its cookie, in plain text for the only time, and whose it is."""

    cookie: str
    user: User


def digest(cookie: str) -> str:
    """Cookies and codes carry 256 random bits: there is nothing to guess."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def email_name(email: str) -> str:
    """What failed sign-ins for an e-mail are counted under."""
    return f"email:{email}"


def names_of(email: str, address: str) -> tuple[str, ...]:
    """What a failed sign-in counts for."""
    return (f"address:{rate_limits.network(address)}", email_name(email))


def sign_in(
    db: Database, writes: Writes, email: str, password: str, visitor: Visitor, now: int
) -> Opened | None:
    """A session for an e-mail (in lower case) and its password; None when they do not fit.

    Raises Locked after too many that failed, right or wrong; DuplistatError (forbidden) for a frozen account.
    """
    if failed_sign_ins.most(db, names_of(email, visitor.address), now - FAILURES_MS) >= MOST_FAILURES:
        raise Locked
    user = users.by_email(db, email)
    right = passwords.fits(password, user.password_hash if user else None)
    arguments: dict[str, Any] = {"email": email, "right": right, "now": now, "address": visitor.address}
    cookie = secrets.token_urlsafe(32)
    if user is not None and right:
        outdated = passwords.is_outdated(user.password_hash)
        arguments |= opening(cookie, visitor, now) | {
            "user": user.id,
            "against": user.password_hash,
            "rehashed": passwords.hashed(password) if outdated else "",
        }
    done = writes.call("sign_in", arguments)
    if done["locked"]:
        raise Locked
    if done["frozen"]:
        raise DuplistatError(Kind.FORBIDDEN, FROZEN)
    if user is None or not done["opened"]:
        log.warning("a sign-in from %s failed", visitor.address)
        return None
    return Opened(cookie, user)


def opening(cookie: str, visitor: Visitor, now: int) -> dict[str, Any]:
    """What the verbs need to open a session."""
    return {
        "hash": digest(cookie),
        "before": digest(visitor.cookie) if visitor.cookie else "",
        "remember": visitor.remember,
        "expires_at": now + (REMEMBER_MS if visitor.remember else IDLE_MS),
        "address": visitor.address,
        "agent": visitor.agent[:AGENT_KEPT],
    }


def is_recovery(db: Database, code: str, now: int) -> bool:
    """Whether a mailed code is good now."""
    return bool(code) and password_resets.user_of(db, digest(code), now) is not None


def reset_password(
    db: Database, writes: Writes, code: str, password: str, visitor: Visitor, now: int
) -> Opened | None:
    """Set a password for a mailed code, end all sessions of its user and open one; None for a code that is not good.

    Raises DuplistatError: invalid for the password, forbidden for a frozen account.
    """
    passwords.require(password)
    owner = password_resets.user_of(db, digest(code), now)
    user = users.by_id(db, owner) if owner is not None else None
    if user is None:
        return None
    if user.frozen_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, FROZEN)
    cookie = secrets.token_urlsafe(32)
    arguments = opening(cookie, visitor, now) | {
        "user": user.id,
        "code": digest(code),
        "password_hash": passwords.hashed(password),
        "now": now,
    }
    return Opened(cookie, user) if writes.call("reset_password", arguments)["opened"] else None


def confirm(
    db: Database, writes: Writes, signed: CurrentUser, password: str, address: str, now: int
) -> str | None:
    """The hash that a person's present password fits; None for another, which counts as a failed sign-in.

    Raises Locked after too many that failed.
    """
    if failed_sign_ins.most(db, names_of(signed.email, address), now - FAILURES_MS) >= MOST_FAILURES:
        raise Locked
    user = users.by_id(db, signed.user)
    if user is not None and passwords.fits(password, user.password_hash):
        return user.password_hash
    writes.call("sign_in", {"email": signed.email, "right": False, "now": now, "address": address})
    return None


def find(db: Database, cookie: str, now: int) -> Session:
    """The session of a cookie.

    Raises DuplistatError: unauthorized when there is none or it has ended, forbidden for a frozen account.
    """
    found = sessions.by_hash(db, digest(cookie)) if cookie else None
    if found is None or found.expires_at <= now:
        raise DuplistatError(Kind.UNAUTHORIZED, "Sign in first: there is no session, or it has ended")
    if found.frozen_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, FROZEN)
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
            writes.call("touch_session", {"hash": session.hash, "now": now, "expires_at": ends})


def do_sign_in(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Count a sign-in that failed, or open a session. Answers {"locked", "frozen", "opened"}.

    Answers and not errors: an error would undo the failure that it counts.
    """
    now, email = arguments["now"], arguments["email"]
    names = names_of(email, arguments["address"])
    answer = {"locked": False, "frozen": False, "opened": False}
    for name in names:
        db.queue_for(name)
    if failed_sign_ins.most(db, names, now - FAILURES_MS) >= MOST_FAILURES:
        return answer | {"locked": True}
    if arguments["right"]:
        db.queue_for(f"password:{arguments['user']}")
    user = users.by_email(db, email)
    right = arguments["right"] and user is not None and user.id == arguments["user"]
    # A password that was changed in the meantime is not the one that was compared.
    if user is None or not right or user.password_hash != arguments["against"]:
        failed_sign_ins.add(db, names, now)
        _note_failure(
            db, arguments, user, locked=failed_sign_ins.most(db, names, now - FAILURES_MS) >= MOST_FAILURES
        )
        return answer
    if user.frozen_at is not None:
        return answer | {"frozen": True}
    if arguments["rehashed"]:
        users.change(db, user.id, {"password_hash": arguments["rehashed"]})
    open_session(db, user.id, arguments)
    _note(db, arguments, user, "user.sign_in")
    return answer | {"opened": True}


def do_reset_password(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Use a code up, set the password, end all sessions, open one. Answers {"opened"}."""
    db.queue_for(f"password:{arguments['user']}")
    user = users.by_id(db, arguments["user"])
    if user is None or not password_resets.take(db, arguments["code"]):
        return {"opened": False}
    changes = {"password_hash": arguments["password_hash"], "password_at": arguments["now"]}
    users.change(db, user.id, changes)
    password_resets.drop_of_user(db, user.id)
    sessions.drop_of_user(db, user.id)
    open_session(db, user.id, arguments)
    _note(db, arguments, user, "user.reset_password")
    return {"opened": True}


def end_session(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """End a session by its hash; `action` says whether somebody signed out, or ended one that is elsewhere."""
    session = sessions.by_hash(db, arguments["hash"])
    if session is not None:
        sessions.drop(db, session.hash)
        about = {"account": session.account_id, "subject": session.email, "now": arguments["now"]}
        audit.note(db, arguments["by"], arguments["action"], **about)
    return {}


def end_other_sessions(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """End all sessions of a user but the one with the hash `keep`. Answers {"ended"}."""
    user = users.by_id(db, arguments["user"])
    ended = sessions.drop_of_user(db, arguments["user"], but=arguments["keep"])
    if user is not None and ended:
        about = {"account": user.account_id, "subject": user.email, "now": arguments["now"]}
        audit.note(db, arguments["by"], "session.end", **about, after={"sessions": ended})
    return {"ended": ended}


def touch_session(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note when a session was used, and when it ends now."""
    sessions.touch(db, arguments["hash"], arguments["now"], arguments["expires_at"])
    return {}


def open_session(db: Database, user: int, arguments: dict[str, Any]) -> None:
    """Begin a session, and end the one that the same browser had."""
    if arguments["before"]:
        sessions.drop(db, arguments["before"])
    sessions.add(
        db,
        hash=arguments["hash"],
        user=user,
        now=arguments["now"],
        expires_at=arguments["expires_at"],
        remember=arguments["remember"],
        address=arguments["address"],
        agent=arguments["agent"],
    )
    sessions.drop_oldest(db, user, MOST_SESSIONS)


def _note(db: Database, arguments: dict[str, Any], user: User, action: str) -> None:
    by = By(user.id, user.email, arguments["address"])
    audit.note(db, by, action, account=user.account_id, subject=user.email, now=arguments["now"])


def _note_failure(db: Database, arguments: dict[str, Any], user: User | None, *, locked: bool) -> None:
    """Of an e-mail that nobody has, `main` is told; and as much is asked for one that somebody has."""
    main = accounts.by_name(db, accounts.MAIN)
    account = user.account_id if user else main.id if main else None
    if account is None:
        return
    by, now = audit.nobody(arguments["address"]), arguments["now"]
    for action in ("user.sign_in_failed", "user.locked") if locked else ("user.sign_in_failed",):
        audit.note(db, by, action, account=account, subject=arguments["email"], now=now)
