"""POST /api/upload: a report of any kind comes in."""

from flask import Blueprint, Response, request

from duplistat.core.errors import DuplistatError, Kind, Unrecognised
from duplistat.http.answers import answer, error_answer
from duplistat.http.body import decoded, read_body
from duplistat.http.caller import Caller, caller_of, query_without_key
from duplistat.http.context import Context, context
from duplistat.services import intake
from duplistat.services.keys import Scope

bp = Blueprint("upload", __name__)

RECORDED = "Backup data uploaded successfully"
REPEATED = "Backup data already recorded"


# Duplicati can be told to use another verb (--send-http-verb).
@bp.route("/api/upload", methods=["POST", "PUT"])
def upload() -> Response:
    """Record a report, and answer when it is safe on disk.

    200 with the ids of run and server; the same ids and `"duplicate":true` for a repeat. A body that is no
    report is kept and answered with 400.
    """
    ctx = context()
    caller = caller_of(request, ctx, Scope.INGEST)
    limit = ctx.config.intake.max_body_bytes
    received = read_body(request, limit)
    try:
        body = decoded(request, received, limit)
    except DuplistatError as e:
        if e.kind is Kind.INVALID:
            _keep(ctx, _incoming(ctx, caller, received), e)
        raise
    incoming = _incoming(ctx, caller, body)
    try:
        parsed = intake.read(
            body,
            content_type=incoming.content_type,
            address=caller.address,
            names=request.args if request.query_string else {},
            max_log_lines=ctx.config.intake.max_log_lines,
        )
    except Unrecognised as e:
        _keep(ctx, incoming, e)
        return error_answer(e)
    parcel = intake.pack(incoming, parsed)
    done = ctx.writes.call(parcel.operation, parcel.arguments, parcel.blobs)
    content = {
        "status": "success",
        "message": REPEATED if done["duplicate"] else RECORDED,
        "data": {"backupId": done["run"], "serverId": done["server"]},
        "success": True,
    }
    if done["duplicate"]:
        content["duplicate"] = True
    return answer(content)


def _incoming(ctx: Context, caller: Caller, body: bytes) -> intake.Incoming:
    return intake.Incoming(
        account=caller.account,
        received_at=ctx.now(),
        endpoint=request.path,
        body=body,
        address=caller.address,
        query=query_without_key(request.args, request.query_string.decode("latin-1")),
        content_type=request.headers.get("Content-Type", ""),
    )


def _keep(ctx: Context, incoming: intake.Incoming, error: DuplistatError) -> None:
    problems = "; ".join(f"{p.field}: {p.problem}" for p in error.problems)
    parcel = intake.pack_unread(incoming, problems or error.message)
    ctx.writes.call(parcel.operation, parcel.arguments, parcel.blobs)
