"""Users by their e-mail, where one account has it."""

from duplistat.store import users
from duplistat.store.database import Database
from duplistat.store.users import User


def the_user(db: Database, email: str) -> User | None:
    """The user of an e-mail that one account has at most."""
    known = users.with_email(db, email)
    assert len(known) < 2
    return known[0] if known else None
