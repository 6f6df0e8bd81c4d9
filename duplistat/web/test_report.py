"""POST /test-report: a button that sends a report, to see that they arrive; and one that removes what it told of."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.caller import address_of, caller_with
from duplistat.http.context import context
from duplistat.http.report_intake import recording_in
from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.counted import is_test
from duplistat.services.people.identity import Role
from duplistat.services.reports import test_report
from duplistat.services.reports.intake import Incoming
from duplistat.services.servers.deletion import delete_server
from duplistat.web.access import needs, signature, viewer
from duplistat.web.language import gettext as _
from duplistat.web.parts.found_server import find
from duplistat.web.redirects import done


@needs(Role.OPERATOR)
def send_test_report() -> ResponseReturnValue:
    """Take in a test report as one that a client sent: with the key of the form, or for the account of who looks.

    Raises DuplistatError as for any report: unauthorized or forbidden for a key that will not do, unavailable.
    """
    ctx = context()
    address = address_of(request, ctx.config.server.trusted_proxies)
    key, now = request.form.get("key", ""), ctx.now()
    account = caller_with(ctx, key, address, Scope.INGEST).account if key else viewer().account
    body = test_report.body(now)
    sent = Incoming(account, now, test_report.ENDPOINT, body, address, "", "application/json")
    ctx.writes.submit(recording_in(sent, ctx))
    return done(url_for("web.overview"), _("The test report arrived, and was recorded."))


@needs(Role.OPERATOR)
def remove_test_report(number: int) -> ResponseReturnValue:
    """Delete the server that test reports told of. Raises DuplistatError (not_found) for any other."""
    server = find(number)
    if not is_test(server):
        raise DuplistatError(Kind.NOT_FOUND, "Server not found")
    context().writes.run(delete_server, server=server.id, **signature())
    return done(url_for("web.overview"), _("The test report is being removed."))
