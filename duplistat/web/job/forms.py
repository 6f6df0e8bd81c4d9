"""The forms of a job's page: what stands in them at first, and what was typed as changes of the job."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from duplistat.core.schedule import to_utc
from duplistat.core.text import capital
from duplistat.core.times import from_ms, to_ms
from duplistat.services.jobs.settings import (
    AUTOMATIC,
    JobChanges,
    grace_of,
    minutes_of,
    schedule_changes,
)
from duplistat.store.jobs import Job
from duplistat.web.form import Form
from duplistat.web.language import gettext as _
from duplistat.web.language import translated

SCHEDULE, PAUSE, WINDOW, WORDS = "schedule", "pause", "window", "words"
NAMES = (SCHEDULE, PAUSE, WINDOW, WORDS)


def initial(job: Job, note: str, zone: ZoneInfo, scheduled: ZoneInfo) -> dict[str, Form]:
    """Each form with what is so now; times as in `zone`, and a first schedule in the zone `scheduled`."""
    return {
        SCHEDULE: Form(
            {
                "schedule": job.schedule or "",
                "zone": (job.schedule_zone or "") if job.schedule else scheduled.key,
                "grace": minutes_of(job.grace_ms),
            }
        ),
        PAUSE: Form({}),
        WINDOW: Form(
            {
                "maintenance_from": wall(job.maintenance_from, zone),
                "maintenance_until": wall(job.maintenance_until, zone),
            }
        ),
        WORDS: Form({"alias": job.alias or "", "tags": ", ".join(json.loads(job.tags)), "notes": note}),
    }


def schedule(form: Form, job: Job, now: int) -> JobChanges:
    """The changes of schedule, zone and grace; what is wrong is noted in the form."""
    typed, zone = form.text("schedule") or AUTOMATIC, form.zone("zone")
    changes: JobChanges = {}
    if not form.wrong:
        try:
            # An empty field is the server's own zone, and not the one that was there before.
            changes = schedule_changes(typed, zone, job, now)
        except ValueError as e:
            form.wrong["schedule"] = _sentence(translated(e.args[0]))
    changes["grace_ms"] = grace(form)
    return changes


def pause(form: Form, zone: ZoneInfo) -> JobChanges:
    """The changes of a pause: until a time (of the form's clock, else of `zone`), or without an end where none was
    given."""
    zone = form.clock() or zone
    until = moment(form, "until", zone)
    return {"paused": True, "paused_until": until}


def window(form: Form, zone: ZoneInfo) -> JobChanges:
    """The changes of the maintenance window; none where both times are empty. Clocks as in `pause`."""
    zone = form.clock() or zone
    return {
        "maintenance_from": moment(form, "maintenance_from", zone),
        "maintenance_until": moment(form, "maintenance_until", zone),
    }


def words(form: Form) -> JobChanges:
    """The changes of alias, tags and notes."""
    return {
        "alias": form.text("alias"),
        "tags": [tag for tag in form.typed("tags").split(",") if tag.strip()],
        "notes": form.typed("notes"),
    }


def grace(form: Form) -> int | None:
    try:
        return grace_of(form.typed("grace"))
    except ValueError as e:
        form.wrong["grace"] = _sentence(translated(e.args[0]))
        return None


def moment(form: Form, name: str, zone: ZoneInfo) -> int | None:
    """A date and time of day by the clock of `zone`, in ms; None for nothing."""
    typed = form.typed(name).strip()
    if not typed:
        return None
    try:
        wall = datetime.fromisoformat(typed)
        if wall.tzinfo is None:
            return to_ms(to_utc(wall, zone))
    except (ValueError, OverflowError):
        pass
    form.wrong[name] = _("A date and a time such as 2027-01-31T20:00.")
    return None


def wall(at: int | None, zone: ZoneInfo) -> str:
    """A time (ms) as browsers want it in a field, by the clock of `zone`; "" for none."""
    return "" if at is None else f"{from_ms(at).astimezone(zone):%Y-%m-%dT%H:%M}"


def _sentence(text: str) -> str:
    return f"{capital(text)}."
