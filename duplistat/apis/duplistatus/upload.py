"""POST /api/upload, or /upload: a report of any kind comes in."""

from typing import Any, cast

from flask import Blueprint, Request, Response, request
from werkzeug.local import LocalProxy

from duplistat.core.bucket import Token
from duplistat.http.answers import JSON_HEADERS, answer, body_of
from duplistat.http.caller import Caller, caller_of
from duplistat.http.context import Context, context
from duplistat.http.report_intake import incoming_of, recording_in, take_in
from duplistat.services.access import rate_limits
from duplistat.services.access.api_keys import Scope
from duplistat.services.access.rate_limits import Bucket
from duplistat.services.reports.record import Recorded
from duplistat.services.writes import WriteCommand

bp = Blueprint("upload", __name__)

RECORDED = "Backup data uploaded successfully"
REPEATED = "Backup data already recorded"
ADDRESSES = ("/api/upload", "/upload")
# Headers of requests that need more than the writer: a key is looked up, and a coding undone.
_FOR_A_THREAD = ("HTTP_X_API_KEY", "HTTP_AUTHORIZATION", "HTTP_CONTENT_ENCODING")


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
    return answer(_said(take_in(asked, ctx, caller, _bucket(ctx, caller))))


def at_once(asked: Request, ctx: Context, body: bytes) -> tuple[WriteCommand[Recorded], Token | None] | None:
    """The command of an upload that needs nothing of the database before, and the token that it takes.

    For whoever answers it without a thread, and so must not wait. None for one that `upload` has to look at: with a
    key, a query or an encoding. Raises DuplistatError for what is refused, of which nothing is kept yet.
    """
    environ = asked.environ
    if (
        ctx.config.api.require_key
        or environ["REQUEST_METHOD"] != "POST"
        or environ["PATH_INFO"] not in ADDRESSES
        or environ["QUERY_STRING"]
        or any(header in environ for header in _FOR_A_THREAD)
        or len(body) > ctx.config.intake.max_body_bytes
    ):
        return None
    caller = caller_of(asked, ctx, Scope.INGEST)
    incoming = incoming_of(asked, ctx, caller, body)
    command = recording_in(incoming, ctx)
    return command, rate_limits.token_of(_bucket(ctx, caller), incoming.received_at)


def said_at_once(done: Recorded) -> tuple[list[tuple[str, str]], bytes]:
    """The headers and the body of the answer of `upload`."""
    body = body_of(_said(done)).body
    kind, *others = JSON_HEADERS
    return [kind, ("Content-Length", str(len(body))), *others], body


def _bucket(ctx: Context, caller: Caller) -> Bucket | None:
    bucket = rate_limits.for_upload(ctx.config.limits, caller.key, caller.address)
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
