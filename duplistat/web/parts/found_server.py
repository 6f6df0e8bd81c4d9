"""The server that an address names."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.store import servers
from duplistat.store.servers import Server
from duplistat.web.access import viewer


def find(number: int, accounts: tuple[int, ...] | None = None) -> Server:
    """The server of that number, of some accounts or of all that who looks sees.

    Raises DuplistatError (not_found) for one that is not there to be seen.
    """
    found = servers.by_id(context().db, viewer().sees if accounts is None else accounts, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Server not found")
    return found
