"""GET /v1/partners/…/reports/backup_status."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import tree as accounts_service
from tests.apis.intronis.conftest import REPORT, Partner
from tests.support.bodies import sample
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


def only(partner: Partner) -> tuple[str, list[str]]:
    (entry,) = partner.entries()
    return entry["condition_status"], entry["condition_types"]


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


def test_a_paused_job_is_left_out(partner: Partner) -> None:
    partner.upload("barracuda_a")
    partner.site.set_job(partner.site.job(), paused=True)
    assert partner.report()["list"] == []


# Conditions, as real reports make them.


@pytest.mark.parametrize(
    ("status", "condition"),
    [
        ("Success", ("COMPLETED", ["COMPLETED"])),
        ("Running", ("RUNNING", ["RUNNING"])),
        ("Warning", ("WARNING", ["WARNINGS"])),
        ("Cancelled", ("WARNING", ["CANCELED"])),
        ("Error", ("FAILURE", ["ERRORS"])),
        ("Fatal", ("FAILURE", ["EXCEPTION"])),
        ("Half done", ("WARNING", ["WARNINGS"])),
    ],
)
def test_the_latest_run_gives_the_condition(
    partner: Partner, status: str, condition: tuple[str, list[str]]
) -> None:
    partner.post("barracuda_a", timestamp="2026-01-27T02:00:00Z", status="Fatal")
    partner.post("barracuda_a", status=status)
    assert only(partner) == condition


def test_an_overdue_job_is_missed(partner: Partner) -> None:
    partner.upload("barracuda_a")
    partner.site.set_job(partner.site.job(), schedule="daily 02:00", schedule_zone="UTC")
    partner.site.now.forward(days=2)
    assert only(partner) == ("FAILURE", ["COMPLETED", "MISSED"])
    partner.site.sweep()
    assert only(partner) == ("FAILURE", ["COMPLETED", "MISSED"])


def test_a_run_that_examined_no_file_is_a_warning(partner: Partner) -> None:
    partner.post("barracuda_a", files=0)
    assert only(partner) == ("WARNING", ["COMPLETED", "NO_FILE_DATA_BACKED_UP"])


def test_a_database_job_that_sent_no_byte_is_a_warning(partner: Partner) -> None:
    partner.post("barracuda_a", uploadedSize=0)
    assert only(partner) == ("COMPLETED", ["COMPLETED"])
    partner.site.set_job(partner.site.job("nightly"), tags=["exchange"])
    assert only(partner) == ("WARNING", ["COMPLETED", "NO_EXCHANGE_OR_SQL_DATA_BACKED_UP"])


REPORTS = {
    "01_backup_success_2.0.6.3.json": ("COMPLETED", ["COMPLETED"], 0, 0),
    # These two tell when they run next, which is over by now.
    "07_backup_warning_2.2.0.3.json": ("FAILURE", ["WARNINGS", "MISSED"], 0, 2),
    "08_backup_error_2.2.0.3.json": ("FAILURE", ["ERRORS", "MISSED"], 1, 1),
    "09_backup_fatal_2.0.6.3_data_is_serializable_exception.json": (
        "FAILURE",
        ["ERRORS", "EXCEPTION"],
        1,
        1,
    ),
    "11_backup_fatal_2.2.0.3.json": ("FAILURE", ["ERRORS", "EXCEPTION"], 1, 0),
    "14_backup_partial_2.2.0.3.json": ("WARNING", ["WARNINGS", "CANCELED"], 0, 0),
    "38_http_report_status_started_2.3.1.0.json": ("RUNNING", ["RUNNING"], 0, 0),
}


@pytest.mark.parametrize("name", REPORTS)
def test_the_reports_of_duplicati_give_their_conditions(partner: Partner, name: str) -> None:
    send(partner, sample(name))
    (entry,) = partner.entries()
    found = (entry["condition_status"], entry["condition_types"], entry["errors"], entry["warnings"])
    assert found == REPORTS[name]


def live(status: str, start: str) -> dict[str, Any]:
    """A word of a run under way."""
    metadata = {"backupName": "Documents", "machineName": "nas", "machineId": "m"}
    return {"operation": "Backup", "status": status, "startedUtc": start, "metadata": metadata}


@pytest.mark.parametrize("status", ["Started", "Completed"])
def test_a_job_without_a_run_is_running_once_one_has_started(partner: Partner, status: str) -> None:
    send(partner, live(status, "2026-01-28T11:59:00Z"))
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == ("RUNNING", ["RUNNING"])
    assert entry["local_start"] == "2026-01-28T11:59:00+00:00"


def test_a_start_that_went_silent_is_a_warning(partner: Partner) -> None:
    send(partner, live("Started", "2026-01-28T11:59:00Z"))
    partner.site.now.forward(hours=5)
    assert only(partner) == ("WARNING", ["RUNNING"])
    partner.site.sweep()
    assert only(partner) == ("WARNING", ["RUNNING"])


@pytest.mark.parametrize(
    ("status", "condition"), [("Started", ("RUNNING", ["RUNNING"])), ("Failed", ("FAILURE", ["EXCEPTION"]))]
)
def test_what_is_under_way_has_counted_nothing_yet(
    partner: Partner, status: str, condition: tuple[str, list[str]]
) -> None:
    body = operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=0, ErrorsActualLength=3)
    body["Data"]["ParsedResult"] = "Error"
    body["Extra"] |= {"machine-id": "m"}
    body["LogLines"] = ["2026-01-28 03:00:00 +07 - [Error-a-b]: no"]
    send(partner, body)
    assert partner.entries()[0]["local_start"] == "2026-01-28T09:00:00+07:00"
    assert partner.entries()[0]["errors"] == 3
    send(partner, live(status, "2026-01-28T11:59:00Z"))
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == condition
    assert (entry["errors"], entry["warnings"]) == (0, 0)
    assert entry["local_start"] == "2026-01-28T11:59:00+00:00"


def test_a_backup_that_was_stopped_with_errors_has_failed(partner: Partner) -> None:
    stopped = {"ParsedResult": "Error", "Interrupted": True, "ErrorsActualLength": 1}
    send(partner, operation("Backup", "2026-01-28T02:00:00Z", **stopped))
    assert only(partner) == ("FAILURE", ["CANCELED", "ERRORS"])


def operation(name: str, start: str, **data: Any) -> dict[str, Any]:
    """A report of Duplicati of another operation than backup."""
    return {
        "Data": {
            "MainOperation": name,
            "ParsedResult": "Success",
            "BeginTime": start,
            "EndTime": start,
            **data,
        },
        "Extra": {"OperationName": name, "backup-name": "Documents", "machine-name": "nas"},
    }


def send(partner: Partner, body: dict[str, Any] | bytes) -> None:
    partner.site.record(body, headers={"X-Api-Key": partner.keys["barracuda_a"]})


def test_the_latest_restore_may_have_restored_nothing(partner: Partner) -> None:
    backup = operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=3)
    send(partner, backup)
    send(partner, operation("Restore", "2026-01-28T04:00:00Z", RestoredFiles=0))
    assert only(partner) == ("COMPLETED", ["COMPLETED", "NO_DATA_RESTORED"])
    send(partner, operation("Restore", "2026-01-28T03:00:00Z", RestoredFiles=5))
    assert only(partner)[1] == ["COMPLETED", "NO_DATA_RESTORED"]
    send(partner, operation("Restore", "2026-01-28T05:00:00Z", RestoredFiles=5))
    assert only(partner) == ("COMPLETED", ["COMPLETED"])


def test_a_restore_that_failed_before_it_counted_anything_restored_nothing(partner: Partner) -> None:
    send(partner, operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=3))
    failed = {"ParsedResult": "Fatal", "RestoredFiles": 0, "SizeOfRestoredFiles": 0}
    send(partner, operation("Restore", "2026-01-28T04:00:00Z", **failed))
    assert only(partner) == ("WARNING", ["COMPLETED", "WARNINGS", "NO_DATA_RESTORED"])


def test_the_latest_delete_may_have_failed_and_deleted_nothing(partner: Partner) -> None:
    send(partner, operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=3))
    failed = {"ParsedResult": "Error", "DeletedSetsActualLength": 0}
    send(partner, operation("Delete", "2026-01-28T04:00:00Z", **failed))
    assert only(partner) == ("COMPLETED", ["COMPLETED", "NO_DATA_DELETED"])
    send(partner, operation("Delete", "2026-01-28T05:00:00Z", DeletedSetsActualLength=0))
    assert only(partner) == ("COMPLETED", ["COMPLETED"])


def test_the_delete_inside_a_backup_counts_too(partner: Partner) -> None:
    step = {"ParsedResult": "Error", "DeletedSetsActualLength": 0}
    body = operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=3, DeleteResults=step)
    send(partner, body)
    assert only(partner)[1][-1] == "NO_DATA_DELETED"
    send(partner, operation("Delete", "2026-01-28T04:00:00Z", DeletedSetsActualLength=2))
    assert "NO_DATA_DELETED" not in only(partner)[1]


# JSON and XML.


def elements(text: str) -> list[dict[str, Any]]:
    """The entries of a report in XML, as JSON has them."""
    found = []
    for element in ET.fromstring(text).findall("backup_status"):
        entry: dict[str, Any] = {child.tag: child.text for child in element}
        entry["condition_types"] = [child.text for child in element.findall("condition_type")]
        del entry["condition_type"]
        entry |= {name: int(entry[name]) for name in ("errors", "warnings")}
        found.append({name: entry[name] for name in ATTRIBUTES})
    return found


def test_json_and_xml_say_the_same(partner: Partner) -> None:
    partner.upload("barracuda_a", result="Warning")
    partner.post("barracuda_b", status="Cancelled")
    partner.post("barracuda_b", jobName="<&>\"'", status="Error", message="x")
    answer = partner.get(Accept="application/xml")
    assert answer.content_type == "application/xml; charset=utf-8"
    root = ET.fromstring(answer.text)
    assert (root.tag, root.attrib) == ("list", {"page": "1", "page_size": "3", "count": "3"})
    link = root.find("link")
    assert link is not None
    content = partner.report()
    assert [dict(link.attrib)] == content["links"]
    assert elements(answer.text) == content["list"]


def test_xml_is_well_formed_whatever_names_hold(partner: Partner) -> None:
    names = "".join(map(chr, range(32))) + "]]>&<\ufffe\uffff\U0010ffff\u202e" + "\ud800"
    partner.post("barracuda_a", jobName=f"a{names}b", deviceName=f"c{names}d")
    (entry,) = elements(partner.get(Accept="application/xml").text)
    assert entry["backupset_name"].startswith("a")
    assert entry["backupset_name"].endswith("]]>&<\ufffd\ufffd\U0010ffff\u202e\ufffdb")


ADDRESS = "https://api.intronis.com/v1/partners/barracuda/reports/backup_status?page=1"
AS_XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<list page="1" page_size="2" count="2">
  <link rel="first" href="{ADDRESS}"/>
  <backup_status>
    <report_date>2026-01-28T07:00:00-05:00</report_date>
    <username>barracuda_a</username>
    <computer_id>0001</computer_id>
    <computer_name>Mail Server</computer_name>
    <backupset_name>Exchange</backupset_name>
    <local_start>2026-01-28T01:00:00-05:00</local_start>
    <local_end>2026-01-28T02:00:00-05:00</local_end>
    <condition_status>COMPLETED</condition_status>
    <condition_type>COMPLETED</condition_type>
    <errors>0</errors>
    <warnings>0</warnings>
  </backup_status>
  <backup_status>
    <report_date>2026-01-28T07:00:00-05:00</report_date>
    <username>barracuda_b</username>
    <computer_id>0002</computer_id>
    <computer_name>Personal Computer</computer_name>
    <backupset_name>My Docs</backupset_name>
    <local_start>2026-01-28T01:00:00-05:00</local_start>
    <local_end>2026-01-28T01:03:00-05:00</local_end>
    <condition_status>WARNING</condition_status>
    <condition_type>WARNINGS</condition_type>
    <condition_type>CANCELED</condition_type>
    <errors>0</errors>
    <warnings>2</warnings>
  </backup_status>
</list>
"""


