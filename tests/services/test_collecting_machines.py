"""Which machine an agent is: one, whatever its reports call it, and one service's."""

import json
from typing import Any

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.agents.task_queue import note_agent_state
from duplistat.services.reports.replay import read_again
from tests.support.agents import Customer, do_tasks, workers_of
from tests.support.bodies import FORM
from tests.support.clock import ms
from tests.support.collecting import BEGAN, again, ran, reported, text_report
from tests.support.duplicati_server import DuplicatiServer
from tests.support.site import Site

OTHER_ID = "0" * 31 + "1"
FIRST, SECOND = "upload", "collect"
ORDERS = pytest.mark.parametrize("first", [FIRST, SECOND])


def both_ways(site: Site, report: str, first: str, **request: Any) -> None:
    """A report and a collection, and then the next run in the same ways."""
    if first == FIRST:
        site.record(report, **request)
    do_tasks(site)
    if first == SECOND:
        site.record(report, **request)
    again(site)


def machines(site: Site) -> list[tuple[str, str]]:
    return [(server.name, server.machine_id) for server in site.servers()]


@ORDERS
def test_a_machine_of_the_services_name_may_report_another_id(
    acme: Customer, agent: DuplicatiServer, site: Site, first: str
) -> None:
    result = ran(agent, agent.add_job("Documents"))
    both_ways(site, reported("Documents", result, machine=OTHER_ID), first)
    assert (machines(site), len(site.runs())) == ([("nas", OTHER_ID)], 1)


@ORDERS
def test_a_machine_that_reports_for_its_service_may_report_another_id(
    site: Site, agent: DuplicatiServer, first: str
) -> None:
    acme = Customer(site)
    made = acme.add_agent(agent, "office")
    result = ran(agent, agent.add_job("Documents"))
    query = acme.report_query(made)
    report = reported("Documents", result, machine=OTHER_ID, name="MacBook of Kim")
    both_ways(site, report, first, query=query)
    assert (machines(site), len(site.runs())) == ([("MacBook of Kim", OTHER_ID)], 1)
    assert [server.service_id for server in site.servers()] == [int(made["id"])]


@ORDERS
def test_a_report_that_names_no_machine_is_of_its_service(
    site: Site, agent: DuplicatiServer, first: str
) -> None:
    acme = Customer(site)
    made = acme.add_agent(agent, "office")
    result = ran(agent, agent.add_job("Documents"))
    report = reported("Documents", result, machine="", name="", **{"backup-id": ""})
    both_ways(site, report, first, query=acme.report_query(made), address="10.0.0.5")
    ran(agent, agent.jobs["1"], BEGAN.replace(hour=3))
    again(site)
    name = "nas" if first == SECOND else "unknown (10.0.0.5)"
    assert ([server.name for server in site.servers()], len(site.runs())) == ([name], 2)


@ORDERS
@pytest.mark.parametrize("version", ["2.0.8.1", "2.1.0.5"])
def test_a_version_that_has_two_ids_is_one_machine(
    site: Site, agent: DuplicatiServer, first: str, version: str
) -> None:
    acme = Customer(site)
    acme.add_agent(agent, "office")
    agent.version = version
    result = ran(agent, agent.add_job("Documents"), Version=f"{version} ({version}_beta_2024-05-07)")
    key = site.key(Scope.INGEST, account="acme")
    report = reported("Documents", result, machine=OTHER_ID)
    both_ways(site, report, first, headers={"X-API-Key": key})
    assert (machines(site), len(site.runs())) == ([("nas", OTHER_ID)], 1)


@pytest.mark.parametrize(
    ("version", "more"),
    [("2.2.0.3", {}), ("2.1.0.5", {"backup-id": "DB-2"}), ("2.1.0.5", {"machine-name": "nas2"})],
)
def test_another_machine_is_another_one(
    site: Site, agent: DuplicatiServer, version: str, more: dict[str, str]
) -> None:
    acme = Customer(site)
    acme.add_agent(agent, "office")
    agent.version = version
    result = ran(agent, agent.add_job("Documents"), Version=version)
    do_tasks(site)
    key = site.key(Scope.INGEST, account="acme")
    result = result.replace("02:00:00", "04:00:00")
    site.record(reported("Documents", result, machine=OTHER_ID, **more), headers={"X-API-Key": key})
    assert len(site.servers()) == 2


