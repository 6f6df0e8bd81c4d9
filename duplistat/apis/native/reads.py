"""GET /api/v1/…: servers, jobs, runs, logs and events, for those accounts that the key sees."""

import json

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from duplistat.apis.native import cursors, parameters, run_shapes, shapes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.expectation_shapes import expectation_of
from duplistat.apis.native.job_shapes import job_of
from duplistat.apis.native.models import JobList, ServerList
from duplistat.apis.native.parameters import EventQuery, JobQuery, LogQuery, Query, RunQuery, ServerQuery
from duplistat.apis.native.run_models import EventList, Log, RunList
from duplistat.apis.native.server_shapes import server_of
from duplistat.apis.native.values import MAX_ID
from duplistat.core.encoding import parameters as parameters_in
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.health import health_of
from duplistat.http.caller import Caller, caller_of
from duplistat.http.context import Context, context
from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.state import facts_of
from duplistat.services.servers import lookup
from duplistat.store import events, job_lists, jobs, runs, servers

bp = Blueprint("native", __name__)

ID = f"<int(max={MAX_ID}):id>"
Sees = tuple[int, ...]


@bp.get("/api/v1/servers")
def server_list() -> Response:
    ctx, sees = reader()
    asked = parameters.read(ServerQuery, MultiDict(parameters_in(request.query_string)))
    names = lookup.spellings(asked.name) if asked.name else ()
    found, end = servers.page(ctx.db, sees, names=names, after=asked.cursor or 0, limit=asked.limit)
    page = ServerList(servers=shapes.servers_of(ctx, found), next_cursor=cursors.write(end))
    return answered(request, page)


@bp.get(f"/api/v1/servers/{ID}")
def server(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)
    return one(request, ctx.db, "server", id, lambda: server_of(ctx, sees, id))


@bp.get("/api/v1/jobs")
def job_list() -> Response:
    ctx, sees = reader()
    asked = parameters.read(JobQuery, request.args)
    now = ctx.now()

    def fits(job: jobs.Job) -> bool:
        return (asked.health is None or health_of(facts_of(job), now) is asked.health) and (
            asked.tag is None or asked.tag in json.loads(job.tags)
        )

    found, end = job_lists.page(
        ctx.db,
        sees,
        job_lists.Filter(
            asked.server, asked.status or "", None if asked.paused is None else asked.paused == "true", now
        ),
        fits=fits if asked.health or asked.tag else None,
        after=asked.cursor or 0,
        limit=asked.limit,
    )
    page = JobList(jobs=shapes.jobs_of(ctx, found, now), next_cursor=cursors.write(end))
    return answered(request, page)


@bp.get(f"/api/v1/jobs/{ID}")
def job(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)
    return one(request, ctx.db, "job", id, lambda: job_of(ctx, sees, id))


@bp.get(f"/api/v1/jobs/{ID}/expectation")
def job_expectation(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)
    row = jobs.by_id(ctx.db, sees, id)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such job")
    return answered(request, expectation_of(ctx.db, row, ctx.schedule_defaults, ctx.now()))


@bp.get("/api/v1/runs")
def run_list() -> Response:
    ctx, sees = reader()
    asked = parameters.read(RunQuery, request.args)
    wanted = runs.Filter(
        asked.server, asked.job, asked.status or "", asked.operation or "", asked.since, asked.until
    )
    found, end = runs.page(ctx.db, sees, wanted, before=asked.cursor, limit=asked.limit)
    page = RunList(runs=run_shapes.runs_of(ctx.db, found), next_cursor=cursors.write(end))
    return answered(request, page)


@bp.get(f"/api/v1/runs/{ID}")
def run(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)
    found = run_shapes.run_of(ctx.db, _run(ctx, sees, id))
    if found is None:
        raise _no_run()
    return answered(request, found)


@bp.get(f"/api/v1/runs/{ID}/log")
def run_log(id: int) -> Response:
    ctx, sees = reader()
    asked = parameters.read(LogQuery, request.args)
    found = _run(ctx, sees, id)
    stored = runs.log_of(ctx.db, found.id) if found.log_lines else []
    lines, end = run_shapes.lines_of(stored, (asked.level or "").lower(), asked.cursor or 0, asked.limit)
    return answered(request, Log(lines=lines, next_cursor=cursors.write(end)))


@bp.get("/api/v1/events")
def event_list() -> Response:
    ctx, sees = reader()
    asked = parameters.read(EventQuery, request.args)
    wanted = events.Filter(asked.server, asked.type or "", asked.severity or "", asked.since, asked.until)
    found, end = events.page(ctx.db, sees, wanted, before=asked.cursor, limit=asked.limit)
    page = EventList(events=run_shapes.events_of(ctx.db, found), next_cursor=cursors.write(end))
    return answered(request, page)


@bp.get(f"/api/v1/events/{ID}")
def event(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)
    row = events.by_id(ctx.db, sees, id)
    found = run_shapes.event_of(ctx.db, row) if row else None
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such event")
    return answered(request, found)


def reader() -> tuple[Context, Sees]:
    """Whoever asks with a key that may read, and the accounts that it sees."""
    ctx, caller = caller_who(Scope.READ)
    return ctx, caller.sees


def caller_who(scope: Scope) -> tuple[Context, Caller]:
    """Whoever asks with a key of a scope. Raises DuplistatError: unauthorized, forbidden, too_many."""
    ctx = context()
    return ctx, caller_of(request, ctx, scope, always_key=True)


def _run(ctx: Context, sees: Sees, id: int) -> runs.Run:
    found = runs.by_id(ctx.db, sees, id)
    if found is None:
        raise _no_run()
    return found


def _no_run() -> DuplistatError:
    return DuplistatError(Kind.NOT_FOUND, "There is no such run, or it is past its days and deleted")