def test_the_two_requests_of_the_protocol_are_answered_in_its_shapes(
    make_partner: Callable[..., Partner],
) -> None:
    partner = make_partner(server={"public_url": "https://api.intronis.com"})
    accounts_service.set_timezone(partner.site.db, id_of(partner.site.db, "barracuda"), "America/New_York")
    for account, computer, backup, end, more in (
        ("barracuda_a", "Mail Server", "Exchange", "07:00:00Z", {}),
        (
            "barracuda_b",
            "Personal Computer",
            "My Docs",
            "06:03:00Z",
            {"ParsedResult": "Warning", "WarningsActualLength": 2, "PartialBackup": True},
        ),
    ):
        body = operation("Backup", "2026-01-28T06:00:00Z", ExaminedFiles=3, EndTime=f"2026-01-28T{end}")
        body["Data"] |= more
        body["Extra"] |= {"backup-name": backup, "machine-name": computer}
        body["LogLines"] = ["2026-01-28 01:00:00 -05 - [Information-a-b]: begun"]
        partner.site.record(body, headers={"X-Api-Key": partner.keys[account]})
    answer = partner.get(Accept="application/xml")
    assert answer.text == AS_XML
    content = partner.report(Accept="application/json")
    assert list(content) == ["page", "page_size", "count", "links", "list"]
    assert content["links"] == [{"rel": "first", "href": ADDRESS}]
    assert content["list"] == elements(AS_XML)


