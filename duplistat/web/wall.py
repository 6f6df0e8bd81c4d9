"""/wall/{token}: how all jobs of an account are, for a screen on a wall. By a link of its own, without signing in.

It names jobs and says since when something is wrong, and nothing that reports brought.
"""

from flask import Response, g, make_response, render_template

from duplistat.http.context import context
from duplistat.services.access.wall_links import find, note_use
from duplistat.services.people.identity import Role
from duplistat.store import accounts
from duplistat.web.access import Viewer
from duplistat.web.formatting import Reader, visible
from duplistat.web.overview.summary import summary

# What fits a screen that is read from across a room.
MOST_NAMED = 10


def wall(token: str) -> Response:
    """The page. Its queries are the same few for one job and for thousands. Raises DuplistatError (not_found)."""
    ctx = context()
    now = ctx.now()
    link = find(ctx.db, token)
    note_use(ctx.writes, link, now)
    sees = accounts.visible(ctx.db, link.account_id)
    g.viewer = Viewer(link.account_id, sees, Role.VIEWER, None)
    page = render_template(
        "wall.html",
        name=visible(link.name),
        **summary(ctx, sees, now, MOST_NAMED)._asdict(),
        reader=Reader(now, ctx.schedule_defaults.zone),
    )
    response = make_response(page)
    # The address is the key: it is told to nobody, and what it shows is kept by nobody.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
