"""addService and activateAgent."""

import pytest

from duplistat.services.agents.task_queue import AgentChanges, note_agent_state
from duplistat.services.configuration import secrets
from tests.support.agents import Customer
from tests.support.site import Site

SHORT = [
    "id", "service_id", "readonly", "name", "host", "port", "type", "status", "cpanel_instance_id",
    "cpanel_startup", "mysql_instances", "mysql_startup", "ostype", "create_status", "status_min_ok",
    "startup_ok", "serverurl", "serverhostname", "serverip", "username", "password", "location", "location_id",
]  # fmt: skip
NEW = {
    "type": "VDS",
    "location": "527",
    "name": "nas",
    "agent": "192.0.2.7",
    "agent_port": "1167",
}


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


def test_a_new_service_is_told_with_the_shorter_list_of_attributes(acme: Customer) -> None:
    root = acme.ok("addService", **NEW)
    agent = root[1]
    assert list(agent.attrib) == SHORT
    assert (agent.attrib["name"], agent.attrib["host"], agent.attrib["port"]) == ("nas", "192.0.2.7", "1167")
    assert (agent.attrib["type"], agent.attrib["status"], agent.attrib["create_status"]) == ("3", "0", "-1")
    assert [(child.tag, list(child.attrib)) for child in agent] == [
        ("server", ["http_port", "https_port", "hostname"])
    ]


def test_a_service_id_is_the_letter_of_its_type_and_five_digits(acme: Customer) -> None:
    vds, server = acme.add(type="VDS"), acme.add(type="SERVER")
    assert (vds["service_id"][0], server["service_id"][0]) == ("V", "S")
    assert vds["service_id"][1:] == str(10_000 + int(vds["id"]))
    assert (vds["type"], server["type"]) == ("3", "1")


@pytest.mark.parametrize("name", NEW)
def test_what_is_required_is_named_when_it_is_missing(acme: Customer, name: str) -> None:
    assert name in acme.refused("addService", **{k: v for k, v in NEW.items() if k != name})
    assert acme.agents() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "CLOUD"),
        ("location", "1"),
        ("location", "here"),
        ("agent", "a b"),
        ("agent", "host/path"),
        ("agent", "1.2.3"),
        ("agent", "http://host"),
        ("agent_port", "0"),
        ("agent_port", "65536"),
        ("agent_port", "x"),
        ("encrypt", "2"),
        ("password", "short"),
        ("agent_fingerprint", "ab"),
        ("name", "x" * 201),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(acme: Customer, name: str, value: str) -> None:
    assert name in acme.refused("addService", **(NEW | {name: value}))
    assert acme.agents() == []


def test_encryption_needs_a_password(acme: Customer) -> None:
    assert "password" in acme.refused("addService", **NEW, encrypt="1")
    acme.ok("addService", **NEW, encrypt="1", password="long enough")


@pytest.mark.parametrize(
    "agent", ["backup.example.org", "192.0.2.7", "2001:db8::7", "[2001:db8::7]", "nas_1"]
)
def test_an_agent_is_a_name_or_an_address(acme: Customer, agent: str) -> None:
    assert acme.add(agent=agent)["host"] == agent.strip("[]")


def test_secrets_are_encrypted_and_never_sent_back(acme: Customer, site: Site) -> None:
    made = acme.add(encrypt="1", password="of the backup", agent_password="of the agent")
    row = acme.service(made)
    assert "of the" not in row.data_secret + row.agent_secret
    assert secrets.decrypt(site.config, row.data_secret) == "of the backup"
    assert secrets.decrypt(site.config, row.agent_secret) == "of the agent"
    assert (made["username"], made["password"]) == ("", "")


def test_a_location_is_this_server_unless_it_says_otherwise(make_site, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    site = make_site(server={"public_url": "https://status.example.org:8443"})
    acme = Customer(site)
    agent = acme.ok("addService", **NEW)[1]
    assert agent.attrib["serverurl"] == "https://status.example.org:8443"
    assert agent.attrib["serverhostname"] == "status.example.org"
    assert (agent.attrib["location"], agent.attrib["location_id"]) == ("Washington", "527")
    assert dict(agent[0].attrib) == {
        "http_port": "80",
        "https_port": "8443",
        "hostname": "status.example.org",
    }


def test_activate_agent_changes_what_it_names(acme: Customer) -> None:
    made = acme.add(encrypt="1", password="of the backup")
    agent = acme.ok("activateAgent", **{"agent-id": made["id"], "name": "other", "agent_port": "8200"})[1]
    assert list(agent.attrib) == SHORT
    assert agent.attrib == made | {"name": "other", "port": "8200"}
    assert acme.service(made).encrypt == 1


@pytest.mark.parametrize("name", ["agent-id", "agent_id", "AgentID"])
def test_the_name_of_a_parameter_has_no_case_and_no_hyphen(acme: Customer, name: str) -> None:
    made = acme.add()
    assert (
        acme.ok("activateAgent", **{name: made["id"], "AGENT_PORT": "8200", "name": "other"})[1].attrib[
            "name"
        ]
        == "other"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("agent", "a b"), ("agent_port", "0"), ("location", "1"), ("name", ""), ("password", "x")],
)
def test_a_wrong_change_changes_nothing(acme: Customer, name: str, value: str) -> None:
    made = acme.add()
    assert name in acme.refused("activateAgent", **{"agent-id": made["id"], "encrypt": "0", name: value})
    assert acme.ok("activateAgent", **{"agent-id": made["id"]})[1].attrib == made


def test_another_address_is_another_agent(acme: Customer, site: Site) -> None:
    made = acme.add()
    told: AgentChanges = {"answered_at": 1, "machine_id": "m"}
    site.writes.run(note_agent_state, service=int(made["id"]), changes=told)
    acme.ok("activateAgent", **{"agent-id": made["id"], "name": "x"})
    assert acme.service(made).answered_at == 1
    acme.ok("activateAgent", **{"agent-id": made["id"], "agent": "192.0.2.99"})
    assert (acme.service(made).answered_at, acme.service(made).machine_id) == (None, "")


def test_hostile_names_stay_well_formed(acme: Customer) -> None:
    hostile = "<a b='\"&>\x01\ufffe]]> ü"
    acme.add(name=hostile)
    assert acme.agents()[0]["name"] == "<a b='\"&>\ufffd\ufffd]]> ü"