def test_a_report_of_nothing_is_whole(partner: Partner) -> None:
    content = partner.report()
    assert (content["count"], content["list"]) == (0, [])
    root = ET.fromstring(partner.get(Accept="application/xml").text)
    assert [child.tag for child in root] == ["link"]


@pytest.mark.parametrize(
    ("accept", "type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("Application/XML;version=1", "application/xml; charset=utf-8"),
        ("application/xml; charset=utf-8; q=0.5, text/html", "application/xml; charset=utf-8"),
        ("application/xml", "application/xml; charset=utf-8"),
        ("application/xml;q=0.9, application/json;q=0.8", "application/xml; charset=utf-8"),
        ("text/html, application/xml", "application/xml; charset=utf-8"),
    ],
)
def test_the_caller_says_which_type(partner: Partner, accept: str, type: str) -> None:
    headers = {"Accept": accept} if accept else {}
    assert partner.get(**headers).content_type == type


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0, text/xml", "image/png"])
def test_another_type_is_not_acceptable(partner: Partner, accept: str) -> None:
    answer = partner.get(Accept=accept)
    assert answer.status_code == 406
    assert answer.get_json()["error"]["code"] == 406


# Who may read.


@pytest.mark.parametrize("scheme", ["OAuth", "oauth", "Bearer", "bearer"])
def test_the_token_may_come_under_two_names(partner: Partner, scheme: str) -> None:
    partner.upload("barracuda_a")
    assert len(partner.entries(Authorization=f"{scheme} {partner.token()}")) == 1


