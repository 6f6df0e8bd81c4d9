"""/jobs/…/join and the like: a job that was renamed is joined with what it was, after all two, or never the same."""

import time

from flask import request, url_for
from flask.typing import ResponseReturnValue

from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.servers.merge import carry_on
from duplistat.services.servers.renamed_jobs import join_jobs, keep_jobs_apart, unjoin_jobs
from duplistat.web.access import needs, signature, viewer
from duplistat.web.formatting import number_in, visible
from duplistat.web.job.page import find
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done

# For how long a request goes on with a joining, seconds; what is left then, the scheduler does.
PATIENCE = 3.0


@needs(Role.ADMIN)
def join(number: int) -> ResponseReturnValue:
    """Join the job in the field `other` with this one. Raises DuplistatError."""
    found, other = find(number), find(number_in(request.form.get("other", "")))
    made = context().writes.run(
        join_jobs, into=found.job.id, gone=other.job.id, sees=viewer().sees, **signature()
    )
    said = (
        _("%(name)s was merged into this job.") if _go_on(made) else _("Merging %(name)s in the background.")
    )
    return done(url_for("web.job", number=found.job.id), said % {"name": visible(other.job.label)})


@needs(Role.ADMIN)
def unjoin(number: int) -> ResponseReturnValue:
    """Undo a joining with this job, given by its number in the field `merge`. Raises DuplistatError."""
    found, merge = find(number), number_in(request.form.get("merge", ""))
    undone = context().writes.run(unjoin_jobs, merge=merge, sees=viewer().sees, **signature())
    if _go_on(merge):
        return done(url_for("web.job", number=undone["job"]), _("Merge undone."))
    return done(url_for("web.job", number=found.job.id), _("The merge is being undone in the background."))


@needs(Role.ADMIN)
def keep(number: int) -> ResponseReturnValue:
    """This job and the one in the field `other` are not the same. Raises DuplistatError."""
    found, other = find(number), find(number_in(request.form.get("other", "")))
    context().writes.run(
        keep_jobs_apart, job=found.job.id, other=other.job.id, sees=viewer().sees, **signature()
    )
    return done(url_for("web.job", number=found.job.id), _("The two jobs stay separate."))


def _go_on(merge: int) -> bool:
    """Go on with a joining for a moment; whether it is at its end."""
    ctx, until = context(), time.monotonic() + PATIENCE
    return carry_on(ctx.writes, merge, ctx.now(), lambda: time.monotonic() < until)
