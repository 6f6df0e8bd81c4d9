"""setActivationHint, setServiceConfigured, editService, runPolicy, and who may."""

import pytest

from duplistat.services.agents.task_queue import AgentChanges, note_agent_state
from duplistat.store import agent_tasks
from tests.support.agents import Customer
from tests.support.bodies import duplicati
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
HINTS = [
    "install-on-Linux", "install-on-Windows", "linux-manual-install", "linux-express-install",
    "install-on-CentOS", "install-on-Ubuntu", "install-on-Fedora", "install-on-Debian",
    "install-on-Redhat-Enterprise-Linux", "install-on-Proxmox", "install-on-Proxomx",
]  # fmt: skip


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


def tasks_of(acme: Customer, made: dict[str, str]) -> list[str]:
    return [task.kind for task in agent_tasks.waiting(acme.site.db, int(made["id"]))]


@pytest.mark.parametrize("hint", HINTS)
def test_each_hint_is_kept(acme: Customer, hint: str) -> None:
    made = acme.add()
    acme.ok("setActivationHint", service_id=made["service_id"], activation_hint=hint)
    assert acme.agent()["activation_hint"] == hint


@pytest.mark.parametrize("call", ["setActivationHint", "setServiceConfigured", "runPolicy"])
def test_another_hint_is_refused(acme: Customer, call: str) -> None:
    made = acme.add()
    given = {"service_id": made["service_id"], "activation_hint": "install-on-Amiga"}
    assert "activation_hint" in acme.refused(call, **given)
    assert (acme.agent()["activation_hint"], tasks_of(acme, made)) == ("", [])


@pytest.mark.parametrize("call", ["setActivationHint", "setServiceConfigured"])
def test_a_hint_is_required(acme: Customer, call: str) -> None:
    made = acme.add()
    assert "activation_hint" in acme.refused(call, service_id=made["service_id"])


def test_a_configured_service_has_its_agent_tried(acme: Customer) -> None:
    made = acme.add()
    acme.ok("setServiceConfigured", service_id=made["service_id"], activation_hint=HINTS[0])
    agent = acme.agent()
    assert (agent["service_configured"], agent["create_status"]) == ("1", "0")
    assert tasks_of(acme, made) == ["probe"]


def test_run_policy_only_asks_for_a_run(acme: Customer) -> None:
    made = acme.add()
    for _ in range(2):
        acme.ok("runPolicy", service_id=made["service_id"])
    assert (acme.agent()["first_backup_try"], tasks_of(acme, made)) == ("1", ["run"])


def test_an_agent_that_was_unreachable_a_moment_ago_is_told_and_tried_again(
    acme: Customer, site: Site
) -> None:
    made = acme.add()
    changes: AgentChanges = {"problem": "the connection was refused", "problem_at": site.now()}
    site.writes.run(note_agent_state, service=int(made["id"]), changes=changes)
    answer = acme.call("runPolicy", service_id=made["service_id"])
    assert (answer.code, "the connection was refused" in answer.message) == ("agent", True)
    assert tasks_of(acme, made) == ["run"]
    site.now.forward(minutes=2)
    acme.ok("runPolicy", service_id=made["service_id"])


def test_a_terminated_service_is_listed_with_its_history_and_changes_no_more(
    acme: Customer, site: Site
) -> None:
    made = acme.add()
    site.record(duplicati(START), query=acme.report_query(made))
    acme.ok("runPolicy", service_id=made["service_id"])
    acme.ok("editService", sc_id=made["id"], service_action="terminate", service_type="custom")
    agent = acme.agent()
    assert (agent["create_status"], tasks_of(acme, made)) == ("-4", [])
    assert "Documents" in agent["alert_history"]
    assert acme.refused("runPolicy", service_id=made["service_id"]) == "this service is cancelled"
    assert "cancelled" in acme.refused("activateAgent", **{"agent-id": made["id"], "name": "x"})


