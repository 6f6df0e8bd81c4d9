"""How often an address may ask for what costs a password's hash or a mail, or tells which e-mails are taken."""

from flask import Request

from duplistat.core.bucket import Token, refusal
from duplistat.http.caller import address_of
from duplistat.http.context import Context
from duplistat.services.access import rate_limits
from duplistat.services.writes import prepare


def token_of(request: Request, context: Context) -> Token | None:
    """The token of this address that a write takes with it. Raises DuplistatError (too_many) when there is none."""
    address = address_of(request, context.config.server.trusted_proxies)
    bucket, now = rate_limits.for_people(address), context.now()
    # Asked before a password is hashed.
    wait = rate_limits.wait_for(context.db, bucket, now)
    if wait:
        raise refusal(bucket.limit, wait)
    return rate_limits.token_of(bucket, now)


def take_token(request: Request, context: Context) -> None:
    """Take one by itself: a change that is refused takes none with it. Raises DuplistatError (too_many)."""
    context.writes.submit(prepare(rate_limits.take_token), token_of(request, context))
