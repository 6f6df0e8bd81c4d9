"""Messages to browsers through the push services of those who make them (RFC 8030), readable for the browser alone."""

import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from duplistat.notify import fit
from duplistat.notify.http import REFUSED, post
from duplistat.notify.message import Message
from duplistat.notify.outcome import Outcome, Result, one_line

# Seconds for which a push service keeps a message for a device that is away.
KEPT = 24 * 3600
# Seconds for one device: the others wait.
MOST_WAIT = 10.0
MOST_TITLE, MOST_BODY = 120, 1000
_URGENT = frozenset({"error", "critical"})
# There is no such subscription any more.
_GONE = frozenset({"404", "410"})


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser: `id` names it in an Outcome, the rest is what it told of itself."""

    id: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


def send_webpush(
    message: Message,
    devices: Sequence[Subscription],
    *,
    key: str,
    subject: str,
    path: str,
    allow: Sequence[str] = (),
    now: int,
    deadline: float,
) -> Outcome:
    """Push a message to each device; `delivered` are ids of those that took it, `refused` of those that are gone.

    Where no device is left, that is the fault of the channel, and there is no answer.

    `key` is the private key of the channel, `subject` how to reach who runs this server, `path` the page that a tap
    opens, below our root. `allow` are networks that are called although they are not public. `now` in milliseconds,
    `deadline` in seconds for all of it.
    """
    content = fit.compact(pushed(message, path)).encode("utf-8", "replace")
    delivered: list[str] = []
    refused: dict[str, str] = {}
    troubles: list[Outcome] = []
    for device in devices:
        share = min(MOST_WAIT, deadline / len(devices))
        outcome = _one(message, device, content, key, subject, allow=allow, now=now, deadline=share)
        if outcome.result is Result.SENT:
            delivered.append(device.id)
        elif outcome.code in _GONE or outcome.answer == REFUSED:
            refused[device.id] = outcome.answer or outcome.code
        else:
            troubles.append(outcome)
    worst = _summed(troubles, bool(delivered))
    return Outcome(worst.result, worst.code, worst.answer, worst.retry_after_ms, tuple(delivered), refused)


def pushed(message: Message, path: str) -> dict[str, str]:
    """What the service worker takes as JSON. A message of the same thread replaces the one that is shown."""
    return {
        "title": fit.start(one_line(message.subject), MOST_TITLE, len),
        "body": fit.lines(message.short, MOST_BODY),
        "tag": message.thread or message.uid,
        "path": path,
    }


def _one(
    message: Message,
    device: Subscription,
    content: bytes,
    key: str,
    subject: str,
    *,
    allow: Sequence[str],
    now: int,
    deadline: float,
) -> Outcome:
    # Only who sends needs what is behind it.
    from duplistat.notify import push_encryption

    where = urlsplit(device.endpoint)
    try:
        body = push_encryption.encrypted(
            content,
            p256dh=device.p256dh,
            auth=device.auth,
            sender=push_encryption.new_key(),
            salt=random.token_bytes(16),
        )
    except ValueError as e:
        return Outcome(Result.CHANNEL, "410", str(e))
    headers = {
        "Authorization": push_encryption.vapid(
            key, audience=f"{where.scheme}://{where.netloc}", subject=subject, now=now // 1000
        ),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(KEPT),
        "Urgency": "high" if message.severity in _URGENT else "normal",
        # Of one thread a device that was away gets the last message alone.
        "Topic": (message.thread or message.uid)[:32],
    }
    return post(device.endpoint, body, headers, allow=allow, now=now, deadline=deadline)


def _summed(troubles: Sequence[Outcome], some: bool) -> Outcome:
    """What becomes of the notice: what may pass is tried again, and one device that took it will do otherwise."""
    for results in ((Result.UNKNOWN, Result.TEMPORARY), () if some else (Result.TEXT, Result.CHANNEL)):
        for trouble in troubles:
            if trouble.result in results:
                return trouble
    return Outcome(Result.SENT, "201") if some else Outcome(Result.CHANNEL)