def test_a_machine_that_reports_is_not_taken_for_another_of_its_name(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    result = ran(agent, agent.add_job("Documents"))
    do_tasks(site)
    site.record(reported("Documents", result))
    site.record(reported("Documents", result.replace("02:00:00", "04:00:00"), machine=OTHER_ID))
    assert [server.machine_id for server in site.servers()] == [agent.machine_id, OTHER_ID]


def test_what_was_kept_is_read_again_into_the_same_machine(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    number = acme.agent()["service_id"]
    result = ran(agent, agent.add_job("Documents"))
    do_tasks(site)
    site.record(reported("Documents", result, machine=OTHER_ID))
    site.record(text_report("Documents"), kind=FORM, query=f"?service={number}", address="10.0.0.5")
    for delivery in site.deliveries():
        read_again(site.db, site.writes, delivery.id, max_log_lines=1000)
    assert (machines(site), len(site.runs())) == ([("nas", OTHER_ID)], 1)


def test_two_services_of_one_agent_do_not_take_it_from_each_other(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    agent.add_job("Documents")
    do_tasks(site)
    acme.add_agent(agent, "the same")
    do_tasks(site)
    for _ in range(3):
        site.now.forward(minutes=16)
        do_tasks(site)
        assert (len(site.servers()), site.servers()[0].service_id) == (1, 1)


def test_the_machine_of_a_cancelled_service_is_the_next_ones(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    ran(agent, agent.add_job("Documents"))
    do_tasks(site)
    acme.ok("editService", sc_id=acme.agent()["id"], service_action="terminate")
    acme.add_agent(agent, "the same")
    do_tasks(site)
    assert (len(site.runs()), acme.agent("the same")["create_status"]) == (1, "10")


def test_an_agent_whose_clock_is_behind_is_not_overdue_for_that(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    # It is noon of the 28th, and it shows noon of the 26th.
    job = agent.add_job("Documents", time="2026-01-27T01:00:00Z")
    agent.time = "2026-01-26T13:00:00+01:00"
    do_tasks(site)
    for day in (27, 28):
        ran(agent, job, BEGAN.replace(day=day, hour=1))
        site.now.set(f"2026-01-{day + 2}T01:10:00Z")
        agent.time = f"2026-01-{day}T02:10:00+01:00"
        site.writes.run(note_agent_state, service=1, changes={"collect_tried_at": 0})
        again(site)
        site.sweep()
        assert site.job().health == "ok"
    assert site.job().expected_at == ms("2026-01-31T01:00:00Z")
    assert site.runs()[-1].skew_ms < 0


def test_cloned_machines_that_share_an_id_are_two_when_their_services_say_so(
    acme: Customer, agent: DuplicatiServer, site: Site
) -> None:
    with DuplicatiServer() as clone:
        numbers = [acme.agent()["service_id"], acme.add_agent(clone, "clone")["service_id"]]
        first, second = (server.add_job("Documents") for server in (agent, clone))
        results = ran(agent, first), ran(clone, second, BEGAN.replace(hour=3))
        do_tasks(site)
        for number, result in zip(numbers, results, strict=True):
            site.record(reported("Documents", result), query=f"?service={number}")
            site.record(reported("Documents", result.replace("T0", "T1")), query=f"?service={number}")
        again_all(site)
    assert {server.service_id for server in site.servers()} == {1, 2}
    assert len(site.servers()) == 2
    assert [len(json.loads(acme.agent(name)["alert_history"])) for name in ("nas", "clone")] == [2, 2]


def again_all(site: Site) -> None:
    site.now.forward(minutes=16)
    workers_of(site).enqueue()
    do_tasks(site)
