"""POST /api/report: what a backup tool printed, read for the runs that it tells of."""

from typing import Any

from flask import Blueprint, Response, request

from duplistat.core.errors import DuplistatError
from duplistat.core.report import Report
from duplistat.core.status import Status
from duplistat.core.times import iso_ms
from duplistat.http.answers import answer, error_answer
from duplistat.http.caller import caller_of
from duplistat.http.context import context
from duplistat.http.output_intake import take_in_output
from duplistat.services.access import rate_limits
from duplistat.services.access.api_keys import Scope
from duplistat.services.reports import outputs
from duplistat.services.reports.record import Recorded

bp = Blueprint("output", __name__)
bp.register_error_handler(DuplistatError, error_answer)

# How a run ended, in the words of this endpoint; whatever else is unknown.
_WORDS = {
    Status.SUCCESS: "success",
    Status.WARNING: "warning",
    Status.ERROR: "failed",
    Status.FATAL: "failed",
    Status.INTERRUPTED: "interrupted",
}
BEGAN = "The run began: its result is to follow"
_VALUES = {"files": "files", "size": "size", "added": "uploaded"}


@bp.post(outputs.ENDPOINT)
def report() -> Response:
    """Record the runs that an output tells of; with explain=1 say what would be understood, and record nothing."""
    ctx = context()
    caller = caller_of(request, ctx, Scope.INGEST, always_key=True)
    bucket = rate_limits.for_ingest(ctx.config.limits, caller.key) if caller.key is not None else None
    explain = request.args.get("explain", "") not in ("", "0", "false")
    reading, recorded = take_in_output(request, ctx, caller, bucket, explain=explain)
    shapes = [_shape(item) for item in reading.reports]
    data: dict[str, Any] = {"recognised": reading.recognised, "reports": shapes}
    if explain:
        data["stored"] = False
    for shape, done in zip(shapes, recorded, strict=False):
        shape |= _ids(done)
    message = BEGAN if reading.recognised == outputs.STARTED else _message(len(shapes), explain=explain)
    return answer({"status": "success", "message": message, "data": data})


def _shape(report: Report) -> dict[str, Any]:
    """What was understood of a run; times in UTC, sizes in bytes, null for what is not known."""
    return {
        "operation": report.operation,
        "status": _WORDS.get(report.status, "unknown"),
        "dryRun": report.dry_run,
        "server": report.server_name,
        "job": report.job_name,
        "startedAt": iso_ms(report.started),
        "endedAt": iso_ms(report.ended),
        "durationSeconds": None if report.duration_ms is None else report.duration_ms / 1000,
        **{name: getattr(report, field) for name, field in _VALUES.items()},
        "approximate": [name for name in _VALUES if name in report.approximate],
        "message": report.message or None,
    }


def _ids(done: Recorded) -> dict[str, int | None]:
    return {"serverId": done["server"], "jobId": done["job"], "runId": done["run"]}


def _message(number: int, *, explain: bool) -> str:
    if not number:
        return "This tells of no run: nothing is recorded"
    if explain:
        return "This is what would be recorded"
    return "Report recorded" if number == 1 else f"{number} reports recorded"
