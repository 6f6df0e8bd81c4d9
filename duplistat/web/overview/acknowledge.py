"""POST /jobs/…/acknowledge: what is known of a job needs nobody for some hours. Its state stays what it is."""

from flask import request
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts.acknowledge import HOUR_MS, MOST_HOURS
from duplistat.services.jobs.settings import set_job
from duplistat.services.jobs.state import zone_of
from duplistat.services.people.identity import Role
from duplistat.store import jobs, servers
from duplistat.web.access import local_target, needs, signature, viewer
from duplistat.web.formatting import Reader
from duplistat.web.language import gettext as _
from duplistat.web.parts.labels import full_name
from duplistat.web.redirects import done
from duplistat.web.timed import written


@needs(Role.OPERATOR)
def acknowledge_job(number: int) -> ResponseReturnValue:
    """Acknowledge how a job is until some `hours` from now, or take that back (0).

    Its problem is acknowledged with it. Raises DuplistatError: not_found, or invalid.
    """
    ctx = context()
    job = jobs.by_id(ctx.db, viewer().sees, number)
    if job is None:
        raise DuplistatError(Kind.NOT_FOUND, "Job not found")
    hours = request.form.get("hours", "")
    if not (hours.isascii() and hours.isdecimal() and len(hours) <= 3 and int(hours) <= MOST_HOURS):
        raise DuplistatError(Kind.INVALID, f"hours has to be a number from 0 to {MOST_HOURS}")
    now = ctx.now()
    until = now + int(hours) * HOUR_MS if int(hours) else None
    context().writes.run(set_job, job=job.id, changes={"snoozed_until": until}, **signature())
    home = servers.by_id(ctx.db, viewer().sees, job.server_id)
    called = {"job": full_name(home, job)}
    said = _("%(job)s is no longer acknowledged.") % called
    if until is not None:
        when = written(until, Reader(now, zone_of(job, ctx.schedule_defaults)))
        said = _("%(job)s is acknowledged until %(when)s (ends early if the status changes).") % (
            called | {"when": when}
        )
    return done(local_target(request.form.get("next", "")), said)
