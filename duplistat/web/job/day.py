"""GET /jobs/…?day=…&part=day: what ran on a day, for the card that static/days.js shows at its square."""

from flask import render_template, url_for

from duplistat.http.context import context
from duplistat.store import runs
from duplistat.store.jobs import Job
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader
from duplistat.web.parts.history import entries
from duplistat.web.parts.run_history import bounds
from duplistat.web.parts.zones import own_zone

SHOWN = 5
# Of a job that runs every five minutes, all.
LOOKED_AT = 300
_WORST_FIRST = {"failed": 0, "warning": 1}


def part_of_day(job: Job, day: str, now: int) -> str:
    """The worst runs of a day, newest first, and a link to all; "" without any. Two statements, whatever the history.

    Days are by the clock of the server, as the squares are. Raises DuplistatError (invalid) for what is no day.
    """
    ctx = context()
    since, until = bounds(day, ctx.schedule_defaults.zone)
    wanted = runs.Filter(job=job.id, since=since, until=until)
    found, end = runs.page(ctx.db, viewer().sees, wanted, limit=LOOKED_AT)
    known = entries(found)
    worst = sorted(known, key=lambda run: _WORST_FIRST.get(run.state, 2))[:SHOWN]
    return render_template(
        "day.html",
        shown=sorted(worst, key=lambda run: (run.at, run.id), reverse=True),
        more=len(known) - len(worst),
        counted=end is None,
        all_of_it=url_for("web.job", number=job.id, day=day, _anchor="history"),
        reader=Reader(now, own_zone(ctx.schedule_defaults.zone)),
    )
