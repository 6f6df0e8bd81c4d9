"""GET /servers/…: one machine, its jobs, and what happened on it lately."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from flask import render_template

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.store import accounts, events, jobs, runs, servers
from duplistat.store.events import Filter
from duplistat.store.jobs import Job
from duplistat.web import event_rows
from duplistat.web.history import entries
from duplistat.web.jobs_table import judge, rows, worst
from duplistat.web.overview import headline, tally
from duplistat.web.present import Reader, visible
from duplistat.web.timeline import mixed

LATEST = 30
# Keys of core.report.FACTS, as a person reads them.
FACTS = {
    "operating_system": "System",
    "operating_system_detailed": "System in detail",
    "agent_version": "Agent",
    "installation_type": "Installed as",
    "update_channel": "Update channel",
    "destination_type": "Destination",
    "destination_host_suffix": "Destination host",
}


class Sums(NamedTuple):
    """Over all jobs of a server: bytes and files, None where no job told of any. `told` counts those that did."""

    size: int | None
    size_told: int
    storage: int | None
    storage_told: int
    files: int | None


def server(number: int) -> str:
    """The page. Raises DuplistatError (not_found) for a server that is not there to be seen."""
    ctx = context()
    now = ctx.now()
    sees = accounts.visible(ctx.db, ctx.main_account)
    found = servers.by_id(ctx.db, sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such server")
    own = sorted(jobs.of_server(ctx.db, found.id), key=lambda job: (job.name.lower(), job.id))
    judged = judge(own, now)
    counts = Counter(health for _, health in judged)
    latest_events, _ = events.page(ctx.db, sees, Filter(server=found.id), limit=LATEST)
    told = event_rows.rows(
        latest_events, {(found.id, job.name): job.id for job in own}, {"server": str(found.id)}
    )
    return render_template(
        "server.html",
        server=found,
        label=visible(found.label),
        state=worst(judged),
        headline=headline(counts),
        counts=tally(counts),
        facts=facts(found.facts),
        may_be=servers.by_id(ctx.db, sees, found.may_be_id) if found.may_be_id else None,
        rows=rows(judged, ctx.clockwork, now),
        sums=sums(own),
        latest=mixed(entries(runs.latest_of_server(ctx.db, found.id, LATEST)), told, LATEST),
        names={job.id: visible(job.name) for job in own},
        reader=Reader(now, ctx.clockwork.zone),
    )


def facts(text: str) -> list[tuple[str, str]]:
    """(label, value) of the facts that a report told of its machine; `text` is their JSON."""
    told: dict[str, str] = json.loads(text)
    labelled = [(label, visible(str(told[key]))) for key, label in FACTS.items() if told.get(key)]
    return labelled + [(visible(key), visible(str(told[key]))) for key in sorted(told) if key not in FACTS]


def sums(own: Sequence[Job]) -> Sums:
    sizes = [job.size for job in own if job.size is not None]
    storages = [job.storage for job in own if job.storage is not None]
    files = [job.files for job in own if job.files is not None]
    return Sums(
        sum(sizes) if sizes else None,
        len(sizes),
        sum(storages) if storages else None,
        len(storages),
        sum(files) if files else None,
    )
