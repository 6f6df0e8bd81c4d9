"""A file to import from the address of another machine, within the bounds of all calls to others."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text, later
from duplistat.notify import address
from duplistat.outbound.failures import OutboundError
from duplistat.outbound.wire import wire_to

# Seconds to connect, and for all of it.
CONNECT, DEADLINE = 10.0, 1800.0
MOST_BYTES = 4 * 1024**3
NOT_FETCHED = later("the file could not be fetched: {problem}")
STATUS = later("the file could not be fetched: the server answered {status}")


def is_url(source: str) -> bool:
    """Whether a source is an address rather than a file."""
    return source.startswith(("http://", "https://"))


def fetch(url: str, target: Path, *, allow: Sequence[str] = (), public_only: bool) -> None:
    """Write what is at an address to a new file. No redirect is followed, and no more than MOST_BYTES are written.

    With `public_only`, machines of private networks are not called but for those in `allow`. Raises DuplistatError
    (invalid), without the secrets that an address may hold.
    """
    from duplistat.outbound.transport import Transport

    try:
        where = address.parse(url)
    except ValueError as e:
        raise DuplistatError(Kind.INVALID, Text(NOT_FETCHED, problem=str(e))) from e
    headers = {"User-Agent": "duplistat"}
    if where.authorization:
        headers["Authorization"] = where.authorization
    try:
        wire = wire_to(
            where.host,
            where.port,
            allow=allow,
            public_only=public_only,
            connect=CONNECT,
            deadline=DEADLINE,
        )
        with (
            closing(Transport(wire, where.port, tls=where.tls)) as transport,
            target.open("xb") as file,
        ):
            status = transport.download(where.path, headers=headers, file=file, most=MOST_BYTES)
    except OutboundError as e:
        raise DuplistatError(Kind.INVALID, Text(NOT_FETCHED, problem=e.reason)) from None
    if status != 200:
        raise DuplistatError(Kind.INVALID, Text(STATUS, status=status))
