"""A single job as a shape, with all that people set on it; and what a schedule would mean."""

from datetime import timedelta

from duplistat.apis.native.expectation_models import Expected
from duplistat.apis.native.job_models import JobDetail, JobWindow, Merged, SchedulePreview
from duplistat.apis.native.shapes import jobs_of, time
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.expectation import Source, why
from duplistat.core.times import iso_ms
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import rhythm_of
from duplistat.services.monitoring.explanations import following, overdue_since
from duplistat.services.servers.renamed_jobs import proposals
from duplistat.services.servers.unmerge import KEPT_MS, why_not
from duplistat.store import job_notes, jobs, merges
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.merges import Merge


def job_of(ctx: Context, sees: tuple[int, ...], id: int) -> JobDetail:
    """A job that a caller sees. Seven statements. Raises DuplistatError (not_found)."""
    now, row = ctx.now(), jobs.by_id(ctx.db, sees, id)
    found = jobs_of(ctx, [row], now) if row else []
    if row is None or not found:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such job")
    held = row.snoozed_until is not None and row.snoozed_until > now
    return JobDetail(
        **dict(found[0]),
        notes=job_notes.get(ctx.db, row.id),
        set_zone=row.schedule_zone,
        set_grace_ms=row.grace_ms,
        maintenance=_window(row),
        acknowledged_until=iso(row.snoozed_until) if held else None,
        may_be_ids=_may_be(ctx.db, row),
        joined=[
            merged_of(ctx.db, merge, now)
            for merge in merges.into_job(ctx.db, row.server_id, row.id)
            if merge.state != merges.CLOSED
        ],
    )


def merged_of(db: Database, merge: Merge, now: int, name: str = "") -> Merged:
    """What was merged into something; `name` where that is not what it was called."""
    return Merged.model_validate(
        {
            "merge_id": merge.id,
            "name": name or merge.gone_name,
            "at": time(merge.at),
            "until": time(merge.at + KEPT_MS),
            "state": merge.state,
            "obstacle": str(why_not(db, merge, now)) or None,
        }
    )


def preview_of(own: Job, defaults: ScheduleDefaults, now: int) -> SchedulePreview:
    """What would be expected of a job: see `services.jobs.settings.preview`."""
    rhythm = rhythm_of(own, defaults)
    return SchedulePreview(
        text=why(rhythm, Source(own.source)),
        schedule=own.schedule,
        zone=rhythm.zone.key,
        grace_ms=rhythm.grace // timedelta(milliseconds=1),
        overdue_since=iso(overdue_since(own, now)),
        next=[
            Expected(expected_at=iso_ms(item.at), overdue_at=iso_ms(item.due))
            for item in following(own, rhythm, now)
            if item.at is not None and item.due is not None
        ],
    )


def _window(row: Job) -> JobWindow | None:
    if row.maintenance_from is None or row.maintenance_until is None:
        return None
    window = {"from": time(row.maintenance_from), "until": time(row.maintenance_until)}
    return JobWindow.model_validate(window)


def _may_be(db: Database, row: Job) -> list[int]:
    """The jobs of its server that have its id at the agent, of which one seems to be the other."""
    same = jobs.with_ref(db, row.server_id, row.ref) if row.ref else []
    pairs = [(item.old.id, item.new.id) for item in proposals(db, same)]
    return [other for pair in pairs if row.id in pair for other in pair if other != row.id]
