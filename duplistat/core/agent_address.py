"""What people type to say where an agent is, checked."""

import re
from ipaddress import ip_address

LONGEST_HOST = 253
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
