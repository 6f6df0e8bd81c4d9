"""What a JSON report says of a failure: which exception, in whose words, and where it stands."""

import json
from typing import Any

import pytest

from duplistat.core.report import Report
from duplistat.core.status import Status
from duplistat.formats.recognise import recognise

DATA = {"MainOperation": "Backup", "ParsedResult": "Success", "BeginTime": "2026-01-27T02:00:00Z"}
ERROR = "2026-01-27 03:00:00 +01 - [Error-Duplicati.Library.Main.Controller-Failed]: It broke"
WARNING = "2026-01-27 03:00:00 +01 - [Warning-Duplicati.Library.Main.Controller-Odd]: It is odd"


def read(data: dict[str, Any], **rest: Any) -> Report:
    document = {
        "Data": data,
        "Extra": {"OperationName": "Backup", "backup-name": "Photos"},
        "LogLines": [],
    } | rest
    found = recognise(json.dumps(document).encode())
    assert isinstance(found, Report)
    return found


@pytest.mark.parametrize(
    "exception",
    [
        "System.AggregateException: One or more errors occurred. ---> System.IO.IOException: Disk full\n   at Foo()",
        "System.AggregateException: One or more errors occurred. (Disk full)\r\n ---> System.IO.IOException: Disk full",
        "System.AggregateException: Fehler. ---> System.AggregateException: Fehler. ---> System.Exception: Disk full",
        "System.Reflection.TargetInvocationException: Thrown by the target.\n ---> System.Exception: Disk full\n   at",
        {
            "ClassName": "System.AggregateException",
            "Message": "Errors.",
            "InnerException": {"Message": "Disk full"},
        },
    ],
)
def test_an_exception_that_only_holds_another_one_says_what_that_says(exception: object) -> None:
    assert read(DATA, Exception=exception).message == "Disk full"
    assert read(DATA, Exception="System.AggregateException: Errors.").message == "Errors."


def test_an_exception_without_its_type_keeps_the_one_within_it() -> None:
    data = {"Message": "Errors.", "InnerException": {"ClassName": "E", "Message": "Disk full"}, "HResult": 1}
    report = read(data)
    assert (report.message, report.log[0].text) == ("Errors. ---> E: Disk full",) * 2


def test_an_exception_stands_in_a_log_that_tells_of_no_error() -> None:
    """The log may have been cut off before its last line, or filtered."""
    thrown = "System.IO.IOException: Disk full\n   at Foo()"
    report = read(DATA, LogLines=[WARNING, "... and 7 more"], Exception=thrown)
    assert [(line.level, line.text) for line in report.log][1:] == [("error", thrown)]
    assert (report.log_omitted, report.message) == (7, "Disk full")
    assert len(read(DATA, LogLines=[WARNING, ERROR], Exception=thrown).log) == 2


def test_a_message_where_the_result_should_be_is_a_failure() -> None:
    report = read({"Message": "Disk full"}, Extra={"backup-name": "Photos"})
    assert (report.operation, report.status, report.message) == ("backup", Status.FATAL, "Disk full")


def test_a_reduced_report_says_what_kind_of_thing_happened() -> None:
    lines = [
        "2026-09-26 10:00:00 +02 - [Warning-Duplicati.Library.Main.Backup-Denied] [ex:System.IOException] [st:A.b]",
        "2026-09-26 10:00:01 +02 - [Error-Duplicati.Library.Main.Backup-Failed]",
    ]
    report = read(DATA | {"ParsedResult": "Warning"}, LogLines=lines[:1])
    assert report.message == "Duplicati.Library.Main.Backup-Denied [ex:System.IOException]"
    assert [line.level for line in read(DATA, LogLines=lines).log] == ["warning", "error"]
    assert (
        read(DATA | {"ParsedResult": "Error"}, LogLines=lines).message
        == "Duplicati.Library.Main.Backup-Failed"
    )
    thrown = "Duplicati.Library.Interface.UserInformationException [helpid:NoSource] [st:A.b]"
    assert read(DATA, Exception=thrown).message == thrown.removesuffix(" [st:A.b]")
