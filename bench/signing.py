"""Somebody who is signed in, for pages that are for nobody else."""

import secrets

from duplistat.http.session_cookie import COOKIE
from duplistat.now import wall_clock
from duplistat.services.bootstrap import main_account
from duplistat.services.people.identity import Role
from duplistat.services.people.sessions import IDLE_MS, digest
from duplistat.store import sessions, users
from duplistat.store.database import Database


def header(db: Database) -> str:
    """The header that carries a new session of an admin of `main`, over a database that was filled."""
    cookie, now = secrets.token_urlsafe(32), wall_clock()
    with db.transaction():
        user = users.add(
            db,
            account=main_account(db),
            email="bench@example.org",
            name="bench",
            password_hash="!",
            role=Role.ADMIN,
            now=now,
        )
        if user is None:
            raise RuntimeError("somebody has this e-mail already")
        sessions.add(
            db,
            hash=digest(cookie),
            user=user,
            now=now,
            expires_at=now + IDLE_MS,
            remember=False,
            address="",
            agent="bench",
        )
    return f"Cookie: {COOKIE}={cookie}"
