"""GET /servers: every machine that is known, those in the archive too."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import render_template

from duplistat.core.health import health_of
from duplistat.core.status import Health
from duplistat.http.context import context
from duplistat.store import job_lists, servers
from duplistat.store.database import Database
from duplistat.store.servers import Server
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, visible
from duplistat.web.parts.jobs_table import RANK
from duplistat.web.parts.labels import Label, labels_of

# A list that is longer is searched on the overview.
MOST = 1000


class Row(NamedTuple):
    """A server, ready to be shown. Times are ms; `state` is its worst job's, `archived_at` None for one in use."""

    id: int
    state: str
    label: Label
    group: str
    seen_at: int
    archived_at: int | None


def server_list() -> str:
    """The page. Its statements are the same few for one server and for thousands."""
    ctx = context()
    now = ctx.now()
    known = servers.visible(ctx.db, viewer().sees)
    archived = [server for server in known if server.archived_at is not None]
    used = [server for server in known if server.archived_at is None]
    return render_template(
        "servers.html",
        used=rows(used, known, states(ctx.db, [server.id for server in used[:MOST]], now)),
        archived=rows(archived, known, {}),
        left_out=max(0, len(used) - MOST),
        archived_left_out=max(0, len(archived) - MOST),
        reader=Reader(now, ctx.schedule_defaults.zone),
    )


def states(db: Database, some: Sequence[int], now: int) -> dict[int, str]:
    """{server: how its worst job is} of those that have any in use. One statement."""
    found: dict[int, Health] = {}
    for server, facts, _jobs in job_lists.facts_by_server(db, some, now, archived=False):
        health = health_of(facts, now)
        found[server] = min(health, found.get(server, health), key=RANK.__getitem__)
    return {server: health.value for server, health in found.items()}


def rows(some: Sequence[Server], known: Sequence[Server], state: Mapping[int, str]) -> list[Row]:
    """Some of the servers that are known, told apart from all of these."""
    labels = labels_of(known)
    return [
        Row(
            server.id,
            Health.PAUSED.value
            if server.archived_at is not None
            else state.get(server.id, Health.NEVER.value),
            labels[server.id],
            visible(server.group_name),
            server.seen_at,
            server.archived_at,
        )
        for server in some[:MOST]
    ]
