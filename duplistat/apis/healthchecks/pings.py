"""/ping/…: a job began, ended, failed or logs something; by any method. The wire page is healthchecks.md, section 5."""

from flask import Blueprint, Response, request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.ping import Ping, ping_of
from duplistat.core.pings import is_name, is_slug, uuid_of
from duplistat.http.answers import WIRE, refused
from duplistat.http.context import Context, context
from duplistat.http.ping_intake import account_of_ping_key, take_in_ping, unknown
from duplistat.services.pings import find
from duplistat.services.pings.find import AmbiguousSlug, Place
from duplistat.services.reports import pings

BY = "healthchecks"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What a client that asks is told to send at most: the tail of a log is enough to read it. What is longer is taken, too.
BODY_LIMIT = 100_000
OK, NOT_FOUND, BAD_FORMAT, AMBIGUOUS = "OK", "not found", "invalid url format", "ambiguous slug"
_ANY: dict[str, object] = {"methods": METHODS, "provide_automatic_options": False}

bp = Blueprint("healthchecks_pings", __name__)


@bp.route("/ping/<first>", **_ANY)
@bp.route("/ping/<first>/<second>", **_ANY)
@bp.route("/ping/<first>/<second>/<third>", **_ANY)
def ping(first: str, second: str = "", third: str = "") -> Response:
    """By UUID, `/ping/<uuid>[/<what>]`, or by name, `/ping/<key>/<slug>[/<what>]`. 200 OK, whatever it did."""
    ctx = context()
    if uuid_of(first) and not third and (_told(second) or second.isdecimal()):
        place, told = _by_uuid(ctx, first), _told(second)
    else:
        place, told = _by_slug(ctx, first, second), _told(third)
    if told is None:
        raise DuplistatError(Kind.INVALID if (third or second).isdecimal() else Kind.NOT_FOUND, BAD_FORMAT)
    take_in_ping(request, ctx, place, told, endpoint=pings.HEALTHCHECKS, by=BY)
    return _said(OK, 200)


def _told(word: str) -> Ping | None:
    """What the last part of the address says; an id of a run that is none is as good as no id."""
    return ping_of(word.lower(), request.args.get("rid", ""))


def _by_uuid(ctx: Context, text: str) -> Place:
    try:
        return find.by_uuid(ctx.db, ctx.config.limits, text, ctx.now())
    except DuplistatError:
        raise unknown(request, ctx) from None


def _by_slug(ctx: Context, key: str, slug: str) -> Place:
    if not is_name(key) or not slug:
        raise unknown(request, ctx)
    account = account_of_ping_key(request, ctx, key)
    if not is_slug(slug):
        raise DuplistatError(Kind.INVALID, BAD_FORMAT)
    return find.by_slug(
        ctx.db,
        ctx.config.limits,
        account,
        slug,
        server=request.args.get("server", ""),
        create=request.args.get("create") == "1",
    )


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error in Healthchecks' words."""
    if isinstance(error, AmbiguousSlug):
        return _said(AMBIGUOUS, 409)
    if error.kind is Kind.NOT_FOUND:
        return _said(NOT_FOUND, 404)
    text = BAD_FORMAT if error.kind is Kind.INVALID else error.message
    return refused(_said(text, WIRE[error.kind][1]), error)


def _said(text: str, status: int) -> Response:
    response = Response(text, status=status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
    if status == 200:
        response.headers["Ping-Body-Limit"] = str(BODY_LIMIT)
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


# Where no route is.
ERRORS = {"/ping/": say, "/ping": say}
