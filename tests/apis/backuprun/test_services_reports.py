"""Whose a report is: by the service that it names, or by the machine that it is of."""

import pytest

from duplistat.services.access.api_keys import Scope
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
    site.record(duplicati(START), query=acme.report_query(made))
    assert owners(site) == [acme.account]
    assert (site.deliveries()[0].account_id, acme.agent("anything")["status"]) == (acme.account, "1")


def test_a_live_post_names_its_service_too(acme: Customer, site: Site) -> None:
    made = acme.add("anything")
    assert site.post(live("Started", START), query=acme.report_query(made)).status_code == 200
    assert owners(site) == [acme.account]


def test_a_service_owns_several_machines(acme: Customer, site: Site) -> None:
    made = acme.add("anything")
    for name in ("a", "b"):
        site.record(simple(server=name, start=START), query=acme.report_query(made))
    assert acme.agent("anything")["alert_history"].count("daily") == 2


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
    assert site.post(b"nonsense", query=acme.report_query(made)).status_code == 400
    assert site.deliveries()[0].account_id == acme.account


def test_the_alias_of_a_machine_may_be_the_name_of_its_service(acme: Customer, site: Site) -> None:
    key = site.key(Scope.INGEST, account="acme")
    site.record(duplicati(START), headers={"X-Api-Key": key})
    acme.add("The NAS")
    assert acme.agent("The NAS")["status"] == "0"
    site.set_server(site.servers()[0].id, alias="The NAS")
    assert acme.agent("The NAS")["status"] == "1"
