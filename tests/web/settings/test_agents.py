"""/settings/agents: how agents are; asked, changed, held; passwords go in and never come out."""

import json
import re
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.services.accounts import tree
from duplistat.services.agents.registry import NewService, add_service
from duplistat.services.audit import Actor
from duplistat.services.configuration import secrets
from duplistat.store import agent_tasks, audit, services
from duplistat.store.audit import Filter
from duplistat.store.services import Service
from tests.support.databases import statements_of
from tests.support.known import id_of
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

BY: Actor = {"user": None, "who": "a test", "address": ""}
FIELDS: dict[str, Any] = {
    "name": "nas",
    "host": "nas.example",
    "port": "8200",
    "fingerprint": "",
    "password": "",
}
EVIL = "<script>alert(1)</script>\u202e\x1b[31m"


def make(site: Site, name: str = "nas", account: int = 1, **changes: Any) -> int:
    """A service that is configured, with some columns as they are told."""
    values: NewService = {"kind": "VDS", "name": name, "host": "nas.example", "port": 8200, "location": 527}
    id = site.writes.run(add_service, account=account, values=values, by=BY, now=to_ms(site.now))
    with site.db.transaction():
        services.change(site.db, id, {"configured_at": 1} | changes)
    return id


def one(site: Site, id: int) -> Service:
    found = services.get(site.db, id)
    assert found is not None
    return found


def waiting(site: Site, id: int) -> list[str]:
    return [task.kind for task in agent_tasks.waiting(site.db, id)]


def test_agents_and_how_they_are(site_on_both: Site) -> None:
    site = site_on_both
    assert "No connections yet" in site.text("/settings/agents")
    now = to_ms(site.now)
    make(site, answered_at=now - 60_000, collected_at=now - 120_000)
    make(
        site,
        "web",
        problem="no connection within 10 s",
        problem_at=now - 10_000,
        collect_tried_at=now - 10_000,
    )
    page = site.text("/settings/agents")
    assert "nas Reachable, last contact 60 s ago . nas.example:8200 60 s ago 2 min ago" in page
    assert "web Never reachable, last attempt 10 s ago : no connection within 10 s." in page
    assert "nas.example:8200 never reachable never collected" in page
    assert "Connection settings" in page


def test_one_is_asked_and_all_are(site: Site) -> None:
    first, second = make(site), make(site, "web")
    site.send(f"/settings/agents/{first}/collect")
    assert "Collecting… This page updates by itself." in site.text(f"/settings/agents/{first}")
    assert (waiting(site, first), waiting(site, second)) == (["collect"], [])
    site.send("/settings/agents/collect")
    assert "Collecting from 2 connections…" in site.text("/settings/agents")
    assert waiting(site, second) == ["collect"]


def test_jobs_of_all_are_started_once_that_is_confirmed(site: Site) -> None:
    first, second = make(site), make(site, "web")
    page = said(site.send("/settings/agents/start", 200).text)
    assert "All jobs of 2 connections are started now, whatever their schedule." in page
    assert (waiting(site, first), waiting(site, second)) == ([], [])
    site.send("/settings/agents/start", go="1")
    assert "Starting all jobs of 2 connections…" in site.text("/settings/agents")
    assert (waiting(site, first), waiting(site, second)) == (["run"], ["run"])


def test_one_is_tested_and_its_jobs_are_started_and_what_it_does_is_said(site: Site) -> None:
    site.report("nas", "Documents")
    with site.db.transaction():
        site.db.change("UPDATE job SET ref = '1'", ())
    id = make(site)
    address = f"/settings/agents/{id}"
    assert "data-busy" not in site.html(address)
    site.send(f"{address}/test")
    page = site.text(address)
    assert "Testing… This page updates by itself." in page
    assert "Testing the connection." in page
    site.send(f"{address}/start", job="Documents")
    page = site.text(address)
    assert "Documents is being started." in page
    assert "About to start: Documents." in page
    assert 'data-busy="1"' in site.html(address)
    assert (waiting(site, id), one(site, id).tried_at) == (["probe", "run"], to_ms(site.now))
    site.send(f"{address}/start", 404, job="Music")
    site.send(f"{address}/start")
    assert "About to start all jobs." in site.text(address)
    site.send("/settings/agents/test")
    assert "Testing one connection…" in site.text("/settings/agents")
    entries = audit.page(site.db, (1,), Filter(), before=None, limit=4)
    assert [entry.action for entry in entries] == [
        "service.test",
        "service.run",
        "service.run",
        "service.test",
    ]


