"""POST /api/ingest/…: scripts tell how a run ended, or that something happened."""

from flask import Blueprint, Response, request

from duplistat.http.answers import answer
from duplistat.http.caller import caller_of
from duplistat.http.context import context
from duplistat.http.report_intake import take_in
from duplistat.services.access import rate_limits
from duplistat.services.access.api_keys import Scope
from duplistat.services.reports import intake
from duplistat.services.reports.record import Recorded

bp = Blueprint("ingest", __name__)


@bp.post(intake.INGEST_BACKUP)
def backup() -> Response:
    """Record the result of a run. 201 with the ids of run, server and job; the same ones for a repeat."""
    done = _taken_in()
    ids = {"backupId": done["run"], "serverId": done["server"], "jobId": done["job"]}
    return answer({"status": "success", "message": "Backup entry recorded", "data": ids}, 201)


@bp.post(intake.INGEST_NOTIFICATION)
def notification() -> Response:
    """Record an event. 201 with its id; the same one for a repeat."""
    done = _taken_in()
    ids = {"notificationId": done["event"]}
    return answer({"status": "success", "message": "Notification recorded", "data": ids}, 201)


def _taken_in() -> Recorded:
    ctx = context()
    caller = caller_of(request, ctx, Scope.INGEST, always_key=True)
    bucket = rate_limits.for_ingest(ctx.config.limits, caller.key) if caller.key is not None else None
    return take_in(request, ctx, caller, bucket)
