"""GET /api/v1/evidence: what was expected of backups and what came, a job at a time."""

from flask import Response, request, stream_with_context

from duplistat.apis.native import parameters
from duplistat.apis.native.answers import CACHING
from duplistat.apis.native.parameters import EvidenceQuery
from duplistat.apis.native.reads import bp
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import ENGLISH
from duplistat.http.caller import caller_of
from duplistat.http.context import context
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts import evidence_file
from duplistat.services.alerts.evidence import read_evidence
from duplistat.store import accounts

# What is told of without a begin.
USUAL_MS = 30 * 86_400_000


@bp.get("/api/v1/evidence")
def evidence() -> Response:
    ctx = context()
    caller = caller_of(request, ctx, Scope.READ, always_key=True)
    asked = parameters.read(EvidenceQuery, request.args)
    wanted = caller.account if asked.account is None else asked.account
    account = accounts.seen(ctx.db, caller.sees, wanted)
    if account is None:
        raise DuplistatError(Kind.INVALID, "account: there is no such account", field="account")
    end = ctx.now() if asked.end is None else asked.end
    found = read_evidence(
        ctx.db,
        accounts.visible(ctx.db, account.id),
        ctx.schedule_defaults,
        account=account.name,
        begin=max(0, end - USUAL_MS) if asked.begin is None else asked.begin,
        end=end,
        now=ctx.now(),
    )
    zone = ctx.schedule_defaults.zone
    made = evidence_file.pieces(ctx.config, found, "json", say=ENGLISH, zone=zone, address="")
    response = Response(stream_with_context(made), mimetype=evidence_file.TYPES["json"])
    response.headers["Cache-Control"] = CACHING
    return response
