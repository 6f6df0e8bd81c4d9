"""POST /api/upload, or /upload: a report of any kind comes in."""

from typing import Any, cast

from flask import Blueprint, Request, Response, request
from werkzeug.local import LocalProxy

from duplistat.core.bucket import Token
from duplistat.http.answers import answer, body_of
from duplistat.http.caller import caller_of
from duplistat.http.context import Context, context
from duplistat.http.report_intake import recording_in, take_in
from duplistat.services.access import rate_limits
from duplistat.services.access.api_keys import Scope
from duplistat.services.access.rate_limits import Bucket
from duplistat.services.reports.intake import Incoming
from duplistat.services.reports.record import Recorded
from duplistat.services.writes import WriteCommand

bp = Blueprint("upload", __name__)

RECORDED = "Backup data uploaded successfully"
REPEATED = "Backup data already recorded"
ADDRESSES = ("/api/upload", "/upload")


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
    return answer(_said(take_in(asked, ctx, caller, _bucket(ctx, caller.key, caller.address))))


def at_once(
    ctx: Context, path: str, body: bytes, *, address: str, content_type: str
) -> tuple[WriteCommand[Recorded], Token | None] | None:
    """The command of a POST to one of ADDRESSES that needs nothing of the database before, and the token that it takes.

    For whoever answers it without a thread, and so must not wait: without a key, a query or an encoding. None for one
    that `upload` has to look at. Raises DuplistatError for what is refused, of which nothing is kept yet.
    """
    if ctx.config.api.require_key or len(body) > ctx.config.intake.max_body_bytes:
        return None
    incoming = Incoming(ctx.main_account, ctx.now(), path, body, address, "", content_type)
    return recording_in(incoming, ctx), rate_limits.token_of(
        _bucket(ctx, None, address), incoming.received_at
    )


def body_at_once(done: Recorded) -> bytes:
    """The body of the answer of `upload`; its headers are JSON_HEADERS."""
    return body_of(_said(done)).body


def _bucket(ctx: Context, key: int | None, address: str) -> Bucket | None:
    bucket = rate_limits.for_upload(ctx.config.limits, key, address)
    return ctx.low_volume.unless_few(bucket, ctx.now())


def _said(done: Recorded) -> dict[str, Any]:
    content = {
        "status": "success",
        "message": REPEATED if done["duplicate"] else RECORDED,
        "data": {"backupId": done["run"], "serverId": done["server"]},
        "success": True,
    }
    if done["duplicate"]:
        content["duplicate"] = True
    return content
