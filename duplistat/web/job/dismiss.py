"""POST /jobs/…/dismiss: somebody knows of a verification or a restore that failed, and it is settled."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.verdict import Proof
from duplistat.http.context import context
from duplistat.services.jobs.dismiss import dismiss_failure
from duplistat.services.jobs.verdicts import stands
from duplistat.services.people.identity import Role
from duplistat.store import jobs
from duplistat.web.access import needs, signature, viewer
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done


@needs(Role.OPERATOR)
def dismiss(number: int) -> ResponseReturnValue:
    """Dismiss the failed `proof` whose run began `at` (ms): what the page showed, and nothing that failed since.

    Raises DuplistatError: not_found, or invalid.
    """
    ctx = context()
    job = jobs.by_id(ctx.db, viewer().sees, number)
    if job is None:
        raise DuplistatError(Kind.NOT_FOUND, "Job not found")
    proof, at = request.form.get("proof", ""), request.form.get("at", "")
    if proof not in list(Proof):
        raise DuplistatError(Kind.INVALID, f"proof has to be one of {', '.join(Proof)}")
    if not (at.isascii() and at.isdecimal() and len(at) <= 15):
        raise DuplistatError(Kind.INVALID, "at has to be a time in milliseconds")
    page = url_for("web.job", number=job.id)
    if stands(job, Proof(proof)):
        try:
            ctx.writes.run(dismiss_failure, job=job.id, proofs=[proof], at=int(at), **signature())
        except DuplistatError as e:
            if e.kind is not Kind.INVALID:
                raise
            return done(page, _("Not dismissed: a later one has failed since."))
    # Whoever sent it twice, or after somebody else, has what they wanted.
    said = {
        Proof.VERIFICATION: _("Failed verification dismissed. The next failure is shown again."),
        Proof.RESTORE: _("Failed restore dismissed. The next failure is shown again."),
    }
    return done(page, said[Proof(proof)])