def test_one_is_removed_when_its_name_is_typed(site: Site) -> None:
    id = make(site)
    address = f"/settings/agents/{id}"
    with as_role(site, "operator", 1):
        assert "Remove connection" not in site.text(address)
        site.send(f"{address}/remove", 403, confirm_remove="nas")
    assert "Remove connection" in site.text(address)
    assert "The name does not match." in said(site.send(f"{address}/remove", 400, confirm_remove="x").text)
    assert site.send(f"{address}/remove", confirm_remove="nas").location == "/settings/agents"
    page = site.text("/settings/agents")
    assert "Connection removed." in page
    assert "No connections yet" in page
    assert "nas Removed just now" in site.text("/settings/agents?show=removed")
    assert audit.page(site.db, (1,), Filter(action="service.cancel"), before=None, limit=9)


def test_those_that_are_ticked_are_removed_when_it_is_typed_how_many_these_are(site_on_both: Site) -> None:
    site = site_on_both
    ids = [make(site, name) for name in ("nas", "web", "held", "kept")]
    with site.db.transaction():
        services.change(site.db, ids[2], {"suspended_at": 1})
    chosen: dict[str, Any] = {"service": ids[:3]}
    asked = said(site.send("/settings/agents/selected", 200, task="remove", **chosen).text)
    assert "Remove 3 connections" in asked
    assert "web held Type 3 to confirm" in asked
    address = "/settings/agents/selected/remove"
    assert "The number does not match." in said(site.send(address, 400, confirm="2", **chosen).text)
    assert [one(site, id).cancelled_at for id in ids] == [None] * 4
    with as_role(site, "operator", 1):
        site.send("/settings/agents/selected", 403, task="remove", **chosen)
        site.send(address, 403, confirm="3", **chosen)
    site.send(address, confirm="3", **chosen)
    text = site.text("/settings/agents")
    assert "2 connections removed. held: This connection is suspended." in text
    assert [one(site, id).cancelled_at is None for id in ids] == [False, False, True, True]


def test_nobody_is_asked_where_nobody_can_be(site: Site) -> None:
    id = make(site, configured_at=None)
    site.send("/settings/agents/collect")
    assert "No connection to collect from." in site.text("/settings/agents")
    assert "No connection whose jobs can be started." in said(site.send("/settings/agents/start", 200).text)
    site.send("/settings/agents/start", go="1")
    assert "No connection whose jobs can be started." in site.text("/settings/agents")
    site.send(f"/settings/agents/{id}/collect", 400)


def test_a_password_goes_in_and_never_comes_out(site: Site) -> None:
    config = site.app.extensions["duplistat"].config
    id = make(site)
    address = f"/settings/agents/{id}"
    site.send(address, **(FIELDS | {"password": " hunter2 "}))
    assert "Saved. Testing the connection…" in site.text(address)
    kept = one(site, id).agent_secret
    assert secrets.decrypt(config, kept) == " hunter2 "
    assert waiting(site, id) == ["probe"]
    html = site.html(address)
    assert "hunter2" not in html
    assert kept not in html
    entries = audit.page(site.db, (1,), Filter(action="service.set"), before=None, limit=9)
    assert "hunter2" not in str(entries)
    assert json.loads(entries[0].after) == {"agent_secret": "changed"}
    # Left empty, it stays; taken away, it is gone.
    site.send(address, **(FIELDS | {"fingerprint": "ab" * 32}))
    assert (one(site, id).agent_secret, one(site, id).fingerprint) == (kept, "ab" * 32)
    site.send(address, **FIELDS, no_password="1")
    assert one(site, id).agent_secret == ""
    answer = site.send(address, 400, **(FIELDS | {"password": "x" * 1001}))
    assert "x" * 50 not in answer.text


@pytest.mark.parametrize("elsewhere", [{"host": "other.example"}, {"port": "8201"}])
def test_a_password_is_not_told_to_another_address(site: Site, elsewhere: dict[str, str]) -> None:
    config = site.app.extensions["duplistat"].config
    id = make(site, agent_secret=secrets.encrypt(config, "hunter2"))
    address = f"/settings/agents/{id}"
    assert "Required again if host or port changes." in site.text(address)
    site.send(address, **(FIELDS | elsewhere))
    assert "The password was removed because host or port changed." in site.text(address)
    assert one(site, id).agent_secret == ""
    entries = audit.page(site.db, (1,), Filter(action="service.set"), before=None, limit=9)
    assert json.loads(entries[0].after)["agent_secret"] == ""
    site.send(address, **(FIELDS | {"password": "for this one"}))
    assert "Saved. Testing the connection…" in site.text(address)
    assert secrets.decrypt(config, one(site, id).agent_secret) == "for this one"


