"""The first person: comes in by a link that the server prints as long as nobody can look after it."""

import logging
import secrets
from typing import TypedDict

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.audit import By
from duplistat.services.bootstrap import main_account
from duplistat.services.context import Tx
from duplistat.services.people import passwords, sessions, users
from duplistat.services.people.identity import Role
from duplistat.services.people.sessions import NewSession, Opened, Visitor, digest
from duplistat.services.writes import Writes, command
from duplistat.store import setup_codes as store
from duplistat.store import users as people
from duplistat.store.database import Database

log = logging.getLogger(__name__)

# Servers that start together on one database each print a link, and all of these are valid. Those of earlier
# starts are not.
TOGETHER_MS = 3_600_000


class Person(TypedDict):
    """Who is to be the first admin, as it was typed."""

    email: str
    name: str
    password: str


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
    log.warning("no administrator yet: open the set-up link to create one: %s", link)
    return link


def is_good(db: Database, code: str) -> bool:
    """Whether a code lets somebody in now."""
    return bool(code) and store.is_good(db, digest(code)) and is_needed(db)


def set_up(
    db: Database, writes: Writes, code: str, person: Person, visitor: Visitor, now: int
) -> Opened | None:
    """Make the first admin of `main`, and open a session.

    None for a code that is not good, or no longer. Raises DuplistatError (invalid), which names the field.
    """
    email, name = users.email_of(person["email"]), clip_name(person["name"])
    passwords.require(person["password"])
    if not name:
        raise DuplistatError(Kind.INVALID, "name is missing")
    if not is_good(db, code):
        return None
    cookie = secrets.token_urlsafe(32)
    made = writes.run(
        create_first_admin,
        code=digest(code),
        email=email,
        name=name,
        password_hash=passwords.hashed(db, email, person["password"]),
        session=sessions.new_session(cookie, visitor, now),
        now=now,
    )
    user = people.by_id(db, made) if made is not None else None
    return Opened(cookie, user) if user else None


@command
def create_first_admin(
    tx: Tx, *, code: str, email: str, name: str, password_hash: str, session: NewSession, now: int
) -> int | None:
    """Use a code (its hash) up for an admin of `main` with a session; the user's id, None when it was not good.

    Raises DuplistatError (invalid) for an e-mail that somebody has already.
    """
    db = tx.db
    db.queue_for("set_up")
    if not is_needed(db) or not store.take(db, code):
        return None
    main, role = main_account(db), Role.ADMIN
    user = people.add(
        db, account=main, email=email, name=name, password_hash=password_hash, role=role, now=now
    )
    if user is None:
        raise DuplistatError(Kind.INVALID, "email is in use already")
    sessions.open_session(db, user, session, now)
    by, after = By(user, email, session["address"]), {"name": name, "role": role}
    audit.note(db, by, "user.set_up", account=main, subject=email, now=now, after=after)
    return user
