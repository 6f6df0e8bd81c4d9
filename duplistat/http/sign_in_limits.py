"""How often an address may ask for what costs a password's hash or a mail, or tells which e-mails are taken."""

from flask import Request

from duplistat.http.caller import address_of
from duplistat.http.context import Context
from duplistat.services.access import rate_limits


def token_of(request: Request, context: Context) -> dict[str, object]:
    """What makes a change take a token of this address. Raises DuplistatError (too_many) when there is none."""
    address = address_of(request, context.config.server.trusted_proxies)
    bucket, now = rate_limits.for_people(address), context.now()
    # Asked before a password is hashed.
    require({"wait": rate_limits.wait_for(context.db, bucket, now)})
    return rate_limits.argument(bucket, now)


def take_token(request: Request, context: Context) -> None:
    """Take one by itself: a change that is refused takes none with it. Raises DuplistatError (too_many)."""
    require(context.writes.call("take_token", token_of(request, context)))


def require(done: dict[str, int]) -> None:
    """Raises DuplistatError (too_many) when a change answered that there was no token."""
    if done.get("wait"):
        raise rate_limits.too_many(rate_limits.PEOPLE, done["wait"])
