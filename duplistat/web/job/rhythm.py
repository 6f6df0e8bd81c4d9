"""POST /jobs/…/rhythm: a schedule by one tap, for a job of which none is known."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.schedule_text import parse_schedule, write_schedule
from duplistat.core.times import from_ms
from duplistat.http.context import context
from duplistat.services.jobs.settings import JobChanges, set_job
from duplistat.services.people.identity import Role
from duplistat.store.jobs import Job
from duplistat.web import redirects
from duplistat.web.access import local_target, needs, signature
from duplistat.web.job.page import find
from duplistat.web.language import gettext as _
from duplistat.web.parts.labels import full_name

DAILY, WEEKLY, MANUAL = "daily", "weekly", "manual"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@needs(Role.OPERATOR)
def set_rhythm(number: int) -> ResponseReturnValue:
    """Set `rhythm` (daily, weekly, manual) as the schedule, at the time of its latest run.

    Raises DuplistatError: not_found, or invalid.
    """
    found, rhythm = find(number), request.form.get("rhythm", "")
    text = schedule_of(rhythm, found.job, found.zone)
    if not text:
        raise DuplistatError(Kind.INVALID, f"rhythm must be one of {DAILY}, {WEEKLY}, {MANUAL}")
    changes: JobChanges = {
        "schedule": write_schedule(parse_schedule(text)),
        "schedule_zone": None if rhythm == MANUAL else found.zone.key,
    }
    context().writes.run(set_job, job=found.job.id, changes=changes, **signature())
    target = local_target(request.form.get("next", "") or url_for("web.job", number=number))
    called = {"job": full_name(found.server, found.job), "schedule": text, "zone": found.zone.key}
    if rhythm == MANUAL:
        return redirects.done(target, _("%(job)s is a manual job: it is never overdue.") % called)
    return redirects.done(target, _("%(job)s is expected %(schedule)s (%(zone)s).") % called)


def schedule_of(rhythm: str, job: Job, zone: ZoneInfo) -> str:
    """The schedule as a person would type it, "" for no rhythm that is known: by the quarter of an hour before its
    latest run began, as a run that is early counts as well."""
    if rhythm == MANUAL:
        return "unplanned"
    latest = from_ms(job.last_order if job.last_order is not None else job.created_at).astimezone(zone)
    at = latest - timedelta(minutes=latest.minute % 15)
    return {DAILY: f"daily {at:%H:%M}", WEEKLY: f"{_DAYS[at.weekday()]} {at:%H:%M}"}.get(rhythm, "")
