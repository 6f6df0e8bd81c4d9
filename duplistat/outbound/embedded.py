"""IPv4 addresses inside IPv6 ones: calling the one reaches the other, through this machine or a gateway."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network

# Where all of the last 32 bits are one: mapped, translated, compatible, and NAT64 by its well-known prefix.
_LAST = [IPv6Network(text) for text in ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96")]
# NAT64 by a prefix of the network's own choice within this one: RFC 8215.
_LOCAL = IPv6Network("64:ff9b:1::/48")
# ISATAP: the middle 32 bits of such an interface's identifier, with and without the bit for "unique".
_ISATAP = (0x00005EFE, 0x02005EFE)
# How long a prefix of NAT64 may be: RFC 6052.
LENGTHS = (32, 40, 48, 56, 64, 96)


def certain(address: IPv6Address) -> Iterator[IPv4Address]:
    """Those that the form of the address tells of."""
    bits = int(address)
    if any(address in network for network in _LAST) or bits >> 32 & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(bits & 0xFFFFFFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo


def possible(address: IPv6Address) -> Iterator[IPv4Address]:
    """Those that are meant if the network has NAT64 with a prefix of its own: nobody but its router knows that.

    What RFC 6052 says is zero has to be zero, or half of all addresses would have some in them: bits 64 to 71, and
    what follows the IPv4 address.
    """
    bits, local = int(address), address in _LOCAL
    for length in LENGTHS:
        found, zero = _at(bits, length)
        if local or zero:
            yield found


def _at(bits: int, length: int) -> tuple[IPv4Address, bool]:
    """What stands behind a prefix of that length, and whether all that should be zero is so.

    Bits 64 to 71 are left out: an address that would lie across them goes on after them.
    """
    octets = bits.to_bytes(16)
    rest = octets[length // 8 : 8] + octets[9:] if length < 96 else octets[12:]
    return IPv4Address(rest[:4]), not octets[8] and not any(rest[4:])
