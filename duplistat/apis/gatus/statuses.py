"""GET /api/v1/endpoints/statuses: our jobs as endpoints of gatus, which its widget on Homepage reads."""

import json

from flask import Blueprint, Response, request

from duplistat.core.badges import Check
from duplistat.core.errors import DuplistatError
from duplistat.core.pings import gatus_key
from duplistat.core.times import from_ms, iso_ms
from duplistat.http.answers import WIRE, refused
from duplistat.http.caller import caller_of
from duplistat.http.context import context
from duplistat.services.access.api_keys import Scope
from duplistat.services.pings.beats import beats_of
from duplistat.services.pings.standing import standing_of
from duplistat.store import jobs, servers

bp = Blueprint("gatus_statuses", __name__)


@bp.get("/api/v1/endpoints/statuses")
def statuses() -> Response:
    """All jobs that the caller sees and that are not paused: a result a day, and how each is now."""
    ctx = context()
    caller, now = caller_of(request, ctx, Scope.READ), ctx.now()
    found = [
        job
        for job in jobs.visible(ctx.db, caller.sees)
        if not job.deleting and standing_of(job, now) is not Check.PAUSED
    ]
    names = {s.id: s.label for s in servers.by_ids(ctx.db, {job.server_id for job in found}).values()}
    content = [
        {
            "name": job.label,
            "group": names[job.server_id],
            "key": gatus_key(names[job.server_id], job.label),
            "results": [
                {"success": beat.good, "timestamp": iso_ms(from_ms(beat.at)), "duration": 0}
                for beat in beats_of(job, now)
            ],
        }
        for job in found
    ]
    response = Response(json.dumps(content, ensure_ascii=False), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error as text, as gatus says it."""
    return refused(
        Response(error.message, status=WIRE[error.kind][1], content_type="text/plain; charset=utf-8"), error
    )
