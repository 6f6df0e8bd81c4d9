"""What holds for every call: who may make it, what it needs, and that a wrong one changes nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.apis.backuprun.api import CALLS
from duplistat.config import Location
from duplistat.services.people.identity import Role
from tests.support.agents import Customer
from tests.support.bodies import duplicati
from tests.support.people import PASSWORD, Person
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
WITHOUT_SESSION = {"registerNewUser", "login", "recoverPassword", "resetPassword"}
OF_CONTACTS = {"getStatus", "getBackupStatus", "getTaskDetailById", "runPolicy", "updateUserData"}
OF_PEOPLE = {"addContact", "updateContactData", "removeContact"}
# What each call cannot do without. NUMBER, ID, CONTACT and RUN stand for what is there.
REQUIRED: dict[str, dict[str, str]] = {
    "registerNewUser": {"email": "new@example.org", "name": "New", "password": PASSWORD},
    "login": {"email": "acme@example.org", "password": PASSWORD},
    "addContact": {"email": "new@example.org", "name": "New", "password": PASSWORD, "role": "4"},
    "updateContactData": {"contact_id": "CONTACT"},
    "removeContact": {"contact_id": "CONTACT"},
    "updateUserData": {},
    "recoverPassword": {"email": "acme@example.org"},
    "resetPassword": {"recoverycode": "x" * 43, "password": PASSWORD},
    "addService": {"agent": "h", "agent_port": "1", "location": "527", "name": "new", "type": "SERVER"},
    "activateAgent": {"agent-id": "ID"},
    "setActivationHint": {"service_id": "NUMBER", "activation_hint": "install-on-Linux"},
    "setServiceConfigured": {"service_id": "NUMBER", "activation_hint": "install-on-Linux"},
    "editService": {"sc_id": "ID", "service_action": "terminate"},
    "runPolicy": {"service_id": "NUMBER"},
    "getStatus": {},
    "getBackupStatus": {"service_id": "NUMBER"},
    "getTaskDetailById": {"taskExecutionContextId": "RUN"},
}


@pytest.fixture
def acme(make_site: Callable[..., Site]) -> Customer:
    return Customer(make_site(accounts={"registration": "open"}))


def forms(acme: Customer) -> dict[str, dict[str, str]]:
    """A whole form for each call, about a service that has run and a contact that it is assigned to."""
    made = acme.add()
    acme.site.record(duplicati(START), query=acme.report_query(made))
    (run,) = json.loads(acme.agent()["alert_history"])
    contact, _ = acme.contact()
    acme.ok("editService", sc_id=made["id"], service_action="set_subuser", subuser_id=contact)
    known = {"NUMBER": made["service_id"], "ID": made["id"], "CONTACT": str(contact)}
    known["RUN"] = run["taskExecutionContextId"]
    return {
        call: {name: known.get(text, text) for name, text in form.items()} for call, form in REQUIRED.items()
    }


def send(person: Person, call: str, form: dict[str, str]) -> str:
    """The code of the answer."""
    answer = person.call(call, **form)
    assert answer.response.status_code == 200
    return answer.code


def everything(site: Site) -> list[Any]:
    tables = ("account", "account_user", "session", "recovery", "service", "agent_task", "run", "failure")
    return [site.db.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


def test_each_call_of_the_protocol_is_here() -> None:
    assert REQUIRED.keys() == CALLS.keys()
    assert len(CALLS) == 17


@pytest.mark.parametrize("call", REQUIRED)
def test_a_call_without_a_session_is_refused_but_for_four(acme: Customer, call: str) -> None:
    form, before = forms(acme)[call], everything(acme.site)
    code = send(acme.people.nobody(), call, form)
    if call in WITHOUT_SESSION:
        assert code == ("invalid" if call == "resetPassword" else "")
    else:
        assert code == "auth"
        assert everything(acme.site) == before


@pytest.mark.parametrize("call", [call for call in REQUIRED if call not in WITHOUT_SESSION])
def test_a_contact_makes_five_calls_and_no_other(acme: Customer, call: str) -> None:
    form, kim = forms(acme)[call], acme.people.nobody()
    kim.sign_in("kim@example.org")
    before = everything(acme.site)
    if call in OF_CONTACTS:
        assert send(kim, call, form) == ""
    else:
        assert send(kim, call, form) == "forbidden"
        assert everything(acme.site) == before


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR, Role.VIEWER])
@pytest.mark.parametrize("call", [call for call in REQUIRED if call not in WITHOUT_SESSION])
def test_each_role_makes_its_calls(acme: Customer, call: str, role: Role) -> None:
    may = {
        Role.VIEWER: OF_CONTACTS - {"runPolicy"},
        Role.OPERATOR: CALLS.keys() - OF_PEOPLE,
        Role.ADMIN: CALLS.keys(),
    }
    form = forms(acme)[call]
    person = acme.people.signed_in(f"{role}@example.org", account="acme", role=role)
    assert send(person, call, form) == ("" if call in may[role] else "forbidden")


@pytest.mark.parametrize("call", [call for call, form in REQUIRED.items() if form])
def test_what_a_call_needs_is_named_when_it_is_missing_and_nothing_is_changed(
    acme: Customer, call: str
) -> None:
    form, before = forms(acme)[call], everything(acme.site)
    wrong = {}
    for name in REQUIRED[call]:
        rest = {other: given for other, given in form.items() if other != name}
        for value in (None, "", "  "):
            if (call, name, value) == ("login", "password", "  "):
                continue  # Blanks may be somebody's password.
            answer = acme.person.call(call, **rest if value is None else form | {name: value})
            if answer.code != "invalid" or name not in answer.message or everything(acme.site) != before:
                wrong[name, value] = (answer.code, answer.message)
    assert wrong == {}


@pytest.mark.parametrize("call", REQUIRED)
def test_parameters_that_nobody_knows_are_ignored(acme: Customer, call: str) -> None:
    form = forms(acme)[call]
    given = form | {"debug": "1", "account_id": "1", "PHPSESSID": "x"}
    assert send(acme.person, call, given) == ("invalid" if call == "resetPassword" else "")


def test_the_locations_are_those_of_the_seed_unless_others_are_set(acme: Customer) -> None:
    names = {acme.add(f"at {id}", location=str(id))["location"]: id for id in (527, 528, 529, 530)}
    assert names == {"Washington": 527, "Los Angeles": 528, "Frankfurt": 529, "Bucharest": 530}
    assert "location must be one of 527 (Washington), 528" in acme.refused(
        "addService", **REQUIRED["addService"] | {"location": "531"}
    )


def test_a_location_says_what_its_server_is(acme: Customer) -> None:
    place = Location(
        id=7,
        name="Vault <1>",
        url="https://vault.example.org:8443/login?a=b&c",
        hostname="cdp1.example.org",
        ip="192.0.2.9",
        http_port=8080,
        https_port=8443,
    )
    object.__setattr__(acme.site.config, "locations", (place,))
    short = acme.ok("addService", **REQUIRED["addService"] | {"location": "7"})[1]
    (long,) = acme.ok("getStatus")[1]
    for agent in (short, long):
        assert agent.attrib["serverurl"] == "https://vault.example.org:8443/login?a=b&c"
        assert (agent.attrib["serverhostname"], agent.attrib["serverip"]) == ("cdp1.example.org", "192.0.2.9")
        assert (agent.attrib["location"], agent.attrib["location_id"]) == ("Vault <1>", "7")
    ports = {"http_port": "8080", "https_port": "8443", "hostname": "cdp1.example.org"}
    assert dict(short[0].attrib) == ports
    assert dict(long[0].attrib) == {"ip": "192.0.2.9"} | ports


def test_the_type_of_a_service_stays(acme: Customer) -> None:
    made = acme.add(type="VDS")
    agent = acme.ok("activateAgent", **{"agent-id": made["id"], "type": "SERVER", "agent_port": "9"})[1]
    assert (agent.attrib["type"], agent.attrib["service_id"]) == ("3", made["service_id"])


@pytest.mark.parametrize(
    ("result", "good"), [("Success", "1"), ("Warning", "1"), ("Error", "0"), ("Fatal", "0")]
)
def test_a_run_with_warnings_is_one_without_errors(acme: Customer, result: str, good: str) -> None:
    made = acme.add()
    acme.site.record(duplicati(START, result=result), query=acme.report_query(made))
    assert acme.agent()["status_min_ok"] == good
