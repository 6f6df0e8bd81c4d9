"""Which addresses a name stands for, and which of them we may call.

A name is resolved once. What is checked here is what is connected to: a name that resolves to something else
a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Iterator, Sequence

from duplistat.agents.address import AgentError
from duplistat.core import agent_words as words
from duplistat.core.say import Text

# Anything else would change what an URL means.
_HOST = re.compile(r"[\w.:%-]{1,253}")
# IPv6 addresses that an IPv4 address is inside of, in the last 32 bits.
_CARRY_IPV4 = [
    ipaddress.IPv6Network(text)
    for text in ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/96")
]

# Each may take all of the time to connect.
MOST_TARGETS = 4

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# What `socket.connect` takes: (address, port), with two more for IPv6.
Target = tuple[str, int] | tuple[str, int, int, int]


def resolve(host: str, port: int, deny: Sequence[str]) -> list[Target]:
    """Where to connect to, in the order to try; at least one, and at most MOST_TARGETS.

    Raises AgentError: unreachable for what is no name or has no address, refused when `deny` (networks) covers
    all that it resolves to.
    """
    name = bare(host)
    if not _HOST.fullmatch(name):
        raise AgentError("unreachable", Text(words.NO_HOST, host=host[:100]))
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as e:
        reason = Text(words.NO_NAME, name=name)
        if isinstance(e, socket.gaierror) and e.strerror:
            reason = Text(words.NO_ADDRESS, name=name, problem=e.strerror)
        raise AgentError("unreachable", reason) from None
    networks = [ipaddress.ip_network(network) for network in deny]
    allowed: list[Target] = []
    denied: Text | None = None
    for _, _, _, _, target in found:
        address = ipaddress.ip_address(target[0])
        network = next((n for shape in _shapes(address) for n in networks if shape in n), None)
        if network is None:
            allowed.append(target)  # type: ignore[arg-type]  # typeshed lets a host be a number
        else:
            pattern = words.DENIED_ADDRESS if literal(name) else words.DENIED_NAME
            denied = denied or Text(pattern, name=name, address=str(address), network=str(network))
    if not allowed and denied is not None:
        raise AgentError("refused", denied)
    return allowed[:MOST_TARGETS]


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


def _shapes(address: IPAddress) -> Iterator[IPAddress]:
    """The address, and the others under which the same machine would be reached."""
    yield address
    if address.is_unspecified:
        # The kernel takes it for this machine.
        yield ipaddress.IPv4Address("127.0.0.1")
        yield ipaddress.IPv6Address("::1")
    if isinstance(address, ipaddress.IPv6Address):
        if address.sixtofour is not None:
            yield from _shapes(address.sixtofour)
        if any(address in network for network in _CARRY_IPV4):
            yield from _shapes(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
