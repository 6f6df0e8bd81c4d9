"""GET /v1/partners/…/reports/backup_status."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from urllib.parse import quote

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import tree as accounts_service
from tests.apis.intronis.conftest import REPORT, Partner
from tests.support.databases import statements_of
from tests.support.known import id_of

ATTRIBUTES = [
    "report_date",
    "username",
    "computer_id",
    "computer_name",
    "backupset_name",
    "local_start",
    "local_end",
    "condition_status",
    "condition_types",
    "errors",
    "warnings",
]


def test_the_report_is_one_page_with_a_link_to_itself(partner: Partner) -> None:
    partner.upload("barracuda_a")
    content = partner.report("?condition_status=COMPLETED&order_dir=DESC")
    assert list(content) == ["page", "page_size", "count", "links", "list"]
    assert (content["page"], content["page_size"], content["count"]) == (1, 1, 1)
    address = f"http://localhost{REPORT.format('barracuda')}"
    assert content["links"] == [
        {"rel": "first", "href": f"{address}?condition_status=COMPLETED&order_dir=DESC&page=1"}
    ]


def test_the_link_names_the_address_that_others_know(make_partner: Callable[..., Partner]) -> None:
    partner = make_partner(server={"public_url": "https://status.example.com/"})
    (link,) = partner.report("?page=1")["links"]
    assert link["href"] == f"https://status.example.com{REPORT.format('barracuda')}?page=1"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("x=a%20b+c", "x=a%20b+c&"),
        ("x=%zz&&y", "x=%zz&y&"),
        ("x=<>\"' |", "x=%3C%3E%22'%20%7C&"),
        ("x=\xfc", "x=%C3%BC&"),
        ("pa%67e=1&x", "x&"),
        ("page=1&page=1", ""),
    ],
)
def test_the_query_of_the_link_is_one(partner: Partner, asked: str, kept: str) -> None:
    (link,) = partner.report(f"?{asked}")["links"]
    assert link["href"] == f"http://localhost{REPORT.format('barracuda')}?{kept}page=1"


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("public_url", ["", "https://status.example.com/at/"])
@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "/a",
        "a//b",
        "a/reports/backup_status",
        "%2F",
        "100%",
        "a b",
        "..",
        "ünï",
        "日本",
        "a?b#c",
        "a+b",
        "\x01",
    ],
)
def test_a_partner_may_have_any_name(
    make_partner: Callable[..., Partner], name: str, public_url: str
) -> None:
    partner = make_partner(server={"public_url": public_url})
    accounts_service.create(partner.site.db, name, id_of(partner.site.db, "barracuda"), 0)
    partner.keys[name] = partner.site.key(Scope.INGEST, account=name, name="k")
    partner.upload(name)
    content = partner.report(partner=quote(name, safe=""))
    assert [entry["username"] for entry in content["list"]] == [name]
    address = public_url.rstrip("/") or "http://localhost"
    assert content["links"][0]["href"] == f"{address}{REPORT.format(quote(name, safe=''))}?page=1"


@pytest.mark.parametrize("name", ["%00", "a%00b", "%FF", "%ED%A0%80", "%252F"])
def test_a_name_that_nobody_can_have_is_nobodys(partner: Partner, name: str) -> None:
    assert partner.get(partner=name).status_code == 404


def test_a_head_is_answered_without_a_body(partner: Partner) -> None:
    headers = {"Authorization": f"OAuth {partner.token()}", "Accept": "application/xml"}
    answer = partner.site.client().head(REPORT.format("barracuda"), headers=headers)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/xml", b"")


def test_an_entry_has_the_attributes_of_the_report_in_their_order(partner: Partner) -> None:
    server = partner.upload("barracuda_a")["data"]["serverId"]
    (entry,) = partner.entries()
    assert list(entry) == ATTRIBUTES
    assert entry == {
        "report_date": "2026-01-28T12:00:00+00:00",
        "username": "barracuda_a",
        "computer_id": f"{server:04d}",
        "computer_name": "nas",
        "backupset_name": "Documents",
        "local_start": "2026-01-28T02:00:00+00:00",
        "local_end": "2026-01-28T02:10:00+00:00",
        "condition_status": "COMPLETED",
        "condition_types": ["COMPLETED"],
        "errors": 0,
        "warnings": 0,
    }


def test_times_have_the_offset_of_the_sender(partner: Partner) -> None:
    partner.post(
        "barracuda_a", timestamp="2026-01-28T02:00:00.750-05:00", endTime="2026-01-28T08:00:00+01:00"
    )
    (entry,) = partner.entries()
    assert (entry["local_start"], entry["local_end"]) == (
        "2026-01-28T02:00:00-05:00",
        "2026-01-28T02:00:00-05:00",
    )


def test_without_an_offset_times_are_in_the_zone_of_the_account(partner: Partner) -> None:
    accounts_service.set_timezone(partner.site.db, id_of(partner.site.db, "barracuda_a"), "Asia/Tokyo")
    partner.upload("barracuda_a", "2026-01-28T02:00:00Z")
    partner.upload("barracuda_b", "2026-01-28T02:00:00Z")
    first, second = partner.entries()
    assert first["local_start"] == "2026-01-28T11:00:00+09:00"
    assert second["local_start"] == "2026-01-28T02:00:00+00:00"


def test_utc_is_an_offset_that_a_script_may_have(partner: Partner) -> None:
    accounts_service.set_timezone(partner.site.db, id_of(partner.site.db, "barracuda_a"), "Asia/Tokyo")
    partner.post("barracuda_a", timestamp="2026-01-28T02:00:00Z")
    assert partner.entries()[0]["local_start"] == "2026-01-28T02:00:00+00:00"


def test_the_date_of_the_report_is_in_the_zone_of_the_partner(partner: Partner) -> None:
    accounts_service.set_timezone(partner.site.db, id_of(partner.site.db, "barracuda"), "America/New_York")
    partner.upload("barracuda_a")
    assert partner.entries()[0]["report_date"] == "2026-01-28T07:00:00-05:00"


def test_entries_are_in_order_of_user_name_computer_and_backup_set(partner: Partner) -> None:
    for account, device, job in (
        ("barracuda_b", "a", "x"),
        ("barracuda_a", "b", "y"),
        ("barracuda_a", "B", "x"),
        ("barracuda_a", "a", "Z"),
        ("barracuda", "z", "z"),
        ("barracuda_a", "a", "y"),
    ):
        partner.post(account, deviceName=device, jobName=job)
    names = [(e["username"][9:], e["computer_name"], e["backupset_name"]) for e in partner.entries()]
    assert names == [
        ("", "z", "z"),
        ("_a", "a", "y"),
        ("_a", "a", "Z"),
        ("_a", "B", "x"),
        ("_a", "b", "y"),
        ("_b", "a", "x"),
    ]
    backwards = partner.entries("?order_by=USERNAME&order_dir=DESC")
    assert [(e["username"][9:], e["computer_name"], e["backupset_name"]) for e in backwards] == names[::-1]


def test_an_alias_is_the_name_of_the_computer(partner: Partner) -> None:
    server = partner.upload("barracuda_a")["data"]["serverId"]
    partner.site.set_server(server, alias="Mail Server")
    assert partner.entries()[0]["computer_name"] == "Mail Server"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"COMPLETED", "WARNING", "FAILURE", "RUNNING"}),
        ("?condition_status=WARNING", {"WARNING"}),
        ("?condition_status=WARNING&condition_status=FAILURE", {"WARNING", "FAILURE"}),
        ("?condition_status=COMPLETED,RUNNING", {"COMPLETED", "RUNNING"}),
    ],
)
def test_only_some_conditions_can_be_asked_for(partner: Partner, query: str, found: set[str]) -> None:
    for status in ("Success", "Warning", "Error", "Running"):
        partner.post("barracuda_a", jobName=status, status=status)
    content = partner.report(query)
    assert {entry["condition_status"] for entry in content["list"]} == found
    assert content["count"] == content["page_size"] == len(found)


@pytest.mark.parametrize(
    "query",
    [
        "?condition_status=warning",
        "?condition_status=WARNING,",
        "?condition_status=",
        "?condition_status=WARNING&condition_status=NONE",
        "?order_by=COMPUTER",
        "?order_by=username",
        "?order_dir=asc",
        "?order_dir=ASC&order_dir=asc",
        "?page=2",
    ],
)
def test_a_value_that_is_none_is_refused(partner: Partner, query: str) -> None:
    answer = partner.get(query)
    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert error["code"] == 400
    assert query[1:].partition("=")[0] in error["message"]


def test_another_method_is_refused_with_those_that_work(partner: Partner) -> None:
    answer = partner.site.client().post(REPORT.format("barracuda"), headers={"Accept": "application/xml"})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert ET.fromstring(answer.text).findtext("code") == "405"


@pytest.mark.usefixtures("both_databases")
def test_the_report_asks_the_database_no_more_for_more_jobs(partner: Partner) -> None:
    token = partner.token()
    partner.upload("barracuda_a")
    with statements_of(partner.site.db) as few:
        partner.get(token=token)
    for number in range(30):
        partner.post("barracuda_b", jobName=f"job {number}")
    with statements_of(partner.site.db) as many:
        partner.get(token=token)
    assert len(few) == len(many) <= 7
