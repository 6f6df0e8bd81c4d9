"""GET /partners….csv: the partner report, in its own words."""

from flask import Response

from duplistat.core.spreadsheet import as_csv
from duplistat.http.context import context
from duplistat.services.accounts.partner_report import ATTRIBUTES, report, zones
from duplistat.services.jobs.counted import tests_among
from duplistat.store import servers
from duplistat.web.partners.found import below


def partners_csv(number: int | None = None) -> Response:
    """The whole report of the jobs that count as CSV, in the order of the partner report. Raises DuplistatError
    (not_found)."""
    ctx, found = context(), below(number)
    ids = tuple(account.id for account in found)
    entries = report(ctx.db, ids, ctx.now(), zones(ctx.db, ids, ctx.schedule_defaults.zone))
    tests = tests_among(servers.visible(ctx.db, ids))
    rows = ([getattr(entry, name) for name in ATTRIBUTES] for entry in entries if entry.server not in tests)
    response = Response(as_csv(ATTRIBUTES, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="backup-status-{found[0].id}.csv"'
    return response
