"""POST /v1.Backrest/GetSummaryDashboard: our jobs as plans of backrest, which its widget on Homepage reads.

The wire page is other-pings.md, section 7.
"""

from typing import Any

from flask import Blueprint, Response, request

from duplistat.core.badges import Check
from duplistat.core.errors import DuplistatError
from duplistat.core.status import Status
from duplistat.http.answers import answer, error_answer
from duplistat.http.caller import caller_of
from duplistat.http.context import context
from duplistat.services.access.api_keys import Scope
from duplistat.services.pings.standing import is_started, standing_of
from duplistat.store import jobs, recent_runs, servers
from duplistat.store.jobs import Job
from duplistat.store.recent_runs import Outcomes

DAYS_MS = 30 * 86_400_000
_NONE = Outcomes(0, 0, 0)

bp = Blueprint("backrest", __name__)
bp.register_error_handler(DuplistatError, error_answer)


@bp.post("/v1.Backrest/GetSummaryDashboard")
def summary() -> Response:
    """A plan for each job that the caller sees. Numbers are texts, as protobuf writes large ones in JSON."""
    ctx = context()
    caller, now = caller_of(request, ctx, Scope.READ), ctx.now()
    found = [job for job in jobs.visible(ctx.db, caller.sees) if not job.deleting]
    names = {s.id: s.label for s in servers.by_ids(ctx.db, {job.server_id for job in found}).values()}
    known = recent_runs.outcomes(ctx.db, caller.sees, now - DAYS_MS)
    plans = [_plan(job, names[job.server_id], known.get(job.id, _NONE), now) for job in found]
    return answer({"repoSummaries": [], "planSummaries": plans})


def _plan(job: Job, server: str, told: Outcomes, now: int) -> dict[str, Any]:
    return {
        "id": f"{server} / {job.label}",
        "backupsSuccessLast30days": f"{told.good}",
        "backupsFailed30days": f"{told.failed}",
        "bytesAddedLast30days": f"{told.added}",
        "recentBackups": {"status": [_status(job, now)] if job.last_status is not None else []},
    }


def _status(job: Job, now: int) -> str:
    """How it is: a job that is overdue is an error, however its latest run ended."""
    if is_started(job, now):
        return "STATUS_INPROGRESS"
    if standing_of(job, now) is Check.DOWN:
        return "STATUS_ERROR"
    status = Status(job.last_status or Status.UNKNOWN)
    return {Status.SUCCESS: "STATUS_SUCCESS", Status.WARNING: "STATUS_WARNING"}.get(status, "STATUS_UNKNOWN")
