"""Signed links in messages: what one person may do with one click, without signing in.

`/n/<uid>.<verb>.<recipient>.<expires>.<signature>`: reading one changes nothing, whoever opens it; its POST acts.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

PATH = "/n/"
DAY = 86_400
_LABEL = b"duplistat: signed links in messages, 1"
_TOKEN = re.compile(r"([a-z0-9]{1,64})\.([a-z]{1,20})\.(\d{1,19})\.(\d{1,12})\.([\w-]{43})", re.ASCII)


class Verb(StrEnum):
    """What a link lets somebody do."""

    # Acknowledge the problems of a notice.
    ACKNOWLEDGE = "acknowledge"
    # Take an address off a channel.
    UNSUBSCRIBE = "unsubscribe"
    # Say that an address is one's own.
    VERIFY = "verify"


# Seconds. Mails are kept for years, and whoever wants no more of them finds an old one.
LIFETIMES = {Verb.ACKNOWLEDGE: 7 * DAY, Verb.UNSUBSCRIBE: 3653 * DAY, Verb.VERIFY: 3 * DAY}


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is ours and has not expired. `uid` of the notice, `recipient` the id of the address, 0 for none."""

    uid: str
    verb: Verb
    recipient: int
    expires: int


def sign(key: bytes, *, uid: str, verb: Verb, recipient: int = 0, now: int) -> str:
    """A token, which stands behind PATH. `key` is the server's secret one; its lifetime begins at `now` (ms).

    Raises ValueError for a uid that no token can carry.
    """
    expires = now // 1000 + LIFETIMES[verb]
    content = f"{uid}.{verb.value}.{recipient}.{expires}"
    token = f"{content}.{_signature(key, content)}"
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"no link can carry {content!r}")
    return token


def read(key: bytes, token: str, now: int) -> Link | None:
    """What a token says; None for one that is not ours, was changed, or has expired by `now` (ms)."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    uid, verb, recipient, expires, signature = found.groups()
    content = f"{uid}.{verb}.{recipient}.{expires}"
    if not hmac.compare_digest(_signature(key, content), signature):
        return None
    if int(expires) * 1000 <= now:
        return None
    return Link(uid, Verb(verb), int(recipient), int(expires))


def _signature(key: bytes, content: str) -> str:
    """The key is derived: it signs nothing else, and what else is done with the server's key opens no link."""
    own = hmac.digest(key, _LABEL, "sha256")
    return urlsafe_b64encode(hmac.digest(own, content.encode("ascii"), "sha256")).rstrip(b"=").decode("ascii")
