"""JSON and XML of GET /v1/partners/…/reports/backup_status."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest

from duplistat.services.accounts import tree as accounts_service
from tests.apis.intronis.conftest import Partner, operation
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