def test_a_service_is_assigned_to_a_contact_and_taken_back(acme: Customer) -> None:
    made, _ = acme.add(), acme.add("other")
    contact, kim = acme.contact()
    assert [*kim.call("getStatus").root[1]] == []
    acme.ok("editService", sc_id=made["id"], service_action="set_subuser", subuser_id=contact)
    (agent,) = kim.call("getStatus").root[1]
    assert (agent.attrib["id"], agent.attrib["readonly"]) == (made["id"], "1")
    assert acme.agent()["readonly"] == "0"
    for nobody in ("0", "-1"):
        acme.ok("editService", sc_id=made["id"], service_action="set_subuser", subuser_id=contact)
        acme.ok("editService", sc_id=made["id"], service_action="set_subuser", subuser_id=nobody)
        assert [*kim.call("getStatus").root[1]] == []


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({}, "service_action"),
        ({"service_action": "explode"}, "service_action"),
        ({"service_action": "set_subuser"}, "subuser_id"),
        ({"service_action": "set_subuser", "subuser_id": "77777"}, "subuser_id"),
        ({"service_action": "set_subuser", "subuser_id": "-2"}, "subuser_id"),
        ({"service_action": "terminate", "service_type": "other"}, "service_type"),
    ],
)
def test_a_wrong_edit_is_named(acme: Customer, params: dict[str, str], named: str) -> None:
    made = acme.add()
    assert named in acme.refused("editService", sc_id=made["id"], **params)
    assert acme.agent()["create_status"] == "-1"


def test_a_contact_runs_and_reads_what_is_assigned_and_nothing_else(acme: Customer, site: Site) -> None:
    mine, other = acme.add(), acme.add("other")
    contact, kim = acme.contact()
    acme.ok("editService", sc_id=mine["id"], service_action="set_subuser", subuser_id=contact)
    assert kim.call("runPolicy", service_id=mine["service_id"]).code == ""
    assert kim.call("getBackupStatus", service_id=mine["service_id"]).code == ""
    for call in ("runPolicy", "getBackupStatus"):
        assert kim.call(call, service_id=other["service_id"]).code == "invalid"
    for call in ("addService", "activateAgent", "setActivationHint", "setServiceConfigured", "editService"):
        assert kim.call(call).code == "forbidden"


CALLS = {
    "activateAgent": "agent-id",
    "editService": "sc_id",
    "setActivationHint": "service_id",
    "setServiceConfigured": "service_id",
    "runPolicy": "service_id",
    "getBackupStatus": "service_id",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_service_of_another_account_is_like_one_that_is_not(acme: Customer, site: Site, call: str) -> None:
    theirs, name = Customer(site, "stranger").add(), CALLS[call]
    given = {"activation_hint": HINTS[0], "service_action": "terminate"}
    id, none = (theirs["service_id"], "V99999") if name == "service_id" else (theirs["id"], "99999")
    refused = acme.refused(call, **given, **{name: id})
    assert (refused, name in refused) == (acme.refused(call, **given, **{name: none}), True)


def test_a_contact_of_another_account_gets_nothing_assigned(acme: Customer, site: Site) -> None:
    made, (theirs, _) = acme.add(), Customer(site, "stranger").contact("x@example.org")
    given = {"sc_id": made["id"], "service_action": "set_subuser", "subuser_id": theirs}
    assert "subuser_id" in acme.refused("editService", **given)
    assert acme.service(made).contact_id is None


@pytest.mark.parametrize(
    "number", ["16428", "X16428", "V1", "V", "V-1000", "V\uff11\uff10\uff10\uff10\uff11"]
)
def test_what_is_no_number_is_no_service(acme: Customer, number: str) -> None:
    acme.add()
    assert "service_id" in acme.refused("getBackupStatus", service_id=number)


def test_the_letter_is_part_of_the_number(acme: Customer) -> None:
    made = acme.add(type="VDS")
    assert "service_id" in acme.refused("getBackupStatus", service_id="S" + made["service_id"][1:])
