"""gatus' external endpoints: POST /api/v1/endpoints/<key>/external. The wire page is other-pings.md, section 6."""

import re

from flask import Blueprint, Response, request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.ping import Kind as PingKind
from duplistat.core.ping import Ping, duration_ms
from duplistat.http.answers import WIRE, refused
from duplistat.http.context import context
from duplistat.http.ping_intake import account_of_any_key, take_in_ping
from duplistat.services.pings import find
from duplistat.services.pings.find import AmbiguousSlug
from duplistat.services.reports import pings

BY = "gatus"
# Go's durations, such as 1m30.5s.
_DURATION = re.compile(
    r"[+-]?(?:0|(?:(?:\d{1,12}\.?\d{0,9}|\.\d{1,9})(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h)){1,6})"
)
_PART = re.compile(r"([\d.]+)([a-z\u00b5\u03bc]+)")
_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "\u03bcs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}

bp = Blueprint("gatus", __name__)


@bp.post("/api/v1/endpoints/<name:key>/external")
def external(key: str) -> Response:
    """A run of the job of that key, `<server>_<job>` in gatus' spelling, succeeded or failed. 200 without a body."""
    ctx, success = context(), request.args.get("success", "")
    if success not in ("true", "false"):
        raise DuplistatError(Kind.INVALID, "missing or invalid success query parameter")
    took = _duration(request.args.get("duration", ""))
    account = _account()
    place = find.by_gatus_key(ctx.db, ctx.config.limits, account, key)
    kind = PingKind.SUCCESS if success == "true" else PingKind.FAIL
    ping = Ping(kind, duration_ms=took, message=request.args.get("error", ""))
    take_in_ping(request, ctx, place, ping, endpoint=pings.GATUS, by=BY)
    return Response(status=200, content_type="text/plain; charset=utf-8")


def _account() -> int:
    """The account of the token: an ingest key or a ping key. Raises DuplistatError (unauthorized)."""
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        raise DuplistatError(Kind.UNAUTHORIZED, "invalid Authorization header")
    token = header.removeprefix("Bearer ").strip()
    if not token:
        raise DuplistatError(Kind.UNAUTHORIZED, "bearer token must not be empty")
    account = account_of_any_key(request, context(), token)
    if account is None:
        raise DuplistatError(Kind.UNAUTHORIZED, "invalid token")
    return account


def _duration(text: str) -> int | None:
    """A duration of Go's in ms; None for none. Raises DuplistatError (invalid)."""
    if not text:
        return None
    if not _DURATION.fullmatch(text):
        raise DuplistatError(Kind.INVALID, f"invalid duration: {text[:50]}")
    try:
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    except ValueError:
        raise DuplistatError(Kind.INVALID, f"invalid duration: {text[:50]}") from None
    return duration_ms(0 if text.startswith("-") else seconds)


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error in gatus' words, as text."""
    status = 409 if isinstance(error, AmbiguousSlug) else WIRE[error.kind][1]
    text = "not found" if error.kind is Kind.NOT_FOUND else error.message
    return refused(Response(text, status=status, content_type="text/plain; charset=utf-8"), error, "Bearer")
