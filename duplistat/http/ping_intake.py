"""A ping: its body is kept and read, and what it tells is recorded, before it is answered."""

import contextlib

from flask import Request

from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.core.ping import Ping
from duplistat.http.caller import address_of, count_wrong, key_of
from duplistat.http.context import Context
from duplistat.http.log_body import read_what_fits
from duplistat.services.access import api_keys, rate_limits
from duplistat.services.access.api_keys import Scope
from duplistat.services.pings import keys
from duplistat.services.pings.find import NOT_FOUND, Place
from duplistat.services.pings.packed import pack
from duplistat.services.pings.record import record_ping
from duplistat.services.reports.intake import Incoming
from duplistat.services.reports.record import Recorded
from duplistat.services.writes import prepare


def take_in_ping(
    request: Request,
    ctx: Context,
    place: Place,
    ping: Ping,
    *,
    endpoint: str,
    by: str,
    body: bytes | None = None,
) -> Recorded:
    """Record a ping, once it is safe on disk; `by` is whose words it came in. `body` is what it says beside them, None
    for what the request has.

    Raises DuplistatError: not_found for a job that was deleted meanwhile; too_many without a token.
    """
    now = ctx.now()
    incoming = Incoming(
        account=place.account,
        received_at=now,
        endpoint=endpoint,
        body=read_what_fits(request, ctx.config.intake.max_log_bytes) if body is None else body,
        address=address_of(request, ctx.config.server.trusted_proxies),
        content_type=request.headers.get("Content-Type", ""),
    )
    packed = pack(ctx.db, place, ping, incoming, by=by, max_log_lines=ctx.config.intake.max_log_lines)
    return ctx.writes.submit(prepare(record_ping, ping=packed), rate_limits.token_of(place.bucket, now))


def account_of_ping_key(request: Request, ctx: Context, text: str) -> int:
    """The account of a ping key that is valid. Raises DuplistatError (not_found), which is counted."""
    key = keys.find(ctx.db, text)
    if key is None or key.frozen_at is not None:
        raise unknown(request, ctx)
    now = ctx.now()
    if keys.worth_touching(key, now):
        with contextlib.suppress(WriteFailed):
            ctx.writes.run(keys.touch_ping_key, key=key.id, now=now)
    return key.account_id


def account_of_any_key(request: Request, ctx: Context, text: str = "") -> int | None:
    """The account of an ingest key or a ping key: `text`, else what the request brings as a key. None for a key that is
    not valid, which is counted."""
    text = text or key_of(request)
    if not text:
        return None
    now = ctx.now()
    try:
        found = api_keys.find(ctx.db, text, now)
    except DuplistatError:
        with contextlib.suppress(DuplistatError):
            return account_of_ping_key(request, ctx, text)
        return None
    try:
        api_keys.require(found, Scope.INGEST)
    except DuplistatError:
        return None
    address = address_of(request, ctx.config.server.trusted_proxies)
    if api_keys.worth_touching(found, address, now):
        with contextlib.suppress(WriteFailed):
            ctx.writes.run(api_keys.touch_key, key=found.id, address=address, now=now)
    return found.account_id


def unknown(request: Request, ctx: Context) -> DuplistatError:
    """What to answer where no job is pinged: not_found, however often, so that clients do not try again for ever. It
    counts as a wrong key."""
    with contextlib.suppress(DuplistatError):
        count_wrong(ctx, address_of(request, ctx.config.server.trusted_proxies), ctx.now())
    return DuplistatError(Kind.NOT_FOUND, NOT_FOUND)
