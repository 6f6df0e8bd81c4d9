"""/offline: what the service worker of a phone keeps, and shows while the server does not answer."""

from flask import Response, g, make_response, render_template

from duplistat.http.context import context
from duplistat.web.access import whoever_is_in
from duplistat.web.formatting import Reader
from duplistat.web.overview.summary import summary

# What is read on a phone before one does something about it.
MOST_NAMED = 20


def offline() -> Response:
    """The overview as it is now, in the words of one that is not connected; without a sign-in those words alone.

    Whoever shows it later shows its time, too. It leads nowhere and names nothing that reports brought.
    """
    ctx = context()
    now, who = ctx.now(), whoever_is_in()
    page = render_template(
        "offline.html",
        known=summary(ctx, who.sees, now, MOST_NAMED) if who else None,
        reader=Reader(now, ctx.schedule_defaults.zone) if who else None,
        said="",
    )
    # What a form did is still to be said, to a person.
    g.flashed = False
    response = make_response(page)
    # Nobody keeps it but the worker, which forgets it at the sign-out.
    response.headers["Cache-Control"] = "no-store"
    return response
