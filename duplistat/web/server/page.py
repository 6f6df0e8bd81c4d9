"""GET /servers/…: one machine, its jobs, its agent, and what happened on it lately."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from duplistat.core.client_versions import ClientVersion, client_version
from duplistat.core.errors import DuplistatError
from duplistat.http.context import context
from duplistat.services.jobs.counted import is_test
from duplistat.services.jobs.deletion import is_asked
from duplistat.services.jobs.state import day_of
from duplistat.services.people.identity import Role
from duplistat.services.servers.deletion import is_deleting
from duplistat.services.servers.renamed_jobs import proposals
from duplistat.store import events, jobs, merges, runs, servers
from duplistat.store.events import Filter
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.web import redirects
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts import event_rows
from duplistat.web.parts.client_words import client_words, newest_known
from duplistat.web.parts.found_server import find
from duplistat.web.parts.guessed_address import has_duplicati
from duplistat.web.parts.health_counts import headline, icon_of, symbol_of, tally
from duplistat.web.parts.history import entries
from duplistat.web.parts.job_columns import heads
from duplistat.web.parts.jobs_table import Table, rows
from duplistat.web.parts.judged import awake, judge, without_tests, worst
from duplistat.web.parts.strip import legend
from duplistat.web.parts.timeline import mixed
from duplistat.web.server.agent import Agent, agent_of
from duplistat.web.server.apart import shared_by

LATEST = 30
# Names that are told of the destination of one job are few.
MOST_NAMED = 3


class Sums(NamedTuple):
    """Over all jobs of a server: bytes and files, None where no job told of any. `told` counts those that did."""

    size: int | None
    size_told: int
    storage: int | None
    storage_told: int
    files: int | None


class Destination(NamedTuple):
    """Where jobs store: bytes that are free, of how many; `names` of these jobs, and how many more there are."""

    free: int
    total: int
    names: list[str]
    more: int


def server(number: int) -> ResponseReturnValue:
    """The page; one that was merged into another leads there. Raises DuplistatError (not_found)."""
    ctx = context()
    sees = viewer().sees
    try:
        found = find(number)
    except DuplistatError:
        successor = merges.successor(ctx.db, sees, number)
        if successor is None or servers.by_id(ctx.db, sees, successor) is None:
            raise
        return redirects.to(url_for("web.server", number=successor))
    now = ctx.now()
    known = [job for job in jobs.of_server(ctx.db, found.id) if not (job.joining or is_asked(ctx.db, job))]
    own = sorted(known, key=lambda job: (job.label.casefold(), job.id))
    judged = judge([job for job in own if job.archived_at is None or found.archived_at is not None], now)
    real = without_tests(judged, [found])
    open_ones = awake(real, now)
    latest_events, _more = events.page(ctx.db, sees, Filter(server=found.id), limit=LATEST)
    reported = event_rows.rows(
        latest_events, {(found.id, job.name): job.id for job in own}, {"server": str(found.id)}
    )
    moving = merges.under_way(ctx.db, found.id)
    agent = agent_of(found, own)
    of_duplicati = client_version(json.loads(found.facts)).parts
    newest = newest_known(ctx.db, sees) if of_duplicati else {}
    return render_template(
        "server.html",
        server=found,
        label=visible(found.label),
        state=worst(real),
        symbol=symbol_of(worst(open_ones)),
        icon=icon_of(worst(open_ones)),
        headline=headline(
            Counter(one.state for one in open_ones),
            len(real),
            tests=bool(judged),
            archived=bool(own) and not judged,
        ),
        counts=tally(Counter(one.state for one in real)),
        facts=facts(found.facts, newest),
        known_as=[visible(name) for name in map(name_of, merges.identities(ctx.db, found.id)) if name],
        may_be=None if moving else twin(found),
        shared=None if moving else shared_by(found),
        renamed=[] if moving else proposals(ctx.db, known),
        # Of jobs, their own pages say it.
        moving=[item for item in moving if item.what == merges.OF_SERVERS],
        deleting=is_deleting(found),
        is_test=is_test(found),
        heads=heads(_("Job")),
        rows=rows(judged, Table(ctx.schedule_defaults, now)),
        day_words=json.dumps(dict(legend())),
        today=day_of(now, ctx.schedule_defaults.zone),
        archived=[(job.id, visible(job.label)) for job in own if job.archived_at is not None],
        agent=agent,
        # What a person set comes before where its connection leads.
        web_url=found.web_url or (agent.link if agent is not None else ""),
        may_connect=_may_connect(found, agent),
        sums=sums(own),
        destinations=destinations(own),
        latest=mixed(entries(runs.latest_of_server(ctx.db, found.id, LATEST)), reported, LATEST),
        names={job.id: visible(job.label) for job in own},
        reader=Reader(now, ctx.schedule_defaults.zone),
    )


def _may_connect(found: Server, agent: Agent | None) -> bool:
    """Whether a connection to its Duplicati is offered: it has none, and who looks may add one."""
    wanted = (agent is None or agent.removed) and not is_test(found)
    return wanted and viewer().may(Role.OPERATOR) and found.archived_at is None and has_duplicati(found)


def twin(found: Server) -> Server | None:
    """Another server of its account that it may be, as its reports say or those of the other one."""
    db, of_account = context().db, (found.account_id,)
    other = found.may_be_id or next(iter(servers.pointing_at(db, found.id)), None)
    return servers.by_id(db, of_account, other) if other is not None else None


def facts(text: str, newest: Mapping[str, ClientVersion]) -> list[tuple[str, str]]:
    """(label, value) of the facts that a report told of its machine; `text` is their JSON.

    `newest` has the newest version of a client of each channel.
    """
    # Keys of core.report.FACTS, as a person reads them.
    labels = {
        "operating_system": _("OS"),
        "operating_system_detailed": _("OS version"),
        "agent_version": _("Client version"),
        "installation_type": _("Package"),
        "update_channel": _("Update channel"),
        "destination_type": _("Destination"),
        "destination_host_suffix": _("Destination host"),
    }
    reported: dict[str, str] = json.loads(text)
    labelled = [(label, visible(str(reported[key]))) for key, label in labels.items() if reported.get(key)]
    client = client_words(client_version(reported), newest)
    if client.tip:
        said = Markup('{} <span class="dim">({})</span>').format(*client)
        labelled = [(label, said if label == labels["agent_version"] else value) for label, value in labelled]
    return labelled + [
        (visible(key), visible(str(reported[key]))) for key in sorted(reported) if key not in labels
    ]


def name_of(identity: str) -> str:
    """The machine id or the name in an identity."""
    kind, _colon, rest = identity.partition(":")
    if kind == "sender":
        sender, name = json.loads(rest)
        return f"{name} ({sender})"
    if kind == "said":
        machine_id, said = json.loads(rest)
        return f"{machine_id} ({said})"
    return rest


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


def destinations(own: Sequence[Job]) -> list[Destination]:
    """Where the jobs store that told of it, the fullest first. Those that told of one size share one destination."""
    shared: dict[int, list[Job]] = {}
    for job in own:
        if job.quota_total and job.quota_free is not None:
            shared.setdefault(job.quota_total, []).append(job)
    found = []
    for total, those in shared.items():
        latest = max(those, key=lambda job: job.last_order or 0)
        names = [visible(job.label) for job in those]
        found.append(
            Destination(latest.quota_free or 0, total, names[:MOST_NAMED], max(0, len(names) - MOST_NAMED))
        )
    return sorted(found, key=lambda one: one.free / one.total)
