"""GET /servers: every machine that is known: how its jobs are, how much they hold, and what is proven of that."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from flask import render_template, request, url_for

from duplistat.core.client_versions import client_version, newest_of_channels, order_key
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
from duplistat.web.parts.client_words import Client, client_words
from duplistat.web.parts.health_counts import headline, tally
from duplistat.web.parts.judged import RANK, JudgedJob, awake, judge, without_tests
from duplistat.web.parts.labels import Label, labels_of
from duplistat.web.parts.sorting import REVERSE, in_order, order_of
from duplistat.web.server.holdings import Holdings, holdings
from duplistat.web.server.proofs import proof_words, restored_tip, verified_tip

# A list that is longer is searched on the overview.
MOST = 1000
MONTH_MS = 30 * DAY_MS


class Row(NamedTuple):
    """A server, ready to be shown. Times are ms; `holdings` are of its jobs, `archived_at` None for one in use;
    rows are sorted by the `version` of its `client`."""

    id: int
    label: Label
    group: str
    seen_at: int
    archived_at: int | None
    holdings: Holdings
    client: Client
    version: str | None


class Sort(NamedTuple):
    """What rows can be sorted by: `key` is what is compared, None for what is not known, and `rising` says that the
    least stands first."""

    name: str
    head: str
    key: Callable[[Row], float | str | None]
    rising: bool = False


class Head(NamedTuple):
    """What stands above a column: `address` sorts by it, `order` is as in aria-sort, "" for rows that are not."""

    text: str
    address: str
    order: str


def server_list() -> str:
    """The page; `?sort=` by one of its columns, with `?order=reverse` back to front.

    Its statements are the same few for one server and for thousands.
    """
    ctx = context()
    now, sees = ctx.now(), viewer().sees
    known = servers.visible(ctx.db, sees)
    labels = labels_of(known)
    archived = [server for server in known if server.archived_at is not None]
    used = {server.id: server for server in known if server.archived_at is None}
    judged = judge((job for job in jobs.visible(ctx.db, sees) if job.server_id in used), now)
    own = without_tests(judged, used.values())
    before = series.held_since(ctx.db, sees, now - MONTH_MS) if judged else {}
    found = rows([*used.values()], labels, judged, before)
    wanted = request.args.get("sort", "")
    chosen = next((sort for sort in sorts() if sort.name == wanted), sorts()[0])
    reverse = request.args.get("order") == REVERSE
    found = in_order(sorted(found, key=lambda row: row.label.text.casefold()), chosen.key, reverse=reverse)
    return render_template(
        "servers.html",
        headline=headline(Counter(one.state for one in awake(own, now)), len(own), tests=True)
        if judged
        else "",
        counts=tally(Counter(one.state for one in own)),
        used=found[:MOST],
        total=holdings(own, before),
        heads=heads(chosen, reverse=reverse),
        sort=chosen.name,
        archived=rows(archived[:MOST], labels, [], {}),
        left_out=max(0, len(found) - MOST),
        archived_left_out=max(0, len(archived) - MOST),
        may_add=viewer().may(Role.OPERATOR),
        reader=Reader(now, ctx.schedule_defaults.zone),
        proof_words=proof_words,
        verified_tip=verified_tip,
        restored_tip=restored_tip,
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
    versions = {server.id: client_version(json.loads(server.facts)) for server in some}
    newest = newest_of_channels(versions.values())
    return [
        Row(
            server.id,
            labels[server.id],
            visible(server.group_name),
            server.seen_at,
            server.archived_at,
            holdings(own[server.id], before, Health.NEVER if server.archived_at is None else Health.PAUSED),
            client_words(versions[server.id], newest),
            order_key(versions[server.id]),
        )
        for server in some
    ]


def heads(chosen: Sort, *, reverse: bool) -> dict[str, Head]:
    """{name of a column: its head}; that of the chosen one sorts the other way round."""
    found = {}
    for sort in sorts():
        is_chosen = sort.name == chosen.name
        order = REVERSE if is_chosen and not reverse else None
        found[sort.name] = Head(
            sort.head,
            url_for("web.servers", sort=sort.name, order=order),
            order_of(rising=sort.rising, reverse=reverse) if is_chosen else "",
        )
    return found


def sorts() -> list[Sort]:
    """The columns, worst or largest first."""
    return [
        Sort("status", _("Status"), lambda row: RANK[row.holdings.state]),
        Sort("name", _("Server"), lambda row: row.label.text.casefold(), rising=True),
        Sort("jobs", _("Jobs"), lambda row: -row.holdings.jobs),
        Sort("size", _("Source size"), lambda row: _down(row.holdings.size)),
        Sort("storage", _("Backup size"), lambda row: _down(row.holdings.storage)),
        Sort("growth", _("30 days"), lambda row: _down(row.holdings.part)),
        Sort("free", _("Destination free"), lambda row: row.holdings.free, rising=True),
        Sort("verified", _("Verified"), lambda row: row.holdings.verified.weakness, rising=True),
        Sort("restored", _("Restored"), lambda row: row.holdings.restored.weakness, rising=True),
        # The oldest comes first: it is to be updated.
        Sort("client", _("Client version"), lambda row: row.version, rising=True),
        Sort("seen", _("Last report"), lambda row: -row.seen_at),
    ]


def _down(number: float | None) -> float | None:
    return None if number is None else -number
