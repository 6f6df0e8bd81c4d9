"""/api/v1/schedules: when all jobs are expected, as JSON and CSV; and a file of them, tried or set."""

from collections.abc import Sequence

from flask import Response, request

from duplistat.apis.native import bodies, cursors, parameters
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import CACHING, answered
from duplistat.apis.native.changes import changing
from duplistat.apis.native.parameters import Query, ScheduleQuery
from duplistat.apis.native.reads import bp, reader
from duplistat.apis.native.schedule_models import (
    JobSchedule,
    ScheduleChange,
    ScheduleFile,
    ScheduleImport,
    ScheduleList,
    ScheduleProblem,
    ScheduleSettings,
)
from duplistat.core.expectation import Expected, Source, why
from duplistat.core.times import from_ms, iso_ms
from duplistat.http.context import Context
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts.job_silences import own_ends
from duplistat.services.jobs.state import is_paused, rhythm_of
from duplistat.services.monitoring.explanations import following
from duplistat.services.monitoring.schedule_changes import AT_ONCE, apply_schedules, set_schedules, to_set
from duplistat.services.monitoring.schedule_import import MOST_FORM, SILENCED, Planned, plan, read_lines
from duplistat.services.monitoring.schedule_table import (
    ScheduleRow,
    alerts_of,
    schedule_rows,
    schedules_csv,
    watched,
)
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import job_lists, servers
from duplistat.store.jobs import Job


@bp.get("/api/v1/schedules")
def schedule_list() -> Response:
    ctx, sees = reader()
    asked = parameters.read(ScheduleQuery, request.args)
    now = ctx.now()
    found, end = job_lists.page(
        ctx.db,
        sees,
        job_lists.Filter(asked.server),
        fits=lambda job: job.archived_at is None,
        after=asked.cursor or 0,
        limit=asked.limit,
    )
    homes = servers.by_ids(ctx.db, {job.server_id for job in found})
    # A server that was deleted in between is no longer there.
    known = [job for job in found if job.server_id in homes]
    rows = schedule_rows(ctx.db, homes, known, ctx.schedule_defaults, now)
    page = ScheduleList(schedules=[_schedule(row, sees, now) for row in rows], next_cursor=cursors.write(end))
    return answered(request, page)


@bp.get("/api/v1/schedules.csv")
def schedule_file() -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)
    now = ctx.now()
    homes, known = watched(ctx.db, sees)
    rows = schedule_rows(ctx.db, homes, known, ctx.schedule_defaults, now)
    response = Response(schedules_csv(rows, sees, now), mimetype="text/csv")
    response.headers["Cache-Control"] = CACHING
    return response


@changes.post("/api/v1/schedules/import")
def import_schedules() -> Response:
    c = changing(Scope.JOBS_WRITE)
    sent, body = bodies.read(request, ScheduleFile, most=MOST_FORM)
    sees, now = c.sees, c.ctx.now()
    _homes, known = watched(c.ctx.db, sees)
    ends = own_ends(c.ctx.db, known, sees, now)
    lines = read_lines(sent.csv.encode())
    planned = plan(lines, {job.id: job for job in known}, ends, c.ctx.schedule_defaults, now)
    if Scope.ALERTS_WRITE not in c.caller.may:
        planned = [_silence_refused(one) if one.silence != one.silenced else one for one in planned]
    wanted = [] if sent.dry_run else to_set(planned)

    def make() -> WriteCommand[list[int]]:
        return prepare(set_schedules, wanted=wanted[:AT_ONCE], sees=[*sees], **c.signature())

    def answer(left: list[int]) -> ScheduleImport:
        more = apply_schedules(c.ctx.writes, wanted[AT_ONCE:], sees, c.signature())
        return _import(c.ctx, planned, dry_run=sent.dry_run, left=left + more.left)

    return c.carry_out(body, make, answer)


def _silence_refused(planned: Planned) -> Planned:
    """A line that changes a silence, of a key that may not: it is wrong, and the others hold."""
    lacking = f"{SILENCED}: to set or end a silence, this API key lacks the scope {Scope.ALERTS_WRITE}"
    return Planned(planned.line, planned.job, problem=lacking)


def _schedule(row: ScheduleRow, sees: tuple[int, ...], now: int) -> JobSchedule:
    job = row.job
    expected, overdue = _times(row.next)
    return JobSchedule(
        id=job.id,
        job=job.label,
        server_id=row.server.id,
        server=row.server.label,
        settings=_settings(job, row.own_end(sees), now),
        source=Source(job.source),
        text=why(row.rhythm, Source(job.source)),
        expected_at=expected,
        overdue_at=overdue,
        rules=[rule.name for rule in row.rules if rule.account_id in sees],
        alerts=alerts_of(row, now),
    )


def _import(ctx: Context, planned: Sequence[Planned], *, dry_run: bool, left: list[int]) -> ScheduleImport:
    changed = [_change(ctx, one, one.job, one.would) for one in planned if one.job and one.would]
    problems = [
        ScheduleProblem(line=one.line, job_id=one.job.id if one.job else None, problem=str(one.problem))
        for one in planned
        if one.problem
    ]
    return ScheduleImport(
        dry_run=dry_run,
        changes=changed,
        problems=problems,
        unchanged=len(planned) - len(changed) - len(problems),
        left_ids=left,
    )


def _change(ctx: Context, planned: Planned, job: Job, would: Job) -> ScheduleChange:
    now = ctx.now()
    expected, overdue = _times(
        next(iter(following(would, rhythm_of(would, ctx.schedule_defaults), now, 1)), None)
    )
    return ScheduleChange(
        line=planned.line,
        job_id=job.id,
        before=_settings(job, planned.silenced, now),
        after=_settings(would, planned.silence, now),
        expected_at=expected,
        overdue_at=overdue,
    )


def _settings(job: Job, silenced: int | None, now: int) -> ScheduleSettings:
    return ScheduleSettings(
        schedule=job.schedule,
        zone=job.schedule_zone if job.schedule else None,
        grace_ms=job.grace_ms,
        paused=is_paused(job, now),
        silenced_until=iso_ms(from_ms(silenced)),
    )


def _times(expected: Expected | None) -> tuple[str | None, str | None]:
    if expected is None or expected.at is None or expected.due is None:
        return None, None
    return iso_ms(expected.at), iso_ms(expected.due)
