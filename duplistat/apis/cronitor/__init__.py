"""/p/…: Cronitor's telemetry, by a ping key and a monitor, or by a push token. The wire page is other-pings.md."""

import re

from flask import Blueprint, Response, request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.ping import Kind as PingKind
from duplistat.core.ping import Ping, duration_ms
from duplistat.core.pings import is_name, slug_of
from duplistat.core.text import clean
from duplistat.http.answers import WIRE, refused
from duplistat.http.context import Context, context
from duplistat.http.ping_intake import account_of_ping_key, take_in_ping, unknown
from duplistat.services.pings import find
from duplistat.services.pings.find import AmbiguousSlug, Place
from duplistat.services.reports import pings

BY = "cronitor"
METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS")
STATES = {
    "run": PingKind.START,
    "complete": PingKind.SUCCESS,
    "fail": PingKind.FAIL,
    "ok": PingKind.SUCCESS,
    "tick": PingKind.SUCCESS,
}
RID_CHARS = 64
_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)
_ANY: dict[str, object] = {"methods": METHODS, "provide_automatic_options": False}

bp = Blueprint("cronitor", __name__)


@bp.route("/p/<first>", **_ANY)
@bp.route("/p/<first>/<second>", **_ANY)
@bp.route("/p/<first>/<second>/<state>", **_ANY)
def ping(first: str, second: str = "", state: str = "") -> Response:
    """`/p/<ping key>/<monitor>[/<state>]`, or `/p/<push token>[/<state>]`; the state may stand in the query. 200 OK."""
    ctx = context()
    place, state = _place(ctx, first, second, state)
    told = _ping(state or request.args.get("state", ""))
    take_in_ping(request, ctx, place, told, endpoint=pings.CRONITOR, by=BY)
    return Response("OK", content_type="text/plain; charset=utf-8")


def _place(ctx: Context, first: str, second: str, state: str) -> tuple[Place, str]:
    """Where it goes, and its state as far as the path has it."""
    if not is_name(first):
        raise unknown(request, ctx)
    if not state and second.lower() in ("", *STATES):
        try:
            return find.by_token(ctx.db, ctx.config.limits, first, ctx.now()), second
        except DuplistatError:
            if not second:
                raise unknown(request, ctx) from None
    account = account_of_ping_key(request, ctx, first)
    place = find.by_slug(
        ctx.db,
        ctx.config.limits,
        account,
        slug_of(second),
        server=request.args.get("server", ""),
        create=request.args.get("create") == "1",
    )
    return place, state


def _ping(state: str) -> Ping:
    """What its state and its query say. Without a state it is a heartbeat; one that nobody knows is invalid."""
    kind = STATES.get(state.lower() or "tick")
    if kind is None:
        raise DuplistatError(Kind.INVALID, f"state must be one of {', '.join(STATES)}")
    args = request.args
    seconds, code = args.get("duration", ""), clean(args.get("status_code", "")[:10])
    return Ping(
        kind,
        rid=clean(args.get("series", "")[:RID_CHARS]),
        duration_ms=duration_ms(float(seconds)) if _SECONDS.fullmatch(seconds) else None,
        message=args.get("msg", "") or (f"Exit code {code}" if code else ""),
    )


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error as text: 4xx ends Cronitor's tries at once."""
    status = 409 if isinstance(error, AmbiguousSlug) else WIRE[error.kind][1]
    return refused(Response(error.message, status=status, content_type="text/plain; charset=utf-8"), error)


# Where no route is.
ERRORS = {"/p/": say, "/p": say}