def test_address_and_certificate_are_checked(site: Site) -> None:
    address = f"/settings/agents/{make(site)}"
    fingerprint = ":".join(["AB"] * 32)
    site.send(address, **(FIELDS | {"host": "[2001:db8::1]", "fingerprint": fingerprint}))
    assert one(site, 1).fingerprint == "ab" * 32
    assert one(site, 1).host == "2001:db8::1"
    assert "[2001:db8::1]:8200" in site.text("/settings/agents")
    site.send(address, **(FIELDS | {"name": " attic "}))
    assert "attic" in site.text("/settings/agents")
    for fields, message in (
        ({"name": " "}, "Enter a name."),
        ({"host": "http://nas"}, "Enter a host name or an IP address."),
        ({"host": "300.1.1.1"}, "Enter a host name or an IP address."),
        ({"port": "0"}, "Enter a whole number from 1 to 65535."),
        ({"fingerprint": "ab"}, "Enter the SHA-256 fingerprint of a certificate: 64 hex digits."),
    ):
        assert message in said(site.send(address, 400, **(FIELDS | fields)).text)


def test_a_service_is_suspended_and_reactivated(site: Site) -> None:
    address = f"/settings/agents/{make(site)}"
    assert "The name does not match." in said(site.send(f"{address}/suspend", 400, confirm="x").text)
    site.send(f"{address}/suspend", confirm="nas")
    page = site.text(address)
    assert "Suspended: not contacted." in page
    assert "Address and password" not in page
    answer = site.send(address, 400, **FIELDS)
    assert "This connection cannot be changed now: it is suspended, in maintenance or removed." in said(
        answer.text
    )
    site.send(f"{address}/reactivate")
    assert "Connection reactivated. Testing it…" in site.text(address)
    assert waiting(site, 1) == ["probe"]


def test_a_service_is_in_maintenance_for_a_while(site: Site) -> None:
    address = f"/settings/agents/{make(site)}"
    site.send(f"{address}/maintain", hours="3")
    assert "Maintenance until today 17:00" in site.text(address)
    site.send(address, 400, **FIELDS)
    assert "Enter a whole number from 0 to 8784." in said(
        site.send(f"{address}/maintain", 400, hours="x").text
    )
    site.send(f"{address}/maintain", hours="0")
    assert "Maintenance ended." in site.text(address)
    site.send(address, **FIELDS)


def test_holding_is_for_admins_of_the_account_above(site_on_both: Site) -> None:
    site = site_on_both
    acme = below_main(site, "acme")
    nord = tree.create(site.db, "nord", id_of(site.db, "acme"), to_ms(site.now)).id
    own, below = make(site, "own", acme), make(site, "below", nord)
    with as_role(site, "operator", acme):
        for act, fields in (
            ("suspend", {"confirm": "below"}),
            ("reactivate", {}),
            ("maintain", {"hours": "1"}),
        ):
            site.send(f"/settings/agents/{below}/{act}", 403, **fields)
        site.send(f"/settings/agents/{own}", **FIELDS)
        assert "Suspend connection" not in site.text(f"/settings/agents/{below}")
    with as_role(site, "admin", acme):
        site.send(f"/settings/agents/{own}/suspend", 403, confirm="own")
        site.send(f"/settings/agents/{own}/reactivate", 403)
        site.send(f"/settings/agents/{own}/maintain", 403, hours="1")
        assert "Suspend connection" not in site.text(f"/settings/agents/{own}")
        site.send(f"/settings/agents/{below}/suspend", confirm="below")
    assert one(site, below).suspended_at is not None


def test_agents_beside_are_not_there(site_on_both: Site) -> None:
    site = site_on_both
    acme, globex = below_main(site, "acme"), below_main(site, "globex")
    ours, theirs, mains = make(site, "of-acme", acme), make(site, "of-globex", globex), make(site, "of-main")
    with as_role(site, "admin", acme):
        page = site.text("/settings/agents")
        assert "of-acme" in page
        assert "of-globex" not in page
        assert "of-main" not in page
        assert "Connection settings" not in page
        site.html(f"/settings/agents/{ours}")
        for other in (theirs, mains):
            site.html(f"/settings/agents/{other}", 404)
            for act in ("", "/test", "/collect", "/start", "/remove", "/suspend", "/reactivate", "/maintain"):
                site.send(f"/settings/agents/{other}{act}", 404, **FIELDS, hours="1", confirm="of-globex")
        site.send("/settings/agents/collect")
    assert [waiting(site, id) for id in (ours, theirs, mains)] == [["collect"], [], []]


