"""/settings/agents: the backup agents that are called, and how each is."""

import json
from typing import NamedTuple

from flask import Response, request, url_for

from duplistat.core.client_versions import client_version
from duplistat.http.context import context
from duplistat.services.agents.status import standings
from duplistat.services.people.identity import Role
from duplistat.store import agent_tasks, services
from duplistat.store.services import Service
from duplistat.web.access import needs, viewer
from duplistat.web.parts.client_words import Client, client_words, newest_known
from duplistat.web.parts.subject_pages import before, reader
from duplistat.web.server import agent as server_agent
from duplistat.web.settings.page import ROWS, show, tree


class Line(NamedTuple):
    """A service, with how it is: a state for its mark, and words. `link` leads to its own pages, "" for none, and
    `work` says what it does now; `client` is its version."""

    service: Service
    state: str
    words: str
    link: str
    work: list[str]
    client: Client


@needs(Role.OPERATOR)
def page() -> Response:
    """All services of the accounts that who looks may see, newest first: those that are called, or those removed."""
    removed = request.args.get("show") == "removed"
    found = services.page(context().db, viewer().sees, before=before(), limit=ROWS + 1, removed=removed)
    shown = found[:ROWS]
    tasks = agent_tasks.waiting_of(context().db, [service.id for service in shown])
    at_work = [service for service in shown if service.running]
    versions = [client_version(json.loads(service.facts)) for service in shown]
    newest = newest_known(context().db, viewer().sees)
    own = {
        standing.service.id: standing.jobs for standing in standings(context().db, at_work, context().now())
    }
    lines = [
        Line(
            service,
            *server_agent.how(service, reader()),
            server_agent.own_pages(service),
            server_agent.work(service, tasks.get(service.id, ()), own.get(service.id, ())),
            client_words(version, newest),
        )
        for service, version in zip(shown, versions, strict=True)
    ]
    kept = "removed" if removed else None
    return show(
        "agents",
        lines=lines,
        removed=removed,
        any_removed=removed or services.any_removed(context().db, viewer().sees),
        under_way=any(line.work for line in lines),
        ticked=request.args.get("select") == "all",
        older=url_for("web.settings_agents", before=shown[-1].id, show=kept) if len(found) > ROWS else "",
        newer=url_for("web.settings_agents", show=kept) if before() else "",
        names={place.id: place.name for place in tree()},
    )
