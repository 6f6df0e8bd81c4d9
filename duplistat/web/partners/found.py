"""The account that a page of customers is of, and those below it."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.store import accounts
from duplistat.store.accounts import Account
from duplistat.web.access import viewer


def below(number: int | None) -> list[Account]:
    """An account and all below it; without a number that of who looks. Raises DuplistatError (not_found)."""
    db = context().db
    found = accounts.seen(db, viewer().sees, viewer().account if number is None else number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Account not found")
    return accounts.below(db, found)
