"""Whose a report is: by the service that it names, or by the machine that it is of."""

from collections.abc import Callable

import pytest

from duplistat.services.keys import Scope
from tests.support.agents import Customer
from tests.support.bodies import duplicati, live, simple
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


def owners(site: Site) -> list[int]:
    return [server.account_id for server in site.servers()]


def test_the_service_that_a_report_names_decides_its_account(acme: Customer, site: Site) -> None:
    made = acme.add("anything")
    site.record(duplicati(START), query=f"?service={made['service_id']}")
    assert owners(site) == [acme.account]
    assert (site.deliveries()[0].account_id, acme.agent("anything")["status"]) == (acme.account, "1")


def test_a_live_post_names_its_service_too(acme: Customer, site: Site) -> None:
    made = acme.add("anything")
    assert site.post(live("Started", START), query=f"?service={made['service_id']}").status_code == 200
    assert owners(site) == [acme.account]


def test_a_service_owns_several_machines(acme: Customer, site: Site) -> None:
    made = acme.add("anything")
    for name in ("a", "b"):
        site.record(simple(server=name, start=START), query=f"?service={made['service_id']}")
    assert acme.agent("anything")["alert_history"].count("daily") == 2


def test_the_name_of_a_machine_without_a_key_decides(acme: Customer, site: Site) -> None:
    acme.add("web-01")
    site.record(simple(server="web-01", start=START))
    assert (owners(site), acme.agent("web-01")["create_status"]) == ([acme.account], "10")


def test_the_id_of_a_machine_decides_before_its_name(acme: Customer, site: Site) -> None:
    made = acme.add("whatever")
    Customer(site, "other").add("nas")
    site.writes.call("note_agent", {"service": int(made["id"]), "changes": {"machine_id": "4f1d2c3b"}})
    site.record(duplicati(START))
    assert owners(site) == [acme.account]


def test_a_name_that_two_accounts_use_decides_nothing(acme: Customer, site: Site) -> None:
    acme.add("web-01")
    Customer(site, "other").add("web-01")
    site.record(simple(server="web-01", start=START))
    assert owners(site)[0] not in (acme.account,)


def test_where_anybody_may_have_a_service_a_name_decides_nothing(make_site: Callable[..., Site]) -> None:
    site = make_site(accounts={"registration": "open"})
    acme = Customer(site)
    made = acme.add("web-01")
    site.record(simple(server="web-01", start=START))
    site.post(live("Started", START, server="web-01", machine="other"))
    assert acme.account not in owners(site)
    # What the agent itself said is more than a guess.
    site.writes.call("note_agent", {"service": int(made["id"]), "changes": {"machine_id": "4f1d2c3b"}})
    site.record(duplicati(START))
    assert owners(site)[-1] == acme.account
    site.record(simple(server="web-02", start=START), query=f"?service={made['service_id']}")
    assert owners(site)[-1] == acme.account


def test_nobody_takes_a_machine_away_by_a_service_of_its_name(acme: Customer, site: Site) -> None:
    site.record(simple(server="web-01", start=START))
    acme.add("web-01")
    site.record(simple(server="web-01", start="2026-01-28T03:00:00Z"))
    assert (len(owners(site)), acme.agent("web-01")["alert_history"]) == (1, "[]")


@pytest.mark.parametrize("number", ["V99999", "V1", "nonsense", ""])
def test_a_report_of_an_unknown_service_is_not_lost(acme: Customer, site: Site, number: str) -> None:
    site.record(duplicati(START), query=f"?service={number}")
    assert owners(site) != [acme.account]


def test_a_key_of_a_stranger_has_no_part_in_a_service(acme: Customer, site: Site) -> None:
    made, stranger = acme.add(), site.account("stranger")
    key = site.key(Scope.INGEST, account="stranger")
    site.record(duplicati(START), query=f"?service={made['service_id']}", headers={"X-Api-Key": key})
    assert owners(site) == [stranger]


def test_a_key_of_the_account_above_brings_reports_of_a_service(acme: Customer, site: Site) -> None:
    made, key = acme.add(), site.key(Scope.INGEST)
    site.record(duplicati(START), query=f"?service={made['service_id']}", headers={"X-Api-Key": key})
    assert owners(site) == [acme.account]


def test_what_nobody_can_read_is_kept_for_the_account_of_its_service(acme: Customer, site: Site) -> None:
    made = acme.add()
    assert site.post(b"nonsense", query=f"?service={made['service_id']}").status_code == 400
    assert site.deliveries()[0].account_id == acme.account


def test_the_alias_of_a_machine_may_be_the_name_of_its_service(acme: Customer, site: Site) -> None:
    key = site.key(Scope.INGEST, account="acme")
    site.record(duplicati(START), headers={"X-Api-Key": key})
    acme.add("The NAS")
    assert acme.agent("The NAS")["status"] == "0"
    site.set_server(site.servers()[0].id, alias="The NAS")
    assert acme.agent("The NAS")["status"] == "1"
