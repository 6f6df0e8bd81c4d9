"""Users and accounts by e-mail and name, where there is one of each."""

from duplistat.store import accounts, users
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.users import User


def the_user(db: Database, email: str) -> User | None:
    """The user of an e-mail that one account has at most."""
    known = users.with_email(db, email)
    assert len(known) < 2
    return known[0] if known else None


def the_account(db: Database, name: str) -> Account | None:
    """The account of a name that one account has at most."""
    known = [account for account in accounts.all_accounts(db) if account.name == name]
    assert len(known) < 2
    return known[0] if known else None


def id_of(db: Database, name: str) -> int:
    """The id of the account of a name."""
    found = the_account(db, name)
    assert found is not None
    return found.id
