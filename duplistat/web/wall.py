"""/wall/{token}: how all jobs of an account are, for a screen on a wall. By a link of its own, without signing in.

It names jobs and says since when something is wrong, and nothing that reports brought.
"""

from collections import Counter

from flask import Response, g, make_response, render_template

from duplistat.http.context import context
from duplistat.services.access.wall_links import find, note_use
from duplistat.services.monitoring.overview_version import overview_snapshot
from duplistat.services.people.identity import Role
from duplistat.store import accounts, jobs, servers
from duplistat.web.access import Viewer
from duplistat.web.formatting import Reader, visible
from duplistat.web.overview.page import cases
from duplistat.web.parts.health_counts import headline, icon, tally, title
from duplistat.web.parts.judged import judge, worst
from duplistat.web.parts.labels import labels_of

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
    known = [server for server in servers.visible(ctx.db, sees) if server.archived_at is None]
    labels = labels_of(known)
    everything = judge((job for job in jobs.visible(ctx.db, sees) if job.server_id in labels), now)
    awake = [one for one in everything if not one.job.snoozed(now)]
    counts = Counter(one.state for one in awake)
    named, more = cases(awake, labels, {}, ctx.schedule_defaults, now, quoted=False)
    shown = named[:MOST_NAMED]
    page = render_template(
        "wall.html",
        name=visible(link.name),
        headline=headline(counts, len(everything)),
        title=title(counts, len(everything)),
        icon=icon(counts),
        worst=worst(awake),
        counts=tally(counts),
        problems=shown,
        more=more + len(named) - len(shown),
        reported_at=overview_snapshot(ctx.db, sees, now, ctx.schedule_defaults.zone).marks.received_at,
        reader=Reader(now, ctx.schedule_defaults.zone),
    )
    response = make_response(page)
    # The address is the key: it is told to nobody, and what it shows is kept by nobody.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
