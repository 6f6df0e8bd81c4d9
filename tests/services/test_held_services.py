"""Services that are suspended or worked on; all of a tree that are asked at once. Each is noted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.accounts import tree
from duplistat.services.agents.registry import (
    NewService,
    add_service,
    change_service,
    set_service_maintenance,
    set_service_suspended,
)
from duplistat.services.agents.several import ask_all_services
from duplistat.services.audit import Actor, By
from duplistat.store import agent_tasks, audit, services
from duplistat.store.audit import Filter
from duplistat.store.services import Service
from tests.support.site import Site

BY: Actor = By(7, "ada@example.org").plain()
HOUR_MS = 3_600_000


def suspend(site: Site, service: int, *, suspended: bool = True) -> None:
    site.writes.run(set_service_suspended, service=service, suspended=suspended, by=BY, now=site.now())


def maintain(site: Site, service: int, until: int | None) -> None:
    site.writes.run(set_service_maintenance, service=service, until=until, by=BY, now=site.now())


def make(site: Site, name: str = "nas", account: int = 1, *, configured: bool = True) -> int:
    values: NewService = {"kind": "VDS", "name": name, "host": name, "port": 8200, "location": 527}
    id = site.writes.run(add_service, account=account, values=values, by=BY, now=site.now())
    if configured:
        with site.db.transaction():
            services.change(site.db, id, {"configured_at": site.now()})
    return id


def one(site: Site, id: int) -> Service:
    found = services.get(site.db, id)
    assert found is not None
    return found


def waiting(site: Site, id: int) -> list[str]:
    return [task.kind for task in agent_tasks.waiting(site.db, id)]


def actions(site: Site) -> list[tuple[str, str, dict[str, Any]]]:
    entries = audit.page(site.db, site.everyone, Filter(action="service"), before=None, limit=20)
    return [(e.action, e.subject, json.loads(e.after)) for e in reversed(entries)][1:]


def test_a_suspended_service_forgets_what_was_to_be_done_and_is_tried_when_it_is_reactivated(
    site: Site,
) -> None:
    id = make(site)
    with site.db.transaction():
        agent_tasks.add(site.db, id, agent_tasks.RUN, site.now())
        services.change(site.db, id, {"running": 1})
    suspend(site, id)
    suspend(site, id)
    assert (one(site, id).suspended_at, one(site, id).running, waiting(site, id)) == (site.now(), 0, [])
    with pytest.raises(DuplistatError) as refused:
        site.writes.run(
            change_service, account=1, contact=False, service=id, changes={"port": 1}, by=BY, now=site.now()
        )
    assert refused.value.kind is Kind.FORBIDDEN
    suspend(site, id, suspended=False)
    suspend(site, id, suspended=False)
    assert (one(site, id).suspended_at, waiting(site, id)) == (None, ["probe"])
    assert actions(site) == [("service.suspend", "V10001 nas", {}), ("service.reactivate", "V10001 nas", {})]


def test_one_that_was_not_configured_is_not_tried(site: Site) -> None:
    id = make(site, configured=False)
    suspend(site, id)
    suspend(site, id, suspended=False)
    assert waiting(site, id) == []


def test_maintenance_ends_by_itself_or_when_it_is_said(site: Site) -> None:
    id = make(site)
    maintain(site, id, site.now() + HOUR_MS)
    assert one(site, id).in_maintenance(site.now())
    assert not one(site, id).in_maintenance(site.now() + HOUR_MS)
    maintain(site, id, None)
    assert not one(site, id).in_maintenance(site.now())
    assert actions(site) == [
        ("service.maintain", "V10001 nas", {"until": "2026-01-28T13:00:00.000Z"}),
        ("service.maintain", "V10001 nas", {"until": None}),
    ]


@pytest.mark.parametrize("hold", [suspend, lambda site, service: maintain(site, service, None)])
def test_what_is_gone_or_cancelled_is_not_held(site: Site, hold: Callable[[Site, int], None]) -> None:
    with pytest.raises(DuplistatError, match="there is no such connection"):
        hold(site, 99)
    id = make(site)
    with site.db.transaction():
        services.change(site.db, id, {"cancelled_at": 1})
    with pytest.raises(DuplistatError, match="this connection has been removed"):
        hold(site, id)


def test_all_are_asked_that_can_be_of_the_accounts_that_are_meant(site: Site) -> None:
    other = tree.create(site.db, "other", None, site.now()).id
    usable, theirs, idle = make(site), make(site, "b", other), make(site, "c", configured=False)
    suspended = make(site, "d")
    suspend(site, suspended)
    assert site.writes.run(ask_all_services, account=1, sees=[1], task="collect", by=BY, now=site.now()) == 1
    found = {id: waiting(site, id) for id in (usable, theirs, idle, suspended)}
    assert found == {usable: ["collect"], theirs: [], idle: [], suspended: []}
    assert actions(site)[-1] == ("service.collect", "", {"services": 1})
    assert site.writes.run(ask_all_services, account=1, sees=[99], task="collect", by=BY, now=site.now()) == 0


def test_all_jobs_of_all_are_started_but_of_those_that_are_worked_on(site: Site) -> None:
    usable, worked_on = make(site), make(site, "b")
    maintain(site, worked_on, site.now() + HOUR_MS)
    assert site.writes.run(ask_all_services, account=1, sees=[1], task="run", by=BY, now=site.now()) == 1
    assert (waiting(site, usable), waiting(site, worked_on)) == (["run"], [])
    assert (one(site, usable).tried_at, one(site, worked_on).tried_at) == (site.now(), None)
    assert actions(site)[-1] == ("service.run", "", {"services": 1})


def test_the_service_of_a_server_is_the_one_it_is_tied_to_or_else_one_of_its_name_that_is_in_use(
    site: Site,
) -> None:
    old, new = make(site), make(site, name="nas-2")
    with site.db.transaction():
        services.change(site.db, old, {"cancelled_at": site.now()})
    tied, named = (
        services.of_server(site.db, 1, old, []),
        services.of_server(site.db, 1, None, ["nas", "nas-2"]),
    )
    assert (tied and tied.id, named and named.id) == (old, new)
    assert services.of_server(site.db, 2, old, []) is None
