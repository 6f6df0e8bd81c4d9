"""Whose a report is that names a service, or that came without a key from a machine that is one."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.store import accounts, services
from duplistat.store.database import Database
from duplistat.store.services import Service


def named(db: Database, account: int, key: int | None, number: str) -> Service | None:
    """The service that a post is for, by its number; None for none, or for one that the caller's key has no part in.

    A report is not lost because its service is unknown: then it is as if none had been named. Raises
    DuplistatError (forbidden) when the account of the service is frozen.
    """
    found = services.numbered(db, number)
    if found is None:
        return None
    if key is not None and found.account_id not in accounts.visible(db, account):
        return None
    if found.account_frozen_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, "The account of this service is frozen")
    return found


def owner_of(db: Database, machine_id: str, name: str) -> int | None:
    """The account of the one service with a machine's id, else with its name; None for none or several."""
    found = services.named(db, machine_id, name)
    owners = {owner for owner, _, id in found if id and id == machine_id} or {owner for owner, _, _ in found}
    return owners.pop() if len(owners) == 1 else None
