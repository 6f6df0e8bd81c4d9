"""Changes of /api/v1/jobs/…: what operators set, and what only admins do."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import Response, request

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp
from duplistat.apis.native.changes import Changing, Thing, as_json, changing
from duplistat.apis.native.exports import handed_out
from duplistat.apis.native.job_models import (
    AcknowledgeJob,
    Begun,
    DismissFailure,
    GivenWindow,
    JobDetail,
    JobSettings,
    JobSettingsChanges,
    LearnedAsSeen,
    MergeToUndo,
    OtherJob,
    Pause,
)
from duplistat.apis.native.job_shapes import job_of, preview_of
from duplistat.apis.native.reads import ID
from duplistat.apis.native.rule_models import Nothing, Sent
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.explanation import Explanation
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import export as exports
from duplistat.services.alerts.acknowledge import HOUR_MS
from duplistat.services.jobs.deletion import delete_job
from duplistat.services.jobs.dismiss import dismiss_failure
from duplistat.services.jobs.settings import (
    AUTOMATIC,
    JobChanges,
    note_job_export,
    preview,
    require_zone,
    schedule_changes,
    set_job,
)
from duplistat.services.monitoring import explanations
from duplistat.services.servers.merge import carry_on
from duplistat.services.servers.renamed_jobs import join_jobs, keep_jobs_apart, unjoin_jobs
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import jobs
from duplistat.store.jobs import Job

S = TypeVar("S", bound=Sent)

# For how long a request goes on with a merge, seconds; what is left then, the scheduler does.
PATIENCE = 3.0
# What is changed under another name than that of its field.
_WINDOW = {"maintenance_from": "from", "maintenance_until": "until"}
OTHER_BY_NOW = "The learned schedule is another one by now, or there is none: look at it again"


@bp.patch(f"/api/v1/jobs/{ID}")
def change_job(id: int) -> Response:
    return _change(id, Scope.JOBS_WRITE, JobSettingsChanges, _settings)


@bp.post(f"/api/v1/jobs/{ID}/schedule/preview")
def preview_schedule(id: int) -> Response:
    c = changing(Scope.READ)
    sent, _ = bodies.read(request, JobSettings)
    job, ctx = _job(c, id), c.ctx
    c.count()
    own = preview(job, _schedule(c, job, sent), ctx.schedule_defaults, ctx.now())
    return as_json(preview_of(own, ctx.schedule_defaults, ctx.now()))


@bp.post(f"/api/v1/jobs/{ID}/schedule/learned")
def take_over_learned(id: int) -> Response:
    def changes(c: Changing, job: Job, sent: LearnedAsSeen) -> JobChanges:
        explanation = _as_seen(c, job, sent)
        return _there(explanations.take_over(explanation, c.ctx.schedule_defaults))

    return _change(id, Scope.JOBS_WRITE, LearnedAsSeen, changes)


@bp.post(f"/api/v1/jobs/{ID}/schedule/kept")
def keep_schedule(id: int) -> Response:
    def changes(c: Changing, job: Job, sent: LearnedAsSeen) -> JobChanges:
        return _there(explanations.keep(_as_seen(c, job, sent)))

    return _change(id, Scope.JOBS_WRITE, LearnedAsSeen, changes)


@bp.post(f"/api/v1/jobs/{ID}/pause")
def pause_job(id: int) -> Response:
    def changes(c: Changing, job: Job, sent: Pause) -> JobChanges:
        return {"paused": True, "paused_until": sent.until}

    return _change(id, Scope.JOBS_WRITE, Pause, changes, {"paused_until": "until"})


@bp.post(f"/api/v1/jobs/{ID}/resume")
def resume_job(id: int) -> Response:
    return _set(id, Scope.JOBS_WRITE, {"paused": False})


@bp.post(f"/api/v1/jobs/{ID}/maintenance")
def set_window(id: int) -> Response:
    def changes(c: Changing, job: Job, sent: GivenWindow) -> JobChanges:
        return {"maintenance_from": sent.from_, "maintenance_until": sent.until}

    return _change(id, Scope.JOBS_WRITE, GivenWindow, changes, _WINDOW)


@bp.delete(f"/api/v1/jobs/{ID}/maintenance")
def remove_window(id: int) -> Response:
    return _set(id, Scope.JOBS_WRITE, {"maintenance_from": None, "maintenance_until": None})


@bp.post(f"/api/v1/jobs/{ID}/acknowledge")
def acknowledge_job(id: int) -> Response:
    def changes(c: Changing, job: Job, sent: AcknowledgeJob) -> JobChanges:
        return {"snoozed_until": c.ctx.now() + sent.hours * HOUR_MS}

    return _change(id, Scope.JOBS_WRITE, AcknowledgeJob, changes)


@bp.delete(f"/api/v1/jobs/{ID}/acknowledge")
def take_job_acknowledgement_back(id: int) -> Response:
    return _set(id, Scope.JOBS_WRITE, {"snoozed_until": None})


@bp.post(f"/api/v1/jobs/{ID}/dismiss")
def dismiss(id: int) -> Response:
    c = changing(Scope.JOBS_WRITE)
    sent, body = bodies.read(request, DismissFailure)
    return _carry_out(
        c,
        id,
        body,
        lambda: prepare(dismiss_failure, job=id, proofs=[sent.proof], at=sent.at, **c.signature()),
    )


@bp.post(f"/api/v1/jobs/{ID}/archive")
def archive_job(id: int) -> Response:
    return _set(id, Scope.JOBS_ADMIN, {"archived": True})


@bp.post(f"/api/v1/jobs/{ID}/bring-back")
def bring_job_back(id: int) -> Response:
    return _set(id, Scope.JOBS_ADMIN, {"archived": False})


@bp.post(f"/api/v1/jobs/{ID}/join")
def join(id: int) -> Response:
    c = changing(Scope.JOBS_ADMIN)
    sent, body = bodies.read(request, OtherJob)

    def make() -> WriteCommand[int]:
        return prepare(join_jobs, into=id, gone=sent.other_id, sees=c.sees, **c.signature())

    return _carry_out(c, id, body, make, lambda merge: go_on(c, merge))


@bp.post(f"/api/v1/jobs/{ID}/unjoin")
def unjoin(id: int) -> Response:
    c = changing(Scope.JOBS_ADMIN)
    sent, body = bodies.read(request, MergeToUndo)
    return _carry_out(
        c,
        id,
        body,
        lambda: prepare(unjoin_jobs, merge=sent.merge_id, sees=c.sees, **c.signature()),
        lambda _: go_on(c, sent.merge_id),
    )


@bp.post(f"/api/v1/jobs/{ID}/keep")
def keep(id: int) -> Response:
    c = changing(Scope.JOBS_ADMIN)
    sent, body = bodies.read(request, OtherJob)
    return _carry_out(
        c,
        id,
        body,
        lambda: prepare(keep_jobs_apart, job=id, other=sent.other_id, sees=c.sees, **c.signature()),
    )


@bp.delete(f"/api/v1/jobs/{ID}")
def remove_job(id: int) -> Response:
    c = changing(Scope.JOBS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[int]:
        _job(c, id)
        return prepare(delete_job, job=id, **c.signature())

    return c.carry_out(body, make, lambda _: Begun(state="deleting"), 202, of=Thing("job", id))


@bp.post(f"/api/v1/jobs/{ID}/export")
def export_job(id: int) -> Response:
    c = changing(Scope.JOBS_ADMIN)
    bodies.read(request, Nothing)
    job = _job(c, id)
    c.note(prepare(note_job_export, job=id, **c.signature()))
    return handed_out(exports.lines_of_job(c.ctx.db, job.id, job.name, c.ctx.now()), f"job-{id}")


def go_on(c: Changing, merge: int) -> None:
    """Go on with a merge for a moment."""
    until = time.monotonic() + PATIENCE
    carry_on(c.ctx.writes, merge, c.ctx.now(), lambda: time.monotonic() < until)


def _set(id: int, scope: Scope, changes: JobChanges) -> Response:
    return _change(id, scope, Nothing, lambda c, job, sent: changes)


def _change(
    id: int,
    scope: Scope,
    body_of: type[S],
    changes: Callable[[Changing, Job, S], JobChanges],
    fields: Mapping[str, str] | None = None,
) -> Response:
    """Change a job; `fields` are {what is changed: what the body calls it}."""
    c = changing(scope)
    sent, body = bodies.read(request, body_of)
    try:
        return _carry_out(
            c,
            id,
            body,
            lambda: prepare(set_job, job=id, changes=changes(c, _job(c, id), sent), **c.signature()),
        )
    except DuplistatError as e:
        if e.field not in (fields or {}):
            raise
        raise DuplistatError(e.kind, e.message, field=(fields or {})[e.field]) from e


R = TypeVar("R")


def _carry_out(
    c: Changing,
    id: int,
    body: bytes,
    make: Callable[[], WriteCommand[R]],
    afterwards: Callable[[R], object] = lambda _: None,
) -> Response:
    """Make a change of a job, and what goes on after it; the answer is the job as it is then."""

    def seen_first() -> WriteCommand[R]:
        _job(c, id)
        return make()

    def answer(result: R) -> JobDetail:
        afterwards(result)
        return job_of(c.ctx, c.sees, id)

    return c.carry_out(body, seen_first, answer, of=Thing("job", id))


def _job(c: Changing, id: int) -> Job:
    return seen(jobs.by_id, c.ctx.db, c.sees, id, "job")


def _settings(c: Changing, job: Job, sent: JobSettingsChanges) -> JobChanges:
    changes, given = _schedule(c, job, sent), sent.model_fields_set
    if "alias" in given:
        changes["alias"] = sent.alias
    if "tags" in given:
        changes["tags"] = sent.tags
    if "notes" in given:
        changes["notes"] = sent.notes
    return changes


def _schedule(c: Changing, job: Job, sent: JobSettings) -> JobChanges:
    """The changes of schedule, zone and grace. Raises DuplistatError (invalid)."""
    given, changes = sent.model_fields_set, JobChanges()
    if "grace_ms" in given:
        changes["grace_ms"] = sent.grace_ms
    if not given & {"schedule", "zone"}:
        return changes
    require_zone(sent.zone)
    text = (sent.schedule or AUTOMATIC) if "schedule" in given else (job.schedule or AUTOMATIC)
    zone = sent.zone or "" if "zone" in given else None
    try:
        changes |= schedule_changes(text, zone, job, c.ctx.now())
    except ValueError as e:
        raise DuplistatError(Kind.INVALID, str(e), field="schedule") from e
    if changes["schedule"] is None and sent.zone is not None:
        raise DuplistatError(Kind.INVALID, "a zone is set with a schedule", field="zone")
    return changes


def _as_seen(c: Changing, job: Job, sent: LearnedAsSeen) -> Explanation:
    """The explanation of a job, if it still says what the caller saw. Raises DuplistatError (invalid)."""
    ctx = c.ctx
    explanation = explanations.explain_job(ctx.db, job, ctx.schedule_defaults, ctx.now()).explanation
    learned = explanation.evidence
    if (
        learned is None
        or sent.schedule not in (None, learned.text)
        or sent.zone not in (None, learned.zone.key)
    ):
        raise DuplistatError(Kind.INVALID, OTHER_BY_NOW, field="schedule")
    return explanation


def _there(changes: JobChanges | None) -> JobChanges:
    if changes is None:
        raise DuplistatError(Kind.INVALID, OTHER_BY_NOW, field="schedule")
    return changes
