"""POST /api/upload, or /upload: a report of any kind comes in."""

from typing import cast

from flask import Blueprint, Request, Response, request
from werkzeug.local import LocalProxy

from duplistat.http.answers import answer
from duplistat.http.caller import caller_of
from duplistat.http.context import context
from duplistat.http.report_intake import take_in
from duplistat.services.access import rate_limits
from duplistat.services.access.api_keys import Scope

bp = Blueprint("upload", __name__)

RECORDED = "Backup data uploaded successfully"
REPEATED = "Backup data already recorded"


# Duplicati can be told to use another verb (--send-http-verb). Senders that were set up long ago use the older address.
@bp.route("/upload", methods=["POST", "PUT"])
@bp.route("/api/upload", methods=["POST", "PUT"])
def upload() -> Response:
    """Record a report, and answer when it is safe on disk.

    200 with the ids of run and server; the same ids and `"duplicate":true` for a repeat. A body that is no
    report is kept and answered with 400.
    """
    # Each look at Flask's `request` asks which one that is, and so takes longer than to find a header in it.
    asked = cast("LocalProxy[Request]", request)._get_current_object()
    ctx = context()
    caller = caller_of(asked, ctx, Scope.INGEST, or_secret=True)
    bucket = rate_limits.for_upload(ctx.config.limits, caller.key, caller.address)
    done = take_in(asked, ctx, caller, ctx.low_volume.unless_few(bucket, ctx.now()))
    content = {
        "status": "success",
        "message": REPEATED if done["duplicate"] else RECORDED,
        "data": {"backupId": done["run"], "serverId": done["server"]},
        "success": True,
    }
    if done["duplicate"]:
        content["duplicate"] = True
    return answer(content)
