"""Secrets taken out of a text by their value, whichever way they come back."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

HIDDEN = "***"
# Shorter parts of a path are words such as "api" and "hooks".
_SEGMENT = 8
# A shorter value is only taken out where it stands alone, or little would be left of any text.
_SHORT = 4


def secrets_of(url: str) -> tuple[str, ...]:
    """What of an URL must not be shown: all of it, who signs in there, long parts of its path, values of its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    path = f"{parts.path}{'?' if parts.query else ''}{parts.query}"
    found = {url, path if len(path) >= _SEGMENT else "", parts.fragment}
    for sign_in in (parts.username, parts.password):
        found |= {sign_in or "", unquote(sign_in or "")}
    if parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
        found |= {_base64(f"{user}:{password}"), f"{user}:{password}"}
    for segment in parts.path.split("/"):
        found |= {part for part in (segment, unquote(segment)) if len(part) >= _SEGMENT}
    found |= {value for _, value in parse_qsl(parts.query, keep_blank_values=True)}
    return tuple(sorted(found - {""}))


def secrets_in(*links: str) -> tuple[str, ...]:
    """What of signed links must not be shown; "" is none."""
    return tuple(part for link in links if link for part in secrets_of(link))


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text with HIDDEN for each secret, as it is or as URLs, JSON, HTML and base64 write it."""
    forms = {form for secret in secrets if secret.strip() for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        if len(form) >= _SHORT:
            text = re.sub(re.escape(form), HIDDEN, text, flags=re.IGNORECASE)
        else:
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", HIDDEN, text)
    return text


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield repr(secret)[1:-1]
    yield _base64(secret)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")
