"""Where a service stores its backups: a location of the configuration, with our own address where it says none."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from duplistat.config import Config


@dataclass(frozen=True, slots=True)
class Place:
    """A location as it is told. `ip` is "" where only a name is known."""

    id: int
    name: str
    url: str
    hostname: str
    ip: str
    http_port: int
    https_port: int


def place_of(config: Config, location: int, asked_at: str) -> Place:
    """A location by its id; `asked_at` is the address that we were called by, for want of a public one.

    One that is no longer configured keeps its id, and has no name.
    """
    own = config.server.public_url or asked_at
    found = next((known for known in config.locations if known.id == location), None)
    parts = urlsplit(found.url if found and found.url else own)
    host = (found.hostname if found else "") or parts.hostname or ""
    port = parts.port if found is None or not found.url else None
    return Place(
        id=location,
        name=found.name if found else "",
        url=found.url if found and found.url else own,
        hostname=host,
        ip=(found.ip if found else "") or _literal(host),
        http_port=port if port and parts.scheme == "http" else found.http_port if found else 80,
        https_port=port if port and parts.scheme == "https" else found.https_port if found else 443,
    )


def _literal(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return ""
