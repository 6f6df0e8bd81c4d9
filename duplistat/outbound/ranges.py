"""Networks that are called, or not: what is denied, what is allowed, and what is not public at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IPAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What is no address of a machine on the internet, by IANA's registries of special addresses.
NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::1/128",
        "100::/64",
        "2001:2::/48",
        "2001:10::/28",
        "2001:20::/28",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_NOBODY = IPv4Network("0.0.0.0/8")
# A wider one says nothing about an address that is only guessed: parts of most IPv6 addresses would be in it.
_WIDEST_GUESS = 8


@dataclass(frozen=True, slots=True)
class Ranges:
    """`public_only` refuses what is NOT_PUBLIC, unless `allow` covers it."""

    deny: Sequence[str] = ()
    allow: Sequence[str] = ()
    public_only: bool = False

    def refusing(self, address: IPAddress, *, guessed: bool = False) -> Network | None:
        """The network for which an address is not called; None when it is.

        Of all in `deny` and `allow` that cover it the narrowest decides; of two that are the same `deny`.
        """
        denied = _narrowest(address, _networks(tuple(self.deny)), guessed)
        allowed = _narrowest(address, _networks(tuple(self.allow)))
        if denied is not None and (allowed is None or denied.prefixlen >= allowed.prefixlen):
            return denied
        if allowed is not None or not self.public_only:
            return None
        return _narrowest(address, NOT_PUBLIC, guessed)

    def allows(self, address: IPAddress) -> bool:
        """Whether `allow` speaks of an address, and opens it."""
        allowed = _narrowest(address, _networks(tuple(self.allow)))
        return allowed is not None and self.refusing(address) is None


@cache
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


def _narrowest(address: IPAddress, networks: Iterable[Network], guessed: bool = False) -> Network | None:
    found = [
        network
        for network in networks
        if address in network and not (guessed and (network.prefixlen < _WIDEST_GUESS or network == _NOBODY))
    ]
    return max(found, key=lambda network: network.prefixlen, default=None)
