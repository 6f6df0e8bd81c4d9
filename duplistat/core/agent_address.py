"""What people type to say where an agent is, checked."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST_HOST = 253
# Where Duplicati listens unless it is told otherwise.
DUPLICATI_PORT = 8200
_PORTS = {"http": 80, "https": 443}
# Of the pages that people copy an address from, this one belongs to Duplicati itself.
_OWN_PAGES = ("", "/", "/ngax", "/ngclient")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII | re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9.]+", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)


def host_of(text: str) -> str | None:
    """A host name or an IP address, which may stand in brackets; None for what is neither."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return str(ip_address(bare))
    except ValueError:
        pass
    labels = text.removesuffix(".").split(".")
    if len(text) > LONGEST_HOST or _NUMBERS.fullmatch(text):
        return None
    return text if all(_LABEL.fullmatch(label) for label in labels) else None


def fingerprint_of(text: str) -> str | None:
    """The SHA-256 of a certificate in hex, without colons; "" for none, None for what is no such thing."""
    bare = text.replace(":", "").strip().lower()
    return bare if not bare or _FINGERPRINT.fullmatch(bare) else None


def address_of(text: str) -> tuple[str, int] | None:
    """Host and port of what people type or copy, such as https://nas.example.com:8200/ngclient/ or 10.0.0.5.

    Without a scheme and a port it is Duplicati's own port. None for anything else, and for what has another path or a
    name or password in it.
    """
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port = parts.port
    except ValueError:
        return None
    host = host_of(parts.hostname or "")
    ours = parts.path in _OWN_PAGES or parts.path.startswith(("/ngax/", "/ngclient/"))
    if (
        host is None
        or parts.username is not None
        or not ours
        or parts.scheme not in ("", *_PORTS)
        or port == 0
    ):
        return None
    return host, port or _PORTS.get(parts.scheme, DUPLICATI_PORT)