def test_a_cancelled_service_is_shown_and_left_alone(site: Site) -> None:
    address = f"/settings/agents/{make(site, cancelled_at=to_ms(site.now))}"
    page = site.text(address)
    assert "Removed just now" in page
    assert "Save" not in page
    assert "This connection has been removed." in said(site.send(f"{address}/maintain", 400, hours="1").text)
    assert "This connection has been removed." in said(site.send(address, 400, **FIELDS).text)


def test_hostile_words_are_only_text(site: Site) -> None:
    id = make(site, EVIL, problem=EVIL)
    for path in ("/settings/agents", f"/settings/agents/{id}"):
        html = site.html(path)
        for text in ("<script>alert", "\u202e", "\x1b"):
            assert text not in html


@pytest.mark.parametrize("count", [101])
def test_a_long_list_has_pages(site_on_both: Site, count: int) -> None:
    site = site_on_both
    for number in range(count):
        make(site, f"n-{number:03}")
    assert "Older connections" in site.html("/settings/agents")
    assert "n-000" in site.html("/settings/agents?before=2")


def test_those_that_are_ticked_are_asked_and_what_each_does_is_said(site_on_both: Site) -> None:
    site = site_on_both
    first, second, third = make(site), make(site, "web"), make(site, "old", configured_at=None)
    page = site.html("/settings/agents")
    assert page.count('type="checkbox" name="service"') == 3
    assert len(re.findall(r'value="\d+" checked', site.html("/settings/agents?select=all"))) == 3
    assert "data-busy" not in page
    site.send("/settings/agents/selected", service=[first, second, third], task="collect")
    text = site.text("/settings/agents")
    assert "Collecting from 2 connections… old: This connection is not configured yet." in text
    assert [waiting(site, id) for id in (first, second, third)] == [["collect"], ["collect"], []]
    assert text.count("Collecting jobs and runs.") == 2
    assert 'data-busy="1"' in site.html("/settings/agents")


def test_all_jobs_of_those_that_are_ticked_are_started(site: Site) -> None:
    first, second = make(site), make(site, "web", maintenance_until=to_ms(site.now) + 60_000)
    site.send("/settings/agents/selected", service=[first, second], task="run")
    text = site.text("/settings/agents")
    assert "Starting all jobs of one connection… web: This connection is in maintenance." in text
    assert "About to start all jobs." in text
    assert (waiting(site, first), waiting(site, second)) == (["run"], [])
    assert one(site, first).tried_at == to_ms(site.now)
    site.send("/settings/agents/selected", task="run")
    assert "Select at least one connection." in site.text("/settings/agents")


def test_of_others_nothing_is_asked(site: Site) -> None:
    mine, theirs = make(site), make(site, "theirs", account=tree.create(site.db, "other", None, 0).id)
    site.send("/settings/agents/selected", 404, service=[theirs], task="run")
    site.send("/settings/agents/selected", 404, service=[mine, theirs], task="run")
    assert waiting(site, theirs) == waiting(site, mine) == []
    with as_role(site, "viewer", 1):
        site.send("/settings/agents/selected", 403, service=[mine], task="run")


def test_each_leads_to_its_own_pages_once_it_has_answered(site: Site) -> None:
    id = make(site)
    assert "Open Duplicati" not in site.html("/settings/agents")
    with site.db.transaction():
        services.change(site.db, id, {"facts": '{"scheme": "https"}', "answered_at": 1})
    link = 'href="https://nas.example:8200/" target="_blank" rel="noopener noreferrer"'
    assert link in site.html("/settings/agents")
    assert link in site.html(f"/settings/agents/{id}")


def test_the_version_of_each_is_said_and_an_outdated_one_marked(site: Site) -> None:
    site.report("nas", "Documents")
    site.db.execute(
        "UPDATE server SET facts = ?", ('{"agent_version":"2.10.0.1","update_channel":"Stable"}',)
    )
    facts = '{"agent_version":"%s","update_channel":"Stable"}'
    make(site, facts=facts % "2.10.0.1")
    make(site, "web", facts=facts % "2.2.0.3")
    page = site.text("/settings/agents")
    assert "nas.example:8200 2.10.0.1 never" in page
    assert "nas.example:8200 2.2.0.3 · ! outdated never" in page


def test_the_list_costs_the_same_few_statements_for_one_and_for_many(site: Site) -> None:
    make(site, running=1)
    with statements_of(site.db) as few:
        site.html("/settings/agents")
    for number in range(5):
        make(site, f"more {number}", running=1)
    with statements_of(site.db) as many:
        site.html("/settings/agents")
    assert len(many) == len(few)
