"""POST /api/upload: what is wrong with a body of the documented shape, field by field."""

from typing import Any

import pytest

from tests.support.bodies import simple
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"


def refused(site: Site, body: dict[str, Any]) -> list[dict[str, str]]:
    """The details of a refusal; nothing of the body may have been recorded."""
    response = site.post(body)
    content = response.get_json()
    assert response.status_code == 400
    assert (content["error"], content["message"]) == ("ValidationError", "Invalid backup data format")
    assert (site.servers(), site.jobs()) == ([], [])
    details: list[dict[str, str]] = content["details"]
    return details


@pytest.mark.parametrize("part", ["server", "backup"])
def test_a_missing_half_is_named(site: Site, part: str) -> None:
    body = simple(start=START)
    del body[part]
    assert {detail["field"].partition(".")[0] for detail in refused(site, body)} == {part}


@pytest.mark.parametrize("key", ["name", "status", "startTime"])
def test_a_missing_field_is_named(site: Site, key: str) -> None:
    body = simple(start=START)
    del body["backup"][key]
    assert refused(site, body) == [{"field": f"backup.{key}", "problem": "is required"}]


def test_a_server_without_a_name_is_named(site: Site) -> None:
    body = simple(start=START) | {"server": {"version": "1"}}
    assert refused(site, body) == [{"field": "server.name", "problem": "is required"}]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("startTime", "2026-01-28T02:00:00", "must include a UTC offset, such as +02:00 or Z"),
        ("startTime", "yesterday", "must be a time in ISO 8601, such as 2024-01-15T02:00:00.000Z"),
        ("endTime", "2026-01-28T02:00:00", "must include a UTC offset, such as +02:00 or Z"),
        ("duration", -1, "must be a number of seconds that is not negative"),
        ("duration", "5400", "must be a number of seconds that is not negative"),
        ("files", -1, "must be a whole number that is not negative"),
        ("files", 1.5, "must be a whole number that is not negative"),
        ("size", 2**63, "must be a whole number that is not negative"),
        ("storageUsed", "1 GB", "must be a whole number that is not negative"),
        ("messages", "done", "must be an array"),
        ("name", 5, "must be a string"),
    ],
)
def test_a_wrong_value_is_named(site: Site, key: str, value: object, problem: str) -> None:
    body = simple(start=START)
    body["backup"][key] = value
    assert refused(site, body) == [{"field": f"backup.{key}", "problem": problem}]


def test_an_unknown_level_is_named(site: Site) -> None:
    body = simple(start=START, messages=[{"level": "loud", "message": "x"}])
    assert [detail["field"] for detail in refused(site, body)] == ["backup.messages[0].level"]


def test_everything_that_is_wrong_is_named_at_once(site: Site) -> None:
    body = simple(start="x", files=-1, size=-1, duration=-1)
    fields = [detail["field"] for detail in refused(site, body)]
    assert sorted(fields) == ["backup.duration", "backup.files", "backup.size", "backup.startTime"]


def test_names_may_come_in_the_address_instead(site: Site) -> None:
    body = {"server": {}, "backup": {"status": "success", "startTime": START}}
    site.record(body, query="?server=nas&backup=daily")
    assert ([s.name for s in site.servers()], [j.name for j in site.jobs()]) == (["nas"], ["daily"])


def test_unknown_keys_do_no_harm(site: Site) -> None:
    site.record(simple(start=START, colour="blue") | {"more": 1})
    assert site.job("daily").last_status == "success"


def test_of_an_end_and_a_duration_that_disagree_the_duration_is_kept(site: Site) -> None:
    from duplistat.store import runs

    site.record(simple(start=START, endTime="2026-01-28T03:00:00Z", duration=60))
    assert site.run(1).duration_ms == 60_000
    assert [(level, "disagree" in text) for level, _, text, _ in runs.log_of(site.db, 1)] == [
        ("warning", True)
    ]


def test_an_end_alone_gives_a_duration(site: Site) -> None:
    site.record(simple(start=START, endTime="2026-01-28T03:00:00+01:00"))
    assert site.run(1).duration_ms == 0


def test_the_offset_of_the_sender_counts(site: Site) -> None:
    site.record(simple(start="2026-01-28T02:00:00+05:30"))
    assert site.read("/api/lastbackup/1")["data"]["lastBackup"]["startTime"] == "2026-01-27T20:30:00.000Z"


@pytest.mark.parametrize("number", [0, 2**53 + 1, 2**63 - 1])
def test_a_number_of_64_bits_comes_back_unchanged(site: Site, number: int) -> None:
    site.record(simple(start=START, size=number, storageUsed=number, files=number))
    backup = site.read("/api/lastbackup/1")["data"]["lastBackup"]
    assert (backup["size"], backup["storageUsed"], backup["files"]) == (number, number, number)
