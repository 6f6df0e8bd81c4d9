"""One request to an address by HTTP, and what the answer to a POST means."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from duplistat.notify import address
from duplistat.notify.address import Address
from duplistat.notify.outcome import Outcome, Result, told
from duplistat.notify.scrub import secrets_of
from duplistat.outbound.failures import OutboundError
from duplistat.outbound.wire import wire_to

if TYPE_CHECKING:
    from duplistat.outbound.transport import Answer, Transport

# A receiver may ask us to wait, but not for days.
MOST_WAIT_MS = 6 * 3600 * 1000
# Seconds to connect to one address.
_CONNECT = 10.0
# Of an answer so many bytes are read; a part of them is kept.
_BEGINNING = 8192
_CHANNEL = frozenset({401, 404, 410})
_TEXT = frozenset({400, 413, 422})
REFUSED = "refused: a private, local or otherwise special address"


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow: Sequence[str],
    now: int,
    deadline: float,
    secrets: Sequence[str] = (),
) -> Outcome:
    """What became of it within `deadline` seconds. No redirect is followed.

    `allow` are networks that are called although they are not public. `now` is in milliseconds. `secrets` are taken
    out of what is told, and so are those in the URL.
    """
    hidden = (*secrets, *secrets_of(url))
    try:
        where = address.parse(url)
    except ValueError as e:
        return Outcome(Result.CHANNEL, answer=told(str(e)))
    transport: Transport | None = None
    try:
        with connection(where, deadline, allow, public_only=True) as transport:
            all_headers = {**own_headers(where), **headers}
            answer = transport.request("POST", where.path, headers=all_headers, data=body)
    except OutboundError as e:
        return _failed(e, hidden, sent=transport is not None and transport.sent)
    return answered(answer.status, _words(answer), answer.retry_after, now=now, secrets=hidden)


@contextmanager
def connection(
    where: Address, deadline: float, allow: Sequence[str] = (), *, public_only: bool
) -> Iterator["Transport"]:
    """What a request to an address goes through, for `deadline` seconds. Of its answer the beginning is read.

    `allow` are networks that are called although they are not public. Raises OutboundError.
    """
    # Whoever only checks what is set, or has nothing to send, does without the library behind it.
    from duplistat.outbound.transport import Transport

    wire = wire_to(
        where.host, where.port, allow=allow, public_only=public_only, connect=_CONNECT, deadline=deadline
    )
    with closing(Transport(wire, where.port, tls=where.tls, beginning=_BEGINNING)) as transport:
        yield transport


def own_headers(where: Address) -> dict[str, str]:
    """The headers of each request to an address."""
    sign_in = {"Authorization": where.authorization} if where.authorization else {}
    return {"User-Agent": "duplistat", **sign_in}


def answered(
    status: int, words: str | bytes, retry_after: str, *, now: int, secrets: Sequence[str]
) -> Outcome:
    """What a status of HTTP means for a message. `retry_after` is the header of that name, or ""."""
    result = result_of(status)
    wait = waited(retry_after, now) if result is Result.TEMPORARY else None
    return Outcome(result, str(status), told(words, secrets), wait)


def result_of(status: int) -> Result:
    """401, 404, 410 and redirects are the channel's fault, 400, 413 and 422 the text's; the rest may pass.

    403 is told as temporary: some receivers answer so to a burst. Whoever sees it again and again knows better.
    """
    if 200 <= status < 300:
        return Result.SENT
    if status in _CHANNEL or 300 <= status < 400:
        return Result.CHANNEL
    return Result.TEXT if status in _TEXT else Result.TEMPORARY


def waited(header: str, now: int) -> int | None:
    """How many milliseconds Retry-After asks to wait, at most MOST_WAIT_MS; None for nothing of use."""
    text = header.strip()
    if re.fullmatch(r"\d{1,12}", text):
        wait = int(text) * 1000
    elif re.fullmatch(r"\d+", text):
        wait = MOST_WAIT_MS
    else:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        wait = int(when.timestamp() * 1000) - now
    return min(wait, MOST_WAIT_MS) if wait > 0 else None


def _words(answer: "Answer") -> bytes | str:
    if 300 <= answer.status < 400:
        return "it redirects elsewhere, which is not followed"
    return answer.body


def _failed(problem: OutboundError, secrets: Sequence[str], *, sent: bool) -> Outcome:
    if problem.kind == "refused":
        return Outcome(Result.CHANNEL, answer=REFUSED)
    return Outcome(Result.UNKNOWN if sent else Result.TEMPORARY, answer=told(problem.reason, secrets))
