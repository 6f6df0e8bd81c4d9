"""GET /deliveries/…: the bytes of one request, as they were received."""

from flask import Response

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.store import accounts, deliveries


def delivery(number: int) -> Response:
    """The body as a file of plain text: it is never shown as a page, whatever its sender called it.

    Raises DuplistatError (not_found) for a delivery that is not there to be seen.
    """
    ctx = context()
    found = deliveries.get(ctx.db, number)
    if found is None or found.account_id not in accounts.visible(ctx.db, ctx.main_account):
        raise DuplistatError(Kind.NOT_FOUND, "There is no such delivery, or it is past its days and deleted")
    response = Response(deliveries.body_of(ctx.db, found.id), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="delivery-{found.id}.txt"'
    return response
