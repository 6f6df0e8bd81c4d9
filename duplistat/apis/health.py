"""GET /api/health, /api/ping, /metrics: whether the server itself is well, and what it measures."""

from typing import Any

from flask import Blueprint, Response, request
from prometheus_client.exposition import choose_encoder

from duplistat import __version__
from duplistat.core.causes import WORDS, Cause
from duplistat.core.errors import DuplistatError
from duplistat.http.answers import answer, error_answer, iso
from duplistat.http.caller import caller_of
from duplistat.http.context import Context, context
from duplistat.services.access.api_keys import Scope
from duplistat.services.maintenance import scheduled_backups
from duplistat.services.maintenance.scheduled_backups import OwnBackups
from duplistat.services.monitoring import alert_health
from duplistat.services.monitoring import metrics as monitoring_metrics
from duplistat.services.monitoring.alert_health import AlertHealth
from duplistat.services.monitoring.self_check import vitals
from duplistat.store import scheduler_lease
from duplistat.store.causes import cause_on
from duplistat.store.database import UNUSABLE
from duplistat.store.scheduler_lease import LEASE
from duplistat.store.write_health import Failing

bp = Blueprint("health", __name__)
bp.register_error_handler(DuplistatError, error_answer)
# Where no route is.
ERRORS = {"/metrics": error_answer}


@bp.get("/api/health")
def health() -> Response:
    """JSON for people and probes, 503 when something is down; metrics for Prometheus, by its Accept header."""
    ctx = context()
    # Whoever asks wants to know how it is now: nothing is waited for.
    with ctx.db.waiting(0, brief=True):
        return _health(ctx)


def _health(ctx: Context) -> Response:
    try:
        caller = caller_of(request, ctx, Scope.READ)
        if _is_prometheus(request.headers.get("Accept", "")):
            return _exposition(ctx, caller.sees)
        lease = scheduler_lease.lease(ctx.db, LEASE)
        backed_up = scheduled_backups.look(ctx.db, ctx.config.backup, ctx.now())
        alerts = alert_health.look(ctx.db, ctx.now())
        return _verdict(ctx, "", lease, ctx.writes.failing(), backed_up, alerts)
    except UNUSABLE as e:
        ctx.db.drop_connections()
        cause = cause_on(e, ctx.db.file) or Cause.REFUSED
        ctx.writes.health.tell(cause, f"the database cannot be read: {WORDS[cause]}", e)
        return _verdict(ctx, "the database cannot be read", None, Failing(cause, ctx.now()))


@bp.get("/api/ping")
def ping() -> Response:
    """That the process answers; the database is not asked."""
    return answer({"ok": True})


@bp.get("/metrics")
def metrics() -> Response:
    """The same metrics, for everyone else."""
    ctx = context()
    return _exposition(ctx, caller_of(request, ctx, Scope.READ).sees)


def _verdict(
    ctx: Context,
    problem: str,
    lease: scheduler_lease.Lease | None,
    failing: Failing | None,
    backed_up: OwnBackups | None = None,
    alerts: AlertHealth | None = None,
) -> Response:
    now = ctx.now()
    found = vitals(ctx.config, lease, now, problem=problem, failing=failing)
    content: dict[str, Any] = {
        "status": "unhealthy" if found.problem else "healthy",
        "database": "disconnected" if problem else "connected",
        "scheduler": "running" if found.ticks else "stopped",
        "schedulerLastTick": iso(found.ticked_at),
        "version": __version__,
        "timestamp": iso(now),
    }
    if backed_up is not None and backed_up.warned:
        # No 503: a restart, or taking this server out of a pool, would not help.
        content["backup"] = {"lastAt": iso(backed_up.last_at), "warning": str(backed_up.warning)}
    if alerts is not None:
        content["alerts"] = {
            "working": not alerts.late,
            "warning": str(alerts.late[0]) if alerts.late else "",
            "brokenChannels": len(alerts.broken),
        }
    if found.problem:
        content["reason"] = found.problem
    if failing:
        content["cause"] = WORDS[failing.cause]
    return answer(content, 503 if found.problem else 200)


def _is_prometheus(accept: str) -> bool:
    wanted = accept.replace(" ", "").lower()
    if "openmetrics" in wanted or "text/plain;version=" in wanted:
        return True
    return wanted.startswith("text/plain") and "json" not in wanted


def _exposition(ctx: Context, sees: tuple[int, ...]) -> Response:
    """All metrics, in the format and the encoding that the request prefers."""
    encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
    families = monitoring_metrics.Measures(
        ctx.db,
        sees,
        ctx.now(),
        ctx.schedule_defaults,
        ctx.config.api.metrics_jobs,
        ctx.writes.failing(),
        scheduled_backups.look(ctx.db, ctx.config.backup, ctx.now()),
    )
    response = Response(encoder(families), content_type=content_type)
    response.vary.add("Accept")
    return response
