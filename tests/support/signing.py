"""People who are signed in, without the price of a password's hash."""

import secrets

from flask.testing import FlaskClient

from duplistat.http.session_cookie import COOKIE
from duplistat.services.people.identity import Role
from duplistat.services.people.sessions import IDLE_MS
from duplistat.services.people.sessions import digest as digest_of
from duplistat.store import sessions, users
from duplistat.store.database import Database
from duplistat.web import access

# Fits nothing.
NO_PASSWORD = "!"


def person(db: Database, account: int, role: Role, now: int, email: str = "") -> int:
    """The id of a user of an account, one a role unless e-mails differ."""
    email = email or f"{role}-{account}@example.org"
    known = users.in_account(db, account, email)
    if known is not None:
        return known.id
    with db.transaction():
        made = users.add(
            db,
            account=account,
            email=email,
            name=email.partition("@")[0],
            password_hash=NO_PASSWORD,
            role=role,
            now=now,
        )
    assert made is not None
    return made


def session(
    db: Database,
    account: int,
    now: int,
    role: Role = Role.ADMIN,
    *,
    email: str = "",
    lasts_ms: int = IDLE_MS,
    cookie: str = "",
) -> str:
    """The cookie of a session of somebody with a role."""
    user, cookie = person(db, account, role, now, email), cookie or secrets.token_urlsafe(32)
    with db.transaction():
        sessions.add(
            db,
            hash=digest_of(cookie),
            user=user,
            now=now,
            expires_at=now + lasts_ms,
            remember=True,
            address="127.0.0.1",
            agent="a test",
        )
    return cookie


def sign_in(client: FlaskClient, cookie: str) -> str:
    """Give a client the cookie of a session; the token with which its forms prove themselves."""
    client.set_cookie(COOKIE, cookie)
    return access.token_of(cookie)