@pytest.mark.parametrize("header", ["", "OAuth", "OAuth wrong", "Basic eDp5", "Token x"])
def test_without_a_valid_token_nothing_is_told(partner: Partner, header: str) -> None:
    for accept in ("application/json", "application/xml"):
        answer = partner.get(Authorization=header, Accept=accept)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "OAuth"
        assert "401" in answer.text


def test_an_api_key_is_no_token(partner: Partner) -> None:
    key = partner.site.key(Scope.ADMIN, account="barracuda", name="admin")
    assert partner.get(Authorization=f"Bearer {key}").status_code == 401


def test_the_scope_is_needed(partner: Partner) -> None:
    answer = partner.get(token=partner.token(scope="accounts_read"), Accept="application/xml")
    assert answer.status_code == 403
    error = ET.fromstring(answer.text)
    assert (error.tag, error.findtext("code")) == ("error", "403")
    assert "partners_read" in (error.findtext("message") or "")


def test_a_partner_reads_of_one_customer_too(partner: Partner) -> None:
    partner.upload("barracuda_a")
    partner.upload("barracuda_b")
    assert [e["username"] for e in partner.entries(partner="barracuda_b")] == ["barracuda_b"]


def test_a_stranger_is_answered_like_nobody(partner: Partner) -> None:
    partner.site.account("stranger")
    there = partner.get(partner="stranger")
    nowhere = partner.get(partner="nobody")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.text.replace("stranger", "nobody") == nowhere.text


def test_the_partner_above_is_forbidden(partner: Partner) -> None:
    assert partner.get(partner="main").status_code == 404
    accounts_service.move(
        partner.site.db, id_of(partner.site.db, "barracuda"), id_of(partner.site.db, "main")
    )
    answer = partner.get(partner="main")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, 403)


def test_the_name_of_an_account_above_is_not_told(partner: Partner) -> None:
    between = partner.site.account("reseller", parent="main")
    accounts_service.move(partner.site.db, id_of(partner.site.db, "barracuda"), between)
    there, nowhere = partner.get(partner="reseller"), partner.get(partner="nobody")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.text.replace("reseller", "nobody") == nowhere.text


@pytest.mark.usefixtures("both_databases")
def test_of_several_partners_of_a_name_one_is_meant(partner: Partner) -> None:
    first = partner.site.account("shop", parent="barracuda_a")
    second = partner.site.account("shop", parent="barracuda_b")
    # What the token does not see does not count.
    partner.site.account("shop", parent="main")
    answer = partner.get(partner="shop")
    assert answer.status_code == 400
    told = answer.get_json()["error"]["message"]
    assert f"'shop #{first}' (barracuda / barracuda_a / shop)" in told
    assert "main" not in told
    for name in (f"shop #{second}", "barracuda_b/shop"):
        assert partner.entries(partner=quote(name, safe="")) == []
    assert partner.get(partner=quote("main/shop", safe="")).status_code == 404


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


def test_a_failed_verification_and_a_failed_restore_are_told_in_the_words_there_are(partner: Partner) -> None:
    start = "2026-01-28T0{}:00:00Z".format
    partner.upload("barracuda_a", start(2))
    partner.upload("barracuda_a", start(3), operation="Test", result="Error")
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == ("FAILURE", ["COMPLETED", "ERRORS"])
    # The run is still the latest backup, with what that counted.
    assert (entry["local_start"], entry["errors"]) == ("2026-01-28T02:00:00+00:00", 0)
    partner.upload("barracuda_a", start(4), operation="Restore", result="Error", RestoredFiles=4)
    partner.upload("barracuda_a", start(5), operation="Test")
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == ("WARNING", ["COMPLETED", "WARNINGS"])
    partner.upload("barracuda_a", start(6), operation="Restore", RestoredFiles=4)
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == ("COMPLETED", ["COMPLETED"])
