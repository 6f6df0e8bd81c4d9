"""Services that are suspended or worked on: shown, changed by nobody. The agent of a suspended one is not called."""

from collections.abc import Iterator

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.accounts import tree
from duplistat.services.agents.registry import set_service_maintenance, set_service_suspended
from duplistat.store import agent_tasks, services
from duplistat.store.services import Service
from tests.support.agents import Customer, do_tasks, workers_of
from tests.support.bodies import duplicati
from tests.support.duplicati_server import DuplicatiServer
from tests.support.known import id_of
from tests.support.site import Site

HINT = "install-on-Linux"
START = "2026-01-28T02:00:00Z"


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


@pytest.fixture
def agent() -> Iterator[DuplicatiServer]:
    with DuplicatiServer() as server:
        server.add_job("Documents")
        yield server


def suspend(site: Site, made: dict[str, str], *, suspended: bool = True) -> None:
    site.writes.run(set_service_suspended, service=int(made["id"]), suspended=suspended, **site.signature())


def maintain(site: Site, made: dict[str, str], *, minutes: int) -> None:
    until = site.now() + minutes * 60_000 if minutes else None
    site.writes.run(set_service_maintenance, service=int(made["id"]), until=until, **site.signature())


def changes_of(made: dict[str, str], contact: int = 0) -> list[tuple[str, dict[str, str]]]:
    """Every call that changes a service, as it would be taken; the last one ends it."""
    number = {"service_id": made["service_id"]}
    to_contact = {"service_action": "set_subuser", "subuser_id": str(contact)}
    return [
        ("activateAgent", {"agent-id": made["id"], "Name": "other", "agent_port": "9"}),
        ("setActivationHint", number | {"activation_hint": HINT}),
        ("setServiceConfigured", number | {"activation_hint": HINT}),
        ("runPolicy", number | {"activation_hint": HINT}),
        ("editService", {"sc_id": made["id"]} | to_contact),
        ("editService", {"sc_id": made["id"], "service_action": "terminate"}),
    ]


def stored(site: Site, made: dict[str, str]) -> tuple[Service | None, list[str]]:
    """The row of a service, and what is to be done with its agent."""
    id = int(made["id"])
    return services.get(site.db, id), [task.kind for task in agent_tasks.waiting(site.db, id)]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [("restricted", "this service is restricted"), ("maintenance", "this service is in maintenance")],
)
def test_no_call_changes_a_service_that_is_held(acme: Customer, site: Site, how: str, sentence: str) -> None:
    made, (contact, kim) = acme.add(), acme.contact()
    acme.ok("editService", sc_id=made["id"], service_action="set_subuser", subuser_id=contact)
    assert acme.agent()[how] == "0"
    suspend(site, made) if how == "restricted" else maintain(site, made, minutes=60)
    before = stored(site, made)
    for call, params in changes_of(made):
        answer = acme.person.call(call, **params)
        assert (call, answer.code, answer.message) == (call, "forbidden", sentence)
    assert kim.call("runPolicy", service_id=made["service_id"]).code == "forbidden"
    assert stored(site, made) == before
    assert acme.agent()[how] == "1"


def test_a_service_that_goes_again_is_changed_as_before(acme: Customer, site: Site) -> None:
    made, (contact, _) = acme.add(), acme.contact()
    suspend(site, made)
    maintain(site, made, minutes=60)
    suspend(site, made, suspended=False)
    maintain(site, made, minutes=0)
    for call, params in changes_of(made, contact):
        assert (call, acme.person.call(call, **params).code) == (call, "")
    assert acme.agent("other")["create_status"] == "-4"


def test_maintenance_ends_by_itself(acme: Customer, site: Site) -> None:
    made = acme.add()
    maintain(site, made, minutes=60)
    site.now.forward(minutes=60)
    assert acme.agent()["maintenance"] == "0"
    acme.ok("runPolicy", service_id=made["service_id"])


def test_a_cancelled_service_is_not_held(acme: Customer, site: Site) -> None:
    made = acme.add()
    acme.ok("editService", sc_id=made["id"], service_action="terminate")
    with pytest.raises(DuplistatError, match="removed"):
        suspend(site, made)
    with pytest.raises(DuplistatError, match="removed"):
        maintain(site, made, minutes=60)
    assert (acme.agent()["restricted"], acme.agent()["maintenance"]) == ("0", "0")


def test_reports_of_a_service_that_is_held_are_taken_in(acme: Customer, site: Site) -> None:
    made = acme.add()
    suspend(site, made)
    maintain(site, made, minutes=60)
    site.record(duplicati(START), query=acme.report_query(made))
    assert acme.agent()["create_status"] == "10"


def test_the_agent_of_a_suspended_service_is_not_called(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    made = acme.add_agent(agent)
    acme.ok("runPolicy", service_id=made["service_id"])
    suspend(site, made)
    site.now.forward(minutes=60)
    assert (workers_of(site).enqueue(), do_tasks(site)) == (0, 0)
    agent_tasks.add(site.db, int(made["id"]), agent_tasks.RUN, site.now())
    assert (do_tasks(site), agent.seen) == (1, [])


def test_the_agent_of_a_service_in_maintenance_is_asked_as_ever(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    made = acme.add_agent(agent)
    maintain(site, made, minutes=60)
    do_tasks(site)
    assert acme.service(made).jobs == 1
    site.now.forward(minutes=30)
    assert workers_of(site).enqueue() == 1


def test_a_job_that_ran_while_its_service_was_suspended_is_found_when_it_is_reactivated(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    made = acme.add_agent(agent)
    acme.ok("runPolicy", service_id=made["service_id"])
    do_tasks(site)
    agent.begin(1)
    assert acme.agent()["running"] == "1"
    suspend(site, made)
    assert acme.agent()["running"] == "0"
    suspend(site, made, suspended=False)
    do_tasks(site)
    assert (acme.agent()["running"], stored(site, made)[1]) == ("1", ["follow"])


def test_nothing_runs_for_ever_in_an_account_that_was_suspended(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    made = acme.add_agent(agent)
    acme.ok("runPolicy", service_id=made["service_id"])
    do_tasks(site)
    tree.suspend(site.db, id_of(site.db, "acme"), site.now())
    site.now.forward(minutes=1)
    do_tasks(site)
    assert (acme.service(made).running, stored(site, made)[1]) == (0, [])


def test_what_an_agent_answers_when_its_service_was_suspended_meanwhile_is_not_noted(
    acme: Customer, site: Site, agent: DuplicatiServer
) -> None:
    agent.fault, agent.pace = "slow", 0.2
    made = acme.add_agent(agent)
    workers = workers_of(site)
    assert workers.poll() == 1
    suspend(site, made)
    workers.join(20)
    assert (acme.service(made).answered_at, stored(site, made)[1]) == (None, [])
