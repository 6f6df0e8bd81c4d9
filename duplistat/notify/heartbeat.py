"""One GET of an address of the operator's, to say that this server is well."""

from duplistat.notify import address
from duplistat.outbound import guard
from duplistat.outbound.failures import OutboundError
from duplistat.outbound.transport import Transport
from duplistat.outbound.wire import Wire

# Seconds for all of it.
PATIENCE = 10.0
_BEGINNING = 1024


def beat(url: str, *, patience: float = PATIENCE) -> str:
    """Ask for an address, wherever it is; "" when it answered well, else what went wrong, without the address.

    No redirect is followed.
    """
    transport: Transport | None = None
    try:
        where = address.parse(url)
        targets = guard.resolve(where.host, where.port, (), within=patience)
        wire = Wire(where.host, targets, (patience, patience), patience)
        transport = Transport(wire, where.port, tls=where.tls, beginning=_BEGINNING)
        sign_in = {"Authorization": where.authorization} if where.authorization else {}
        answer = transport.request("GET", where.path, headers={"User-Agent": "duplistat", **sign_in})
    except ValueError as e:
        return str(e)
    except OutboundError as e:
        return e.kind
    finally:
        if transport is not None:
            transport.close()
    return "" if answer.status < 300 else f"it answered {answer.status}"
