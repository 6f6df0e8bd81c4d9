"""`duplistat collect`."""

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run
from tests.support.agents import Customer
from tests.support.duplicati_server import DuplicatiServer
from tests.support.site import Site


@pytest.fixture
def agent() -> Iterator[DuplicatiServer]:
    with DuplicatiServer() as server:
        job = server.add_job("Documents")
        server.finish(server.start(job).id)
        yield server


def test_every_configured_service_is_asked(site: Site, run: Run, agent: DuplicatiServer) -> None:
    acme = Customer(site)
    made = acme.add_agent(agent)
    acme.add("not configured")
    result = run("collect")
    assert result.exit_code == 0
    assert result.stdout == f"{made['service_id']} nas: 1 job, 1 new run\n"
    assert (len(site.runs()), run("collect").stdout) == (1, f"{made['service_id']} nas: 1 job, 0 new runs\n")


def test_one_service_is_asked(site: Site, run: Run, agent: DuplicatiServer) -> None:
    acme = Customer(site)
    acme.add_agent(agent, "one")
    other = acme.add_agent(agent, "other")
    assert run("collect", "--service", other["service_id"].lower()).stdout.count("\n") == 1


def test_an_agent_that_is_not_there_is_told_and_the_others_are_asked(
    site: Site, run: Run, agent: DuplicatiServer
) -> None:
    acme = Customer(site)
    with DuplicatiServer() as gone:
        pass
    acme.add_agent(gone, "gone")
    acme.add_agent(agent, "there")
    result = run("collect")
    assert (result.exit_code, "refused" in result.stderr, "there: 1 job" in result.stdout) == (1, True, True)
    lost, there = (acme.service(acme.agent(name)) for name in ("gone", "there"))
    assert "refused" in lost.problem
    assert (lost.collected_at, lost.collect_tried_at) == (None, lost.problem_at)
    assert there.collected_at is not None
    assert there.collected_at == there.collect_tried_at


def test_without_services_there_is_nothing_to_do(run: Run) -> None:
    assert run("collect").stdout == "no Duplicati connection is configured\n"


def test_an_unknown_service_is_said(run: Run) -> None:
    result = run("collect", "--service", "V99999")
    assert (result.exit_code, "V99999" in result.stderr) == (1, True)


def test_why_a_service_is_not_asked_is_said(site: Site, run: Run, agent: DuplicatiServer) -> None:
    acme = Customer(site)
    acme.add_agent(agent, "suspended")
    acme.add("new")
    run("service", "suspend", "V10001")
    for number, line in (
        ("V10001", "V10001 suspended: this connection is suspended"),
        ("V10002", "V10002 new: this connection is not configured yet"),
    ):
        result = run("collect", "--service", number)
        assert (result.exit_code, result.stderr) == (1, f"duplistat: {line}\n")
    assert (run("collect").stdout, agent.seen) == ("no Duplicati connection is configured\n", [])
