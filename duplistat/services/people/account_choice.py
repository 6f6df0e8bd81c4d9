"""Which account, for an e-mail and a password that fit several: who signed in chooses once, soon after it.

The sign-in opened a session for one of them, and the session knows the others that it fitted.
"""

import json
import secrets

from duplistat.services.context import Tx
from duplistat.services.people.sessions import (
    NewSession,
    Opened,
    Visitor,
    new_session,
    note_sign_in,
    open_session,
)
from duplistat.services.writes import Writes, command
from duplistat.store import sessions, users
from duplistat.store.database import Database
from duplistat.store.users import User

# Later, who wants another account signs in again.
CHOICE_MS = 10 * 60_000


def choices(db: Database, session: str, now: int) -> list[User]:
    """Whose session this one (its hash) is, first, and whose it may be instead; empty when there is no choice.

    Whoever got another password or e-mail since the sign-in is not the one that it fitted.
    """
    found = sessions.by_hash(db, session)
    if found is None or now - found.created_at > CHOICE_MS:
        return []
    own = users.by_id(db, found.user_id)
    others = [
        user
        for id in json.loads(found.fitted)
        if (user := users.by_id(db, id))
        and user.email == found.email
        and user.suspended_at is None
        and max(user.password_at, user.email_at) <= found.created_at
    ]
    return [own, *others] if own and others else []


def choose(writes: Writes, user: User, visitor: Visitor, now: int) -> Opened | None:
    """A session for one of the choices, in place of the one that the visitor has; None for any other user."""
    cookie = secrets.token_urlsafe(32)
    session = new_session(cookie, visitor, now)
    return (
        Opened(cookie, user) if writes.run(choose_account, user=user.id, session=session, now=now) else None
    )


@command
def choose_account(tx: Tx, *, user: int, session: NewSession, now: int) -> bool:
    """End the session `before` and open one for a user that it may be for instead; False for any other user."""
    db = tx.db
    db.queue_for(f"password:{user}")
    chosen = next((each for each in choices(db, session["before"], now)[1:] if each.id == user), None)
    if chosen is None:
        return False
    open_session(db, chosen.id, session, now)
    note_sign_in(db, chosen, session["address"], now)
    return True
