"""POST /api/upload: which account a report reaches. Without a key and without a secret that is `main`, and no other."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts.changes import set_account_suspended
from duplistat.services.agents.registry import NewService, add_service
from duplistat.services.agents.report_urls import rotate_report_url
from duplistat.services.agents.task_queue import note_agent_state
from duplistat.services.reports.replay import read_again
from tests.support.agents import Customer, report_query
from tests.support.bodies import FORM, duplicati, form, live, simple, text_report
from tests.support.known import id_of
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
MAIN = 1
# Every kind of body that /api/upload takes, of one machine.
BODIES: dict[str, dict[str, Any]] = {
    "json": {"body": duplicati(START)},
    "own shape": {"body": simple(server="nas", start=START)},
    "form": {"body": form(text_report(START)), "kind": FORM},
    "live": {"body": live("Started", START)},
    "unreadable": {"body": b"nonsense"},
}


@pytest.fixture
def acme(site: Site) -> Customer:
    return Customer(site)


def owners(site: Site) -> set[int]:
    """The accounts that anything was written into."""
    tables = ("server", "job", "run", "delivery")
    return {row[0] for table in tables for row in site.db.rows(f"SELECT account_id FROM {table}")}


def rows_of(site: Site, account: int) -> list[tuple[Any, ...]]:
    """All that an account has from reports."""
    tables = ("server", "job", "run", "delivery", "total")
    return [
        row
        for table in tables
        for row in site.db.rows(f"SELECT * FROM {table} WHERE account_id = ?", (account,))
    ]


def told(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["message"]


def suspend(site: Site, name: str, suspended: bool = True) -> None:
    site.writes.run(
        set_account_suspended, account=id_of(site.db, name), suspended=suspended, **site.signature()
    )


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("account", ["acme", "suspended"])
def test_no_number_reaches_another_account_without_a_key(site: Site, kind: str, account: str) -> None:
    made = Customer(site, account).add("nas")
    if account == "suspended":
        suspend(site, account)
    answer = site.post(query=f"?service={made['service_id']}", **BODIES[kind])
    unknown = site.post(query="?service=V99999", **BODIES[kind], address="192.0.2.9")
    assert answer.status_code == unknown.status_code == (400 if kind == "unreadable" else 200)
    assert owners(site) == {MAIN}
    assert [server.service_id for server in site.servers()] in ([], [None])


def test_put_reaches_no_other_account_either(acme: Customer, site: Site) -> None:
    made = acme.add("nas")
    site.client().put(f"/api/upload?service={made['service_id']}", json=duplicati(START))
    assert owners(site) == {MAIN}


@pytest.mark.parametrize("kind", BODIES)
def test_neither_name_nor_id_of_a_machine_reaches_another_account(
    acme: Customer, site: Site, kind: str
) -> None:
    """The account has the service, and the machine too."""
    made = acme.add("nas")
    key = site.key(Scope.INGEST, account="acme")
    site.writes.run(note_agent_state, service=int(made["id"]), changes={"machine_id": "4f1d2c3b"})
    site.record(duplicati("2026-01-27T02:00:00Z"), headers={"X-Api-Key": key})
    before = rows_of(site, acme.account)
    site.post(**BODIES[kind])
    assert site.deliveries()[-1].account_id == MAIN
    assert rows_of(site, acme.account) == before


def test_suspended_foreign_and_unknown_numbers_get_one_answer(acme: Customer, site: Site) -> None:
    numbers = [acme.add("nas")["service_id"], Customer(site, "cold").add("nas")["service_id"], "V99999"]
    suspend(site, "cold")
    answers = []
    for number in numbers:
        for query in (f"?service={number}&secret=dr_guessed", f"?service={number}"):
            answer = told(site.post(b"nonsense", query=query))
            answers.append(answer)
    assert set(answers[::2]) == {
        (401, "The secret of this report URL is wrong, or was replaced by another one")
    }
    assert set(answers[1::2]) == {(400, "Invalid backup data format")}
    assert owners(site) == {MAIN}


def test_a_service_of_main_takes_reports_without_a_key(site: Site) -> None:
    values: NewService = {"kind": "VDS", "name": "x", "host": "nas", "port": 8200, "location": 527}
    service = site.writes.run(add_service, account=MAIN, values=values, **site.signature())
    site.record(duplicati(START), query=f"?service=V{10_000 + service}")
    assert [server.service_id for server in site.servers()] == [service]


@pytest.mark.parametrize("kind", BODIES)
def test_a_report_url_reaches_its_service(acme: Customer, site: Site, kind: str) -> None:
    made = acme.add("anything")
    site.post(query=acme.report_query(made), **BODIES[kind])
    assert owners(site) == {acme.account}
    assert [server.service_id for server in site.servers()] in ([], [int(made["id"])])


def test_a_report_url_is_as_good_as_a_key_where_one_is_required(make_site: Callable[..., Site]) -> None:
    site = make_site(api={"require_key": True})
    acme = Customer(site)
    made = acme.add()
    site.record(duplicati(START), query=acme.report_query(made))
    assert site.post(duplicati(START), query=f"?service={made['service_id']}").status_code == 401
    wrong = site.post(duplicati(START), query=f"?service={made['service_id']}&secret=dr_wrong")
    assert (wrong.status_code, len(site.deliveries())) == (401, 1)


def test_a_report_url_opens_no_reads(make_site: Callable[..., Site]) -> None:
    site = make_site(api={"require_key": True})
    acme = Customer(site)
    query = acme.report_query(acme.add())
    assert site.get(f"/api/summary{query}").status_code == 401


def test_the_secret_of_one_service_is_not_that_of_another(acme: Customer, site: Site) -> None:
    made, other = acme.add("one"), acme.add("two")
    secret = acme.report_query(made).partition("secret=")[2]
    answer = site.post(duplicati(START), query=f"?service={other['service_id']}&secret={secret}")
    bare = site.post(duplicati(START), query=f"?secret={secret}")
    assert (answer.status_code, bare.status_code) == (401, 401)
    assert owners(site) == {MAIN}


def test_the_number_beside_a_secret_may_be_written_small(acme: Customer, site: Site) -> None:
    made = acme.add()
    site.record(duplicati(START), query=acme.report_query(made).replace("=V", "=v"))
    assert owners(site) == {acme.account}


def test_a_suspended_account_takes_no_report_at_its_url_or_with_its_key(acme: Customer, site: Site) -> None:
    made, key = acme.add(), site.key(Scope.INGEST)
    query = acme.report_query(made)
    suspend(site, "acme")
    refused = (403, "The account of this connection is suspended")
    assert told(site.post(duplicati(START), query=query)) == refused
    with_key = site.post(duplicati(START), query=f"?service={made['service_id']}", headers={"X-Api-Key": key})
    assert (told(with_key), site.deliveries()) == (refused, [])
    suspend(site, "acme", suspended=False)
    site.record(duplicati(START), query=query)


def test_with_a_key_the_key_decides(acme: Customer, site: Site) -> None:
    made, key = acme.add(), site.key(Scope.INGEST, account="acme")
    for secret in ("", "&secret=dr_wrong"):
        site.record(
            duplicati(START), query=f"?service={made['service_id']}{secret}", headers={"X-Api-Key": key}
        )
    assert owners(site) == {acme.account}


def test_what_came_to_a_wrong_report_url_is_kept_and_can_be_read_again(acme: Customer, site: Site) -> None:
    number = acme.add()["service_id"]
    answer = site.post(duplicati(START), query=f"?service={number}&secret=dr_wrong")
    (kept,) = site.deliveries()
    assert (answer.status_code, kept.outcome, kept.account_id) == (401, "unrecognised", MAIN)
    assert (kept.query, kept.problem) == (f"service={number}", answer.get_json()["message"])
    assert read_again(site.db, site.writes, kept.id, max_log_lines=10) == "recorded"
    assert owners(site) == {MAIN}


def test_wrong_secrets_count_as_wrong_keys_of_an_address(make_site: Callable[..., Site]) -> None:
    site = make_site(limits={"wrong_keys_per_minute": 2})
    acme = Customer(site)
    right = acme.report_query(acme.add())
    wrong = [site.post(duplicati(START), query="?service=V10001&secret=dr_x") for _ in range(3)]
    assert [answer.status_code for answer in wrong] == [401, 401, 429]
    assert wrong[2].headers["Retry-After"] == "30"
    assert len(site.deliveries()) == 3
    # A key is a guess as well; but one machine with an old URL keeps no other from reporting.
    assert site.post(duplicati(START), headers={"X-Api-Key": "wrong"}).status_code == 429
    site.record(duplicati(START), query=right)
    assert site.post(duplicati(START), query="?secret=x", address="192.0.2.9").status_code == 401


def test_a_replaced_secret_is_good_for_as_long_as_was_said(acme: Customer, site: Site) -> None:
    made = acme.add()
    service, before = int(made["id"]), acme.report_query(made)

    def rotate(hash: str, keep_ms: int) -> None:
        site.writes.run(
            rotate_report_url,
            service=service,
            held=False,
            hash=hash,
            secret="",
            keep_ms=keep_ms,
            **site.signature(),
        )

    rotate("0" * 64, 3_600_000)
    site.record(duplicati(START), query=before)
    site.now.forward(minutes=61)
    assert site.post(duplicati(START), query=before).status_code == 401
    rotate("1" * 64, 0)
    assert site.post(duplicati(START), query=before).status_code == 401


def test_a_merge_is_proposed_within_main_alone(acme: Customer, site: Site) -> None:
    key = site.key(Scope.INGEST, account="acme")
    site.record(duplicati(START, machine="one"), headers={"X-Api-Key": key})
    site.record(duplicati(START, machine="other"))
    assert [server.may_be_id for server in site.servers()] == [None, None]


def test_a_report_url_belongs_to_the_service_until_that_is_deleted(acme: Customer, site: Site) -> None:
    made = acme.add()
    query = report_query(site, int(made["id"]))
    assert query == acme.report_query(made)
    with site.db.transaction():
        site.db.change("DELETE FROM service WHERE id = ?", (int(made["id"]),))
    assert site.post(duplicati(START), query=query).status_code == 401
