"""GET /runs: all runs, newest first, or those of one server; chosen by result, operation and day."""

from typing import Any, NamedTuple

from flask import render_template, request, url_for

from duplistat.http.context import context
from duplistat.store import job_lists
from duplistat.store.job_lists import Place
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, number_in, visible
from duplistat.web.parts import run_history
from duplistat.web.parts.found_server import find
from duplistat.web.parts.history import Entry


class Line(NamedTuple):
    """A run with the names of its server and job."""

    run: Entry
    server: int
    server_name: str
    job_name: str


def run_list() -> str:
    """The page. `?server=`, `?status=`, `?operation=` and `?day=` choose, `?before=` goes on.

    Its statements are the same few for one run and for millions. Raises DuplistatError: not_found for a server that is
    not there to be seen, invalid for what cannot be chosen.
    """
    ctx, sees, zone = context(), viewer().sees, context().schedule_defaults.zone
    wanted = request.args.get("server")
    server = find(number_in(wanted)) if wanted else None
    history = run_history.read(ctx.db, sees, zone, request.args, server=server.id if server else None)
    places = job_lists.places(ctx.db, {entry.job for entry in history.entries})
    chosen: dict[str, Any] = history.chosen | ({"server": str(server.id)} if server else {})
    return render_template(
        "runs.html",
        server=server,
        server_label=visible(server.label) if server else "",
        lines=[_line(entry, places[entry.job]) for entry in history.entries if entry.job in places],
        history=history,
        everything=url_for("web.run_list", server=server.id if server else None),
        newest=url_for("web.run_list", **chosen) if history.before else "",
        older=url_for("web.run_list", **chosen, before=history.older) if history.older else "",
        reader=Reader(ctx.now(), zone),
    )


def _line(entry: Entry, place: Place) -> Line:
    return Line(entry, place.server, visible(place.server_alias or place.server_name), visible(place.name))
