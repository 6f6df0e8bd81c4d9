"""GET /b/<2|3>/<code>.<svg|json|shields>: a badge, for whoever has its address."""

import json

from flask import Blueprint, Response

from duplistat.core.badges import as_json, as_shields, as_svg
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import WIRE, refused
from duplistat.http.context import context
from duplistat.services.pings import badges

bp = Blueprint("healthchecks_badges", __name__)


@bp.get("/b/<int:states>/<code>.<format>")
def badge(states: int, code: str, format: str) -> Response:
    """How its jobs are, in two states or in three. 404 for one that was revoked, and for what was none."""
    ctx = context()
    found = badges.find(ctx.db, code) if states in (2, 3) and format in ("svg", "json", "shields") else None
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "not found")
    tally = badges.tally(ctx.db, found, ctx.now())
    word = tally.word(states)
    if format == "svg":
        return Response(as_svg(found.label, word), content_type="image/svg+xml")
    content = as_json(tally, states) if format == "json" else as_shields(found.label, word)
    return Response(json.dumps(content, ensure_ascii=False), content_type="application/json")


@bp.after_request
def allow(response: Response) -> Response:
    """Shown anywhere, and never kept: it is of the moment."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
    return response


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error without a body, but for what helps."""
    return refused(Response(status=WIRE[error.kind][1], content_type="text/plain; charset=utf-8"), error)


# Where no route is.
ERRORS = {"/b/": say}
