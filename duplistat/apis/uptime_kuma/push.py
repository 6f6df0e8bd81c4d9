"""/api/push/<token>: a job is up or down; by any method. The wire page is uptime-kuma.md."""

import json
import re

from flask import Blueprint, Response, request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.ping import Kind as PingKind
from duplistat.core.ping import Ping, duration_ms
from duplistat.core.pings import is_name
from duplistat.http.answers import WIRE, refused
from duplistat.http.context import context
from duplistat.http.ping_intake import take_in_ping, unknown
from duplistat.services.pings import find
from duplistat.services.reports import pings
from duplistat.store import ping_starts

BY = "uptime-kuma"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
GONE = "Monitor not found or not active."
# What borgmatic says when it begins, in the dress of a success.
STARTED = "start"
# What JavaScript's parseFloat reads of a text.
_FLOAT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")

bp = Blueprint("uptime_kuma_push", __name__)


@bp.route("/api/push/<token>", methods=METHODS, provide_automatic_options=False)
def push(token: str) -> Response:
    """A beat of a push monitor: {"ok": true}, or 404 where there is none."""
    ctx = context()
    if not is_name(token):
        raise unknown(request, ctx)
    try:
        place = find.by_token(ctx.db, ctx.config.limits, token, ctx.now())
    except DuplistatError:
        raise unknown(request, ctx) from None
    known = ping_starts.counts(ctx.db, [place.job] if place.job is not None else [])
    timed = all(count.timed for count in known.values())
    take_in_ping(request, ctx, place, _ping(timed), endpoint=pings.UPTIME_KUMA, by=BY, body=b"")
    return _said({"ok": True}, 200)


def _ping(timed: bool) -> Ping:
    """What the query says. Anything but up, once, is down; `timed`: a ping above zero is how long the run took, ms."""
    status, message = request.args.getlist("status"), request.args.get("msg", "").strip()
    up = status in ([], [""], ["up"])
    text = _FLOAT.match(request.args.get("ping", ""))
    took = duration_ms(min(float(text[1]), 1e15) / 1000) if text else None
    if up and message.lower() == STARTED and took is None:
        return Ping(PingKind.START)
    kind = PingKind.SUCCESS if up else PingKind.FAIL
    return Ping(kind, duration_ms=took if timed else None, message=message)


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error in Uptime Kuma's words: 404 whatever is wrong, but for what is worth to be tried again."""
    passing = error.kind in (Kind.TOO_MANY, Kind.UNAVAILABLE, Kind.INTERNAL)
    text = error.message if passing else GONE
    return refused(_said({"ok": False, "msg": text}, WIRE[error.kind][1] if passing else 404), error)


def _said(content: dict[str, object], status: int) -> Response:
    return Response(
        json.dumps(content, separators=(",", ":")),
        status=status,
        content_type="application/json; charset=utf-8",
    )


# Where no route is.
ERRORS = {"/api/push/": say, "/api/push": say}
