"""POST /oauth2/token and /oauth2/revoke: a client gets an access token for its secret, and gives it back."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request

from duplistat.core.bucket import refusal
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.caller import address_of
from duplistat.http.context import context
from duplistat.services.access import rate_limits
from duplistat.services.writes import prepare

if TYPE_CHECKING:
    from duplistat.apis.intronis.server import Tokens

bp = Blueprint("oauth2", __name__)

# A form of a few short words.
MOST_BYTES = 16 << 10
_KEY = "duplistat-oauth2"


@bp.post("/oauth2/token")
def token() -> Response:
    """An access token, as Authlib words it; 401 for a client that is not known, 429 after too many of those."""
    return _answer("token")


@bp.post("/oauth2/revoke")
def revoke() -> Response:
    """Refuse one of the client's own tokens from now on. 200 also for one that is not known."""
    return _answer("revocation")


def _answer(endpoint: str) -> Response:
    """Raises DuplistatError: too_many, for an address that tried too many wrong secrets; too_large."""
    request.max_content_length = MOST_BYTES
    if len(request.get_data()) == MOST_BYTES:
        # A body that did not tell its length is cut off there.
        raise DuplistatError(Kind.TOO_LARGE, "The body is too large")
    ctx = context()
    address = address_of(request, ctx.config.server.trusted_proxies)
    bucket, now = rate_limits.for_wrong_keys(ctx.config.limits, address), ctx.now()
    wait = rate_limits.wait_for(ctx.db, bucket, now)
    if bucket is not None and wait:
        raise refusal(bucket.limit, wait)
    response: Response = (
        _tokens().create_token_response()
        if endpoint == "token"
        else _tokens().create_endpoint_response(endpoint)
    )
    if response.status_code == 401 and bucket is not None:
        ctx.writes.submit(prepare(rate_limits.take_token), rate_limits.token_of(bucket, now))
    return response


def _tokens() -> "Tokens":
    """Authlib's server of this app. Loaded when it is first asked for: most installations never do."""
    made: dict[str, Any] = current_app.extensions
    if _KEY not in made:
        from duplistat.apis.intronis.server import Tokens

        made[_KEY] = Tokens()
    found: Tokens = made[_KEY]
    return found
