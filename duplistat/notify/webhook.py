"""Messages to any program, by the rules of Standard Webhooks: signed, with an id that stays the same over retries."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random
from collections.abc import Mapping, Sequence

from duplistat.notify import fit, json_template
from duplistat.notify.http import post
from duplistat.notify.message import Message
from duplistat.notify.outcome import Outcome, Result, told
from duplistat.notify.scrub import secrets_in

# Receivers are advised to take 20 kB at least.
MOST_BYTES = 20_000
MOST_HEADERS = 20
_PREFIX = "whsec_"
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e]{0,1000}")
# Ours, or those of the connection.
_TAKEN = frozenset(
    {
        *("webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "content-length", "host"),
        *("transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "accept-encoding"),
    }
)


def new_secret() -> str:
    """A secret to sign with: 32 random bytes, as Standard Webhooks writes them."""
    return _PREFIX + base64.b64encode(random.token_bytes(32)).decode("ascii")


def check_secret(secret: str) -> None:
    """Raises ValueError, with a sentence that does not repeat it, for what cannot sign."""
    _key(secret)


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises ValueError for further headers that cannot be sent, or are ours to set."""
    if len(headers) > MOST_HEADERS:
        raise ValueError(f"there are more than {MOST_HEADERS} headers")
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"“{name[:40]}” is no name of a header")
        if name.lower() in _TAKEN:
            raise ValueError(f"the header {name} is set by duplistat")
        if not _VALUE.fullmatch(value):
            raise ValueError(f"the header {name} has a value that is too long or not plain ASCII")


def send_webhook(
    message: Message,
    *,
    url: str,
    secrets: Sequence[str] = (),
    template: str = "",
    headers: Mapping[str, str] | None = None,
    allow: Sequence[str] = (),
    now: int,
    deadline: float,
) -> Outcome:
    """Post a message, signed with each of `secrets` (the newest first; none signs nothing).

    `template` is a JSON template in place of our own body, `headers` are further ones. `allow` are networks that are
    called although they are not public. `now` in milliseconds, `deadline` in seconds for all of it.
    """
    more = dict(headers or {})
    hidden = (
        *secrets,
        *(part for value in more.values() for part in (value, *value.split())),
        *secrets_in(message.acknowledge, message.unsubscribe),
    )
    try:
        check_headers(more)
        body = body_of(message, template).encode("utf-8", "replace")
        signed = signature(secrets, message.uid, now // 1000, body) if secrets else ""
    except ValueError as e:
        return Outcome(Result.CHANNEL, answer=told(str(e), hidden))
    all_headers = {
        **more,
        "Content-Type": "application/json",
        "webhook-id": message.uid,
        "webhook-timestamp": str(now // 1000),
        **({"webhook-signature": signed} if signed else {}),
    }
    return post(url, body, all_headers, allow=allow, now=now, deadline=deadline, secrets=hidden)


def body_of(message: Message, template: str = "") -> str:
    """The body for a message, below MOST_BYTES as long as a template leaves room for that. Raises ValueError."""
    limit = MOST_BYTES - 1
    if template:
        return json_template.rendered(template, message, limit)
    head: dict[str, object] = {"type": message.type, "timestamp": json_template.timestamp(message.at)}
    room = limit - fit.octets(fit.compact({**head, "data": None}))
    return fit.compact({**head, "data": fit.data(dict(message.data), room)})


def signature(secrets: Sequence[str], uid: str, seconds: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each secret. Raises ValueError for a secret that is none."""
    content = f"{uid}.{seconds}.".encode() + body
    signed = (hmac.new(_key(secret), content, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode('ascii')}" for digest in signed)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"the secret is not {_PREFIX} with 24 to 64 bytes in base64 behind it")
    return key
