"""The first person: comes in by a link that the server prints as long as nobody can look after it."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.audit import By
from duplistat.services.bootstrap import main_account
from duplistat.services.context import ScheduleDefaults
from duplistat.services.people import passwords, sessions, users
from duplistat.services.people.identity import Role
from duplistat.services.people.sessions import Opened, Visitor, digest
from duplistat.services.writes import Writes
from duplistat.store import setup_codes as store
from duplistat.store import users as people
from duplistat.store.database import Database
from duplistat.store.totals import Tally

log = logging.getLogger(__name__)

# Servers that start together on one database each print a link, and all of these are good. Those of earlier
# starts are not.
TOGETHER_MS = 3_600_000


def is_needed(db: Database) -> bool:
    """Whether `main` has no admin yet: then nobody can look after this server."""
    return not people.has_admin(db, main_account(db))


def invite(db: Database, config: Config, now: int) -> str:
    """The link with which the first admin comes in, in the log as well; "" when there is one."""
    with db.transaction():
        db.queue_for("set_up")
        if not is_needed(db):
            return ""
        code = secrets.token_urlsafe(32)
        store.drop_before(db, now - TOGETHER_MS)
        store.add(db, hash=digest(code), now=now)
    link = f"{config.own_url}/set-up?code={code}"
    log.warning("nobody can sign in yet: whoever opens this link first becomes the administrator: %s", link)
    return link


def is_good(db: Database, code: str) -> bool:
    """Whether a code lets somebody in now."""
    return bool(code) and store.is_good(db, digest(code)) and is_needed(db)


def come_in(
    db: Database, writes: Writes, code: str, person: Mapping[str, str], visitor: Visitor, now: int
) -> Opened | None:
    """Make the first admin of `main`, of e-mail, name and password, and open a session.

    None for a code that is not good, or no longer. Raises DuplistatError (invalid), which names the field.
    """
    email, name = users.email_of(person["email"]), clip_name(person["name"])
    passwords.require(person["password"])
    if not name:
        raise DuplistatError(Kind.INVALID, "name is missing")
    if not is_good(db, code):
        return None
    cookie = secrets.token_urlsafe(32)
    arguments = sessions.opening(cookie, visitor, now) | {
        "code": digest(code),
        "email": email,
        "name": name,
        "password_hash": passwords.hashed(person["password"]),
        "now": now,
    }
    made = writes.call("set_up", arguments)["user"]
    user = people.by_id(db, made) if made is not None else None
    return Opened(cookie, user) if user else None


def do_set_up(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Use a code up for an admin of `main` with a session. Answers {"user"}, None when it was not good.

    Raises DuplistatError (invalid) for an e-mail that somebody has already.
    """
    db.queue_for("set_up")
    if not is_needed(db) or not store.take(db, arguments["code"]):
        return {"user": None}
    email, name, now, main = arguments["email"], arguments["name"], arguments["now"], main_account(db)
    hash = arguments["password_hash"]
    user = people.add(db, account=main, email=email, name=name, password_hash=hash, role=Role.ADMIN, now=now)
    if user is None:
        raise DuplistatError(Kind.INVALID, "email is in use already")
    sessions.open_session(db, user, arguments)
    by, after = By(user, email, arguments["address"]), {"name": name, "role": Role.ADMIN}
    audit.note(db, by, "user.set_up", account=main, subject=email, now=now, after=after)
    return {"user": user}
