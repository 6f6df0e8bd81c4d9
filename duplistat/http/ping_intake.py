"""A ping: its body is kept and read, and what it tells is recorded, before it is answered."""

import contextlib

from flask import Request

from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.core.ping import Ping
from duplistat.http.caller import address_of, count_wrong, valid_key
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
    account = _of_ping_key(ctx, text)
    if account is None:
        raise unknown(request, ctx)
    return account


def account_of_any_key(request: Request, ctx: Context, text: str) -> int | None:
    """The account of a ping key or of an ingest key. None for a key that is not valid, which is counted.

    Raises DuplistatError: too_many for an address that tried too many keys.
    """
    account, now = _of_ping_key(ctx, text), ctx.now()
    if account is not None:
        return account
    address = address_of(request, ctx.config.server.trusted_proxies)
    try:
        key = valid_key(ctx, text, address, now)
        api_keys.require(key, Scope.INGEST)
    except DuplistatError as e:
        if e.kind is Kind.TOO_MANY:
            raise
        return None
    if api_keys.worth_touching(key, address, now):
        with contextlib.suppress(WriteFailed):
            ctx.writes.run(api_keys.touch_key, key=key.id, address=address, now=now)
    return key.account_id


def _of_ping_key(ctx: Context, text: str) -> int | None:
    """The account of a ping key, whose use is noted; None for what is none that is valid."""
    key, now = keys.find(ctx.db, text), ctx.now()
    if key is None or key.suspended_at is not None:
        return None
    if keys.worth_touching(key, now):
        with contextlib.suppress(WriteFailed):
            ctx.writes.run(keys.touch_ping_key, key=key.id, now=now)
    return key.account_id


def unknown(request: Request, ctx: Context) -> DuplistatError:
    """What to answer where no job is pinged: not_found, however often, so that clients do not try again for ever. It
    counts as a wrong key."""
    with contextlib.suppress(DuplistatError):
        count_wrong(ctx, address_of(request, ctx.config.server.trusted_proxies), ctx.now())
    return DuplistatError(Kind.NOT_FOUND, NOT_FOUND)
