"""The address that a message is posted to, taken apart and checked."""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

MOST_LETTERS = 2048
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


@dataclass(frozen=True, slots=True)
class Address:
    """`path` is what a request names, with its query; `authorization` the header for a user in the URL, or ""."""

    tls: bool
    host: str
    port: int
    path: str = field(repr=False)
    authorization: str = field(default="", repr=False)


def parse(url: str) -> Address:
    """The parts of an http or https URL. Raises ValueError, with a sentence that does not repeat it."""
    if len(url) > MOST_LETTERS:
        raise ValueError(f"the URL is longer than {MOST_LETTERS} characters")
    if _FORBIDDEN.search(url):
        raise ValueError("the URL has a space or a control character in it")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if host and not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:
        raise ValueError("the URL has no valid host or port") from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise ValueError("the URL does not begin with http:// or https:// and a host")
    tls = parts.scheme == "https"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    authorization = ""
    if parts.username is not None:
        sign_in = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(sign_in.encode()).decode()}"
    return Address(tls, host, port or (443 if tls else 80), path + query, authorization)


def root(url: str) -> str:
    """The root of a server, of an URL that names nothing below it. Raises ValueError as `parse` does."""
    found = parse(url)
    if found.path not in ("/", ""):
        raise ValueError("the URL of the server has a path")
    return url
