"""One GET of an address of the operator's, to say that this server is well."""

from duplistat.notify import address
from duplistat.notify.http import connection, own_headers
from duplistat.outbound.failures import OutboundError

# Seconds for all of it.
PATIENCE = 10.0


def beat(url: str) -> str:
    """Ask for an address, wherever it is; "" when it answered well, else what went wrong, without the address.

    No redirect is followed.
    """
    try:
        where = address.parse(url)
        with connection(where, PATIENCE, public_only=False) as transport:
            answer = transport.request("GET", where.path, headers=own_headers(where))
    except ValueError as e:
        return str(e)
    except OutboundError as e:
        return e.kind
    return "" if answer.status < 300 else f"it answered {answer.status}"
