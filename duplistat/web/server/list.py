"""GET /servers: every machine that is known: how its jobs are, how much they hold, and what is proven of that."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from flask import render_template, request

from duplistat.core.status import Health
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.store import jobs, series, servers
from duplistat.store.series import Held
from duplistat.store.servers import Server
from duplistat.store.totals import DAY_MS
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.health_counts import headline, tally
from duplistat.web.parts.judged import RANK, JudgedJob, judge
from duplistat.web.parts.labels import Label, labels_of
from duplistat.web.server.holdings import Holdings, holdings

# A list that is longer is searched on the overview.
MOST = 1000
MONTH_MS = 30 * DAY_MS


class Row(NamedTuple):
    """A server, ready to be shown. Times are ms; `holdings` are of its jobs, `archived_at` None for one in use."""

    id: int
    label: Label
    group: str
    seen_at: int
    archived_at: int | None
    holdings: Holdings


class Sort(NamedTuple):
    """What rows can be sorted by; what is not known comes last."""

    name: str
    head: str
    key: Callable[[Row], float | str]


def server_list() -> str:
    """The page; `?sort=` by one of its columns. Its statements are the same few for one server and for thousands."""
    ctx = context()
    now, sees = ctx.now(), viewer().sees
    known = servers.visible(ctx.db, sees)
    labels = labels_of(known)
    archived = [server for server in known if server.archived_at is not None]
    used = {server.id: server for server in known if server.archived_at is None}
    judged = judge((job for job in jobs.visible(ctx.db, sees) if job.server_id in used), now)
    before = series.held_since(ctx.db, sees, now - MONTH_MS) if judged else {}
    found = rows([*used.values()], labels, judged, before)
    wanted = request.args.get("sort", "")
    chosen = next((sort for sort in sorts() if sort.name == wanted), sorts()[0])
    found.sort(key=lambda row: row.label.text.casefold())
    found.sort(key=chosen.key)
    counts = Counter(one.state for one in judged)
    return render_template(
        "servers.html",
        headline=headline(counts) if judged else "",
        counts=tally(counts),
        used=found[:MOST],
        total=holdings(judged, before),
        sorts=sorts(),
        sort=chosen.name,
        archived=rows(archived[:MOST], labels, [], {}),
        left_out=max(0, len(found) - MOST),
        archived_left_out=max(0, len(archived) - MOST),
        may_add=viewer().may(Role.OPERATOR),
        reader=Reader(now, ctx.schedule_defaults.zone),
    )


def rows(
    some: Sequence[Server],
    labels: Mapping[int, Label],
    judged: Sequence[JudgedJob],
    before: Mapping[int, Held],
) -> list[Row]:
    own: dict[int, list[JudgedJob]] = {server.id: [] for server in some}
    for one in judged:
        if one.job.server_id in own:
            own[one.job.server_id].append(one)
    return [
        Row(
            server.id,
            labels[server.id],
            visible(server.group_name),
            server.seen_at,
            server.archived_at,
            holdings(own[server.id], before, Health.NEVER if server.archived_at is None else Health.PAUSED),
        )
        for server in some
    ]


def sorts() -> list[Sort]:
    """The columns, worst or largest first."""
    return [
        Sort("status", _("Status"), lambda row: RANK[row.holdings.state]),
        Sort("name", _("Server"), lambda row: row.label.text.casefold()),
        Sort("jobs", _("Jobs"), lambda row: -row.holdings.jobs),
        Sort("size", _("Source size"), lambda row: -(row.holdings.size or -1)),
        Sort("storage", _("Backup size"), lambda row: -(row.holdings.storage or -1)),
        Sort(
            "growth",
            _("30 days"),
            lambda row: -(row.holdings.part if row.holdings.part is not None else -1e9),
        ),
        Sort(
            "free",
            _("Destination free"),
            lambda row: row.holdings.free if row.holdings.free is not None else 1e99,
        ),
        Sort("verified", _("Verified"), lambda row: row.holdings.verified.at or 0),
        Sort("restored", _("Restored"), lambda row: row.holdings.restored.at or 0),
        Sort("seen", _("Last report"), lambda row: -row.seen_at),
    ]
