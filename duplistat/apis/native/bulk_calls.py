"""Changes of /api/v1/jobs: of several jobs at once."""

from collections.abc import Sequence

from flask import Response, request

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_writes import bp
from duplistat.apis.native.bulk_models import JobsChanged, JobsChanges, NotChanged, SomeJobs
from duplistat.apis.native.changes import Changing, changing
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import unpacked
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts.acknowledge import HOUR_MS
from duplistat.services.jobs.bulk import BulkChanges, Refused, set_jobs
from duplistat.services.jobs.settings import AUTOMATIC, JobChanges, require_schedule
from duplistat.services.writes import WriteCommand, prepare

# Fields of the body of which one at least has to be there.
_NOTHING = "say what changes: paused, acknowledge_hours, add_tags, remove_tags, schedule or grace_ms"


@bp.patch("/api/v1/jobs")
def change_jobs() -> Response:
    c = changing(Scope.JOBS_WRITE)
    sent, body = bodies.read(request, JobsChanges)
    return _carry_out(c, body, sent.ids, _wanted(c, sent))


@bp.post("/api/v1/jobs/archive")
def archive_jobs() -> Response:
    return _archive(archived=True)


@bp.post("/api/v1/jobs/bring-back")
def bring_jobs_back() -> Response:
    return _archive(archived=False)


def _archive(*, archived: bool) -> Response:
    c = changing(Scope.JOBS_ADMIN)
    sent, body = bodies.read(request, SomeJobs)
    return _carry_out(c, body, sent.ids, {"changes": {"archived": archived}})


def _carry_out(c: Changing, body: bytes, ids: Sequence[int], changes: BulkChanges) -> Response:
    """Change jobs; the answer is what became of it."""

    def make() -> WriteCommand[list[Refused]]:
        return prepare(set_jobs, jobs=[*ids], sees=[*c.sees], changes=changes, **c.signature())

    def answer(refused: list[Refused]) -> JobsChanged:
        why = {one["job"]: str(unpacked(one["text"])) for one in refused}
        # Each once, in the order in which they were sent.
        known = [*dict.fromkeys(ids)]
        return JobsChanged(
            changed=[id for id in known if id not in why],
            failed=[NotChanged(id=id, problem=why[id]) for id in known if id in why],
        )

    return c.carry_out(body, make, answer)


def _wanted(c: Changing, sent: JobsChanges) -> BulkChanges:
    """What the body asks for. Raises DuplistatError (invalid)."""
    given, same = sent.model_fields_set, JobChanges()
    wanted = BulkChanges()
    if "paused" in given:
        same["paused"] = sent.paused
    if "paused_until" in given:
        if not sent.paused:
            raise DuplistatError(Kind.INVALID, "is the end of a pause: set paused", field="paused_until")
        same["paused_until"] = sent.paused_until
    if "acknowledge_hours" in given:
        if "paused" in given:
            raise DuplistatError(
                Kind.INVALID, "ends with a pause: acknowledge later", field="acknowledge_hours"
            )
        hours = sent.acknowledge_hours
        same["snoozed_until"] = c.ctx.now() + hours * HOUR_MS if hours else None
    if "grace_ms" in given:
        same["grace_ms"] = sent.grace_ms
    if "add_tags" in given:
        wanted["add_tags"] = sent.add_tags
    if "remove_tags" in given:
        wanted["remove_tags"] = sent.remove_tags
    if "schedule" in given:
        wanted["schedule"], wanted["zone"] = sent.schedule or AUTOMATIC, sent.zone or ""
        require_schedule(wanted["schedule"], wanted["zone"])
    elif "zone" in given:
        raise DuplistatError(Kind.INVALID, "a zone is set with a schedule", field="zone")
    if same:
        wanted["changes"] = same
    if not wanted:
        raise DuplistatError(Kind.INVALID, _NOTHING)
    return wanted
