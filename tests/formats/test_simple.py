"""The upload API's own shape."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from duplistat.core.errors import Unrecognised
from duplistat.core.report import Precision, Report
from duplistat.core.status import Status
from duplistat.formats.recognise import recognise

SERVER = {"name": "server-01", "version": "2.0.7.1"}
BACKUP = {
    "name": "daily-backup",
    "status": "success",
    "startTime": "2024-01-15T02:00:00.000Z",
    "endTime": "2024-01-15T03:30:00.000Z",
    "duration": 5400,
    "files": 1250,
    "size": 1073741824,
    "storageUsed": 536870912,
    "messages": [{"level": "info", "message": "Backup completed successfully"}],
}


def read(change: dict[str, Any], machine: Any = SERVER, **names: str) -> Report:
    backup = {key: value for key, value in (BACKUP | change).items() if value != "absent"}
    found = recognise(json.dumps({"server": machine, "backup": backup}).encode(), **names)  # type: ignore[arg-type]  # mixed
    assert isinstance(found, Report)
    return found


def problems(change: dict[str, Any], machine: Any = SERVER) -> list[str]:
    with pytest.raises(Unrecognised, match=r"^Invalid backup data format$") as caught:
        read(change, machine)
    return [problem.field for problem in caught.value.problems]


def test_the_documented_example() -> None:
    report = read({})
    assert (report.operation, report.status, report.precision) == ("backup", Status.SUCCESS, Precision.EXACT)
    assert (report.server_name, report.job_name, report.format) == ("server-01", "daily-backup", "simple")
    assert report.started == datetime(2024, 1, 15, 2, tzinfo=UTC)
    assert report.started_ticks == 17052840000000000
    assert report.ended == datetime(2024, 1, 15, 3, 30, tzinfo=UTC)
    assert (report.duration_ms, report.files) == (5_400_000, 1250)
    assert (report.size, report.storage) == (1073741824, 536870912)
    assert (report.messages, report.warnings, report.errors) == (1, 0, 0)
    assert [(line.level, line.text) for line in report.log] == [
        ("information", "Backup completed successfully")
    ]
    assert report.facts == {"agent_version": "2.0.7.1"}
    assert report.message == ""


def test_what_is_missing_is_not_told() -> None:
    keys = ("endTime", "duration", "files", "size", "storageUsed", "messages")
    for nothing in ("absent", None):
        report = read(dict.fromkeys(keys, nothing), {"name": "s"})
        assert (report.ended, report.duration_ms, report.files, report.size) == (None, None, None, None)
        assert (report.storage, report.messages, report.errors, report.facts) == (None, None, None, {})


def test_an_end_and_a_duration_follow_from_each_other() -> None:
    assert read({"endTime": "absent"}).ended == datetime(2024, 1, 15, 3, 30, tzinfo=UTC)
    assert read({"duration": "absent"}).duration_ms == 5_400_000
    assert read({"duration": 5400.9}).log[-1].level == "information"
    assert read({"endTime": "absent", "startTime": "9999-12-31T23:59:59Z"}).ended is None


def test_an_end_that_disagrees_with_the_duration_is_told_in_the_log() -> None:
    report = read({"duration": 60})
    assert report.duration_ms == 60_000
    assert report.log[-1].level == "warning"
    assert "inconsistent" in report.log[-1].text
    assert report.status is Status.SUCCESS
    early = read({"duration": "absent", "endTime": "2024-01-15T01:00:00Z"})
    assert early.duration_ms is None
    assert "before its start" in early.log[-1].text


@pytest.mark.parametrize(
    ("word", "status", "text"),
    [("Failed", Status.ERROR, ""), ("In-Progress", Status.RUNNING, ""), ("odd one", Status.OTHER, "odd one")],
)
def test_status_words(word: str, status: Status, text: str) -> None:
    report = read({"status": word})
    assert (report.status, report.status_text) == (status, text)


def test_a_failed_run_says_why_by_its_first_error() -> None:
    messages = [{"level": "Warning", "message": "odd"}, {"level": "ERROR", "message": "Disk full\nat x"}]
    report = read({"status": "error", "messages": messages})
    assert (report.message, report.errors, report.warnings) == ("Disk full", 1, 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "backup.name"),
        ({"name": 5}, "backup.name"),
        ({"status": ""}, "backup.status"),
        ({"status": "absent"}, "backup.status"),
        ({"startTime": "2024-01-15T02:00:00"}, "backup.startTime"),
        ({"startTime": "yesterday"}, "backup.startTime"),
        ({"startTime": 1705284000}, "backup.startTime"),
        ({"startTime": "0001-01-01T00:00:00Z"}, "backup.startTime"),
        ({"endTime": "2024-01-15T03:30:00"}, "backup.endTime"),
        ({"duration": -1}, "backup.duration"),
        ({"duration": "5400"}, "backup.duration"),
        ({"duration": True}, "backup.duration"),
        ({"duration": 1e300}, "backup.duration"),
        ({"files": -1}, "backup.files"),
        ({"size": 1.5}, "backup.size"),
        ({"size": 2**63}, "backup.size"),
        ({"storageUsed": "1"}, "backup.storageUsed"),
        ({"messages": {}}, "backup.messages"),
        ({"messages": ["x"]}, "backup.messages[0]"),
        ({"messages": [{"level": "loud", "message": "x"}]}, "backup.messages[0].level"),
        ({"messages": [{"level": "info", "message": 5}]}, "backup.messages[0].message"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    assert problems(change) == [field]


def test_all_wrong_fields_are_named_at_once() -> None:
    change = {"status": "", "startTime": "x", "duration": -1, "files": "many"}
    assert problems(change, {"version": 2}) == [
        "server.name", "server.version", "backup.status", "backup.startTime", "backup.duration",
        "backup.files",
    ]  # fmt: skip
    assert problems({}, "server-01") == ["server", "server.name"]


def test_names_from_the_url_fill_in_what_the_body_lacks() -> None:
    report = read({"name": "absent"}, None, server="nas", job="Photos")
    assert (report.server_name, report.job_name) == ("nas", "Photos")
    assert read({}, server="nas", job="Photos").job_name == "daily-backup"


def test_the_largest_number_fits() -> None:
    assert read({"size": 2**63 - 1}).size == 2**63 - 1


def test_many_messages_lose_their_middle() -> None:
    messages = [{"level": "info", "message": str(n)} for n in range(9)]
    body = json.dumps({"server": SERVER, "backup": BACKUP | {"messages": messages}}).encode()
    report = recognise(body, max_log_lines=4)
    assert isinstance(report, Report)
    assert [line.text for line in report.log] == ["0", "1", "7", "8"]
    assert (report.log_omitted, report.messages) == (5, 9)
