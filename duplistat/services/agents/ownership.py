"""Whose a report is that names a service: with a key, with the secret of the service's report URL, or with neither."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.agents import report_urls
from duplistat.store import accounts, services
from duplistat.store.database import Database
from duplistat.store.services import Service


def named(db: Database, account: int, key: int | None, number: str) -> Service | None:
    """The service that a post names by its number; None for none, or for one that the caller has no part in.

    With a key that is one of the key's account, or of one below it; without one it is one of `account` itself. A report
    is not lost because its service is unknown: then it is as if none had been named. Raises DuplistatError
    (forbidden) when the account of the service is suspended: only those who have a part in it are told.
    """
    found = services.numbered(db, number) if number else None
    if found is None:
        return None
    mine = (account,) if key is None else accounts.visible(db, account)
    if found.account_id not in mine:
        return None
    return _open(found)


def addressed(db: Database, number: str, secret: str, now: int) -> Service | None:
    """The service that a post to a report URL is for; None when the secret is not that of the service of this number.

    Nothing tells whether there is such a service, and whose. Raises DuplistatError (forbidden) as `named` does.
    """
    id = report_urls.service_with(db, secret, now)
    found = services.get(db, id) if id is not None else None
    if found is None or found.number != number.strip().upper():
        return None
    return _open(found)


def _open(service: Service) -> Service:
    if service.account_suspended_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, "The account of this connection is suspended")
    return service
