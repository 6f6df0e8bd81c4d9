"""Which addresses a name stands for, and which of them we may call.

A name is resolved once. What is checked here is what is connected to: a name that resolves to something else
a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from duplistat.core import outbound_words as words
from duplistat.core.i18n import Text
from duplistat.outbound import embedded
from duplistat.outbound.failures import AddressRefused, OutboundError
from duplistat.outbound.ranges import IPAddress, Network, Ranges

# Anything else would change what an URL means.
_HOST = re.compile(r"[\w.:%-]{1,253}")
# Each may take all of the time to connect.
MOST_TARGETS = 4

# What `socket.connect` takes: (address, port), with two more for IPv6.
Target = tuple[str, int] | tuple[str, int, int, int]


def resolve(
    host: str,
    port: int,
    deny: Sequence[str],
    allow: Sequence[str] = (),
    *,
    public_only: bool = False,
    within: float | None = None,
) -> list[Target]:
    """Where to connect to, in the order to try; at least one, and at most MOST_TARGETS.

    `within` is how many seconds the look-up of the name may take; None leaves it to the machine's resolver.

    Raises OutboundError: unreachable for what is no name or has no address; AddressRefused when all that it resolves
    to is refused, see `Ranges`.
    """
    ranges = Ranges(deny, allow, public_only)
    name = bare(host)
    if not _HOST.fullmatch(name):
        raise OutboundError("unreachable", Text(words.NO_HOST, host=host[:100]))
    try:
        found = _looked_up(name, port, within)
    except TimeoutError:
        raise OutboundError("timeout", Text(words.NO_ADDRESS, name=name, problem="timeout")) from None
    except (OSError, UnicodeError, OverflowError) as e:
        reason = Text(words.NO_NAME, name=name)
        if isinstance(e, socket.gaierror) and e.strerror:
            reason = Text(words.NO_ADDRESS, name=name, problem=e.strerror)
        raise OutboundError("unreachable", reason) from None
    allowed: list[Target] = []
    refused: AddressRefused | None = None
    for _, _, _, _, target in found:
        address = ipaddress.ip_address(target[0])
        network = refusing(address, ranges)
        if network is None:
            allowed.append(target)
        else:
            refused = refused or _refusal(name, address, network, ranges)
    if not allowed and refused is not None:
        raise refused
    return allowed[:MOST_TARGETS]


def _looked_up(name: str, port: int, within: float | None) -> list[Any]:
    """What the resolver says. A look-up cannot be stopped: after `within` it is left alone, in a thread."""
    if within is None or literal(name):
        return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    found: list[list[Any]] = []
    problems: list[Exception] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
        except Exception as e:
            problems.append(e)

    thread = threading.Thread(target=look_up, name="look-up", daemon=True)
    thread.start()
    thread.join(max(0.0, within))
    if problems:
        raise problems[0]
    if not found:
        raise TimeoutError
    return found[0]


def refusing(address: IPAddress, ranges: Ranges) -> Network | None:
    """The network for which an address is not called, in whatever shape it comes; None when it is."""
    for shape in _shapes(address):
        network = ranges.refusing(shape)
        if network is not None:
            return network
    if isinstance(address, ipaddress.IPv6Address) and not ranges.allows(address):
        for guess in embedded.possible(address):
            network = ranges.refusing(guess, guessed=True)
            if network is not None:
                return network
    return None


def bare(host: str) -> str:
    """A host without the brackets of an IPv6 address in an URL."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def literal(host: str) -> bool:
    """Whether a host is an IP address as one writes it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _refusal(name: str, address: IPAddress, network: Network, ranges: Ranges) -> AddressRefused:
    denied = str(network) in {str(ipaddress.ip_network(text)) for text in ranges.deny}
    return AddressRefused(name, str(address), str(network), denied=denied)


def _shapes(address: IPAddress) -> Iterator[IPAddress]:
    """The address, and the others under which the same machine would be reached."""
    yield address
    if address.is_unspecified:
        # The kernel takes it for this machine.
        yield ipaddress.IPv4Address("127.0.0.1")
        yield ipaddress.IPv6Address("::1")
    if isinstance(address, ipaddress.IPv6Address):
        for inner in embedded.certain(address):
            yield from _shapes(inner)
