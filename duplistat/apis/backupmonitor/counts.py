"""GET /api/integration/counts: how many jobs are in which state, for displays and scripts."""

from flask import Blueprint, Response, request

from duplistat.core.status import Status
from duplistat.http.answers import answer
from duplistat.http.caller import caller_of
from duplistat.http.context import context
from duplistat.services.access.api_keys import Scope
from duplistat.store import jobs

bp = Blueprint("counts", __name__)

# A job's tally by the word that is used here.
KEYS = {
    "success": "successCount",
    "failed": "errorCount",
    "warning": "warningCount",
    "other": "otherCount",
}


@bp.get("/api/integration/counts")
def counts() -> Response:
    """Active jobs by their latest known result; a job without any counts as other."""
    ctx = context()
    caller = caller_of(request, ctx, Scope.READ, always_key=True)
    content = dict.fromkeys(KEYS.values(), 0)
    for status, count in jobs.active_by_status(ctx.db, caller.sees, ctx.now()):
        content[KEYS[Status(status).tally if status else "other"]] += count
    return answer(content)
