"""GET /deliveries/…: one request as it was received, as its bytes and as a page."""

from flask import Response, render_template

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.store import deliveries
from duplistat.store.deliveries import Delivery
from duplistat.web.access import needs, viewer
from duplistat.web.formatting import Reader, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.states import outcome_words
from duplistat.web.run.readable import readable


@needs(Role.OPERATOR)
def delivery(number: int) -> Response:
    """The body as a file of plain text: it is never shown as a page, whatever its sender called it.

    Raises DuplistatError (not_found) for a delivery that is not there to be seen.
    """
    found = _find(number)
    response = Response(deliveries.body_of(context().db, found.id), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="delivery-{found.id}.txt"'
    return response


@needs(Role.OPERATOR)
def delivery_view(number: int) -> str:
    """Its beginning to be read, and what is known of it. Raises DuplistatError as `delivery` does."""
    ctx, found = context(), _find(number)
    text, more = readable(deliveries.body_of(ctx.db, found.id), found.content_type)
    return render_template(
        "delivery.html",
        delivery=found,
        outcome=became(found),
        text=text,
        more=more,
        reader=Reader(ctx.now(), ctx.schedule_defaults.zone),
    )


def became(found: Delivery) -> str:
    """What became of it, in words."""
    outcome = outcome_words().get(found.outcome, found.outcome)
    if not found.format:
        return outcome
    return _("%(outcome)s as %(format)s") % {"outcome": outcome, "format": visible(found.format)}


def _find(number: int) -> Delivery:
    found = deliveries.get(context().db, number)
    if found is None or found.account_id not in viewer().sees:
        raise DuplistatError(Kind.NOT_FOUND, "Report not found or deleted by retention")
    return found
