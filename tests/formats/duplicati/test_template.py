"""Messages that users write themselves."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from duplistat.core.errors import Unrecognised
from duplistat.core.report import Precision, Report
from duplistat.core.status import Status
from duplistat.formats.recognise import recognise


def read(document: dict[str, Any]) -> Report:
    found = recognise(json.dumps(document).encode())
    assert isinstance(found, Report)
    return found


@pytest.mark.parametrize(
    ("document", "operation", "status", "job", "server"),
    [
        ({"JOB": "Photos", "Result": "Success"}, "backup", Status.SUCCESS, "Photos", ""),
        ({"backup-name": "Photos", "PARSEDRESULT": "Warning"}, "backup", Status.WARNING, "Photos", ""),
        ({"name": "P", "status": "Fatal", "hostname": "nas"}, "backup", Status.FATAL, "P", "nas"),
        ({"server": "nas", "operationName": "Test"}, "test", Status.UNKNOWN, "", "nas"),
        ({"server": "nas", "backup": "P", "state": "odd"}, "backup", Status.OTHER, "P", "nas"),
        ({"task_name": "P", "op": "List", "result": "Success"}, "list", Status.SUCCESS, "P", ""),
    ],
)
def test_keys_are_found_by_what_users_call_them(
    document: dict[str, Any], operation: str, status: Status, job: str, server: str
) -> None:
    report = read(document)
    assert (report.operation, report.status, report.job_name, report.server_name) == (
        operation,
        status,
        job,
        server,
    )
    assert report.precision is Precision.ARRIVAL


def test_a_template_may_say_why_and_when() -> None:
    report = read(
        {"job": "P", "result": "Error", "message": "Disk full\nsorry", "start": "2026-01-27T02:00:00Z"}
    )
    assert (report.message, report.started_ticks) == ("Disk full", 17694792000000000)


def test_a_chat_message_holds_the_text_of_a_report() -> None:
    text = "Duplicati Backup report for Photos\n\nParsedResult: Error\nExaminedFiles: 5"
    report = read({"channel": "#backups", "text": text, "machine": "nas"})
    assert (report.job_name, report.server_name, report.files) == ("Photos", "nas", 5)
    raw = recognise(f'{{"text": "{text}"}}'.encode())  # line ends that a template did not escape
    assert isinstance(raw, Report)
    assert raw.status is Status.ERROR


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"title": "Duplicati Backup report for Photos", "body": "Success"}, Status.SUCCESS),
        ({"body": "Warning", "title": "Duplicati Backup report for Photos"}, Status.WARNING),
        (
            {
                "embeds": [
                    {"title": "Duplicati Backup report for Photos", "description": "ParsedResult: Error"}
                ]
            },
            Status.ERROR,
        ),
        (
            {"title": "Duplicati Backup report for Photos", "text": "Failed: no\nDetails: no\n   at x"},
            Status.FATAL,
        ),
        ({"title": "Duplicati Backup report for Photos", "text": "hello"}, Status.UNKNOWN),
    ],
)
def test_the_end_may_stand_beside_the_first_line(document: dict[str, Any], status: Status) -> None:
    report = read(document)
    assert (report.job_name, report.status) == ("Photos", status)


@pytest.mark.parametrize("placeholder", ["%machine-name%", "%BACKUP-NAME%", "\xbackup-name%"])
def test_a_placeholder_that_nobody_filled_in_is_no_name(placeholder: str) -> None:
    """All machines would be one. Of an address with %backup-name% in it, %ba arrives as a character of Latin-1."""
    body = b'{"Data":{"MainOperation":"Backup"},"Extra":{"backup-name":"Photos","machine-name":"nas"}}'
    report = recognise(body, server=placeholder, job=placeholder)
    assert isinstance(report, Report)
    assert (report.job_name, report.server_name, report.said) == ("Photos", "nas", "")
    report = read({"job": placeholder, "machine": placeholder, "result": "Success", "op": "Backup"})
    assert (report.job_name, report.server_name) == ("", "")


def test_a_name_from_the_url_completes_a_template() -> None:
    report = recognise(b'{"result":"Success"}', job="Photos", server="nas")
    assert isinstance(report, Report)
    assert (report.job_name, report.server_name) == ("Photos", "nas")


@pytest.mark.parametrize(
    "document", [{}, {"job": "P"}, {"result": "Success"}, {"a": 1}, {"job": {}, "result": []}]
)
def test_without_a_result_and_a_name_it_is_no_report(document: dict[str, Any]) -> None:
    with pytest.raises(Unrecognised, match="Invalid backup data format") as caught:
        read(document)
    assert caught.value.problems[0].field == "body"


@pytest.mark.parametrize(
    "text", ["Photos: Success", "Backup Photos ended: Success", "Photos: Success\n5 files"]
)
def test_a_template_without_the_report_tells_the_job_and_the_outcome(text: str) -> None:
    report = recognise(f"message={quote(text)}".encode())
    assert isinstance(report, Report)
    assert (report.job_name, report.status) == ("Photos", Status.SUCCESS)


@pytest.mark.parametrize(
    "text",
    [
        "Photos: no Success",
        "Photos ended without Success",
        "Photos: Success: false",
        "Success was not reached",
    ],
)
def test_a_success_that_the_words_deny_is_none(text: str) -> None:
    report = recognise(f"message={quote(text)}".encode())
    assert isinstance(report, Report)
    assert report.status is Status.UNKNOWN


def test_of_a_report_in_words_of_ones_own_the_first_line_tells_the_job() -> None:
    text = "Duplicati Backup report for Photos (4f1d, DB-1, nas)\n\nAll is fine: 5 files"
    found = recognise(f"message={quote(text)}".encode())
    assert isinstance(found, Report)
    assert (found.job_name, found.operation, found.status) == ("Photos", "backup", Status.UNKNOWN)
