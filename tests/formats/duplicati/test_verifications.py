"""How reports tell of a verification: by lists, by words, and by the lines of a log."""

import json
from typing import Any

import pytest

from duplistat.core.report import LogLine, Report
from duplistat.core.status import Status
from duplistat.formats.duplicati import json_report, text_report
from duplistat.formats.duplicati.steps import steps_of
from tests.support.bodies import duplicati, sample

TESTER = "Duplicati.Library.Main.Operation.TestHandler"
GONE = [{"Key": "b1.dblock.zip", "Value": [{"Key": "Missing", "Value": "x"}]}]


def read(**more: Any) -> Report:
    return json_report.read(duplicati("2026-01-28T02:00:00Z", **more))


@pytest.mark.parametrize(
    ("result", "status"),
    [("Success", "error"), ("Warning", "error"), ("", "error"), ("Error", "error"), ("Fatal", "fatal")],
)
def test_a_verification_that_lists_broken_files_did_not_succeed(result: str, status: str) -> None:
    report = read(operation="Test", result=result, Verifications=GONE)
    assert report.status == status
    assert report.message == "b1.dblock.zip: Missing x"
    assert [(step.operation, step.status, step.problems) for step in report.sub_results] == [
        ("test", status, ("b1.dblock.zip: Missing x",))
    ]


def test_a_backup_is_what_it_was_and_its_step_is_not() -> None:
    report = read(TestResults={"ParsedResult": "Success", "Verifications": GONE})
    assert (report.status, report.message) == (Status.SUCCESS, "")
    assert report.sub_results[0].status == "error"


def test_the_sample_says_which_files() -> None:
    report = json_report.read(json.loads(sample("19_")))
    assert (report.status, report.message) == ("error", "Verified 3 remote files with 3 problem(s)")
    assert len(report.sub_results[0].problems) == 3


@pytest.mark.parametrize(
    ("level", "tag", "text", "counts"),
    [
        ("error", f"{TESTER}-Test results", "Verified 3 remote files with 2 problem(s)", True),
        ("warning", f"{TESTER}-Test results", "Verified 3 remote files with 2 problem(s)", True),
        ("information", f"{TESTER}-Test results", "Verified 3 remote files with 0 problem(s)", False),
        ("error", f"{TESTER}-Failed", "Failed to process file b1.dblock.zip", True),
        ("warning", f"{TESTER}-FaultyIndexFiles", "Found 1 faulty index files, repairing now", False),
        ("error", "Duplicati.Library.Main.Operation.BackupHandler-x", "with 2 problem(s)", False),
    ],
)
def test_lines_of_the_log_count_where_no_list_does(level: str, tag: str, text: str, counts: bool) -> None:
    steps = steps_of({}, [LogLine(text, level, tag)])
    assert [(step.status, step.problems) for step in steps] == ([("error", (text,))] if counts else [])
    (named,) = steps_of(
        {"TestResults": {"ParsedResult": "Success", "Verifications": GONE}}, [LogLine(text, level, tag)]
    )
    assert named.problems == ("b1.dblock.zip: Missing x",)


def test_broken_files_of_a_restore_and_of_a_list_are_counted() -> None:
    report = read(operation="Restore", BrokenRemoteFiles=["a", "b"], BrokenLocalFiles=[])
    assert (report.status, report.numbers["BrokenRemoteFiles"]) == (Status.WARNING, 2)
    assert "BrokenLocalFiles" not in report.numbers
    assert read(operation="ListBrokenFiles", BrokenFiles=[{}, {}]).numbers["BrokenFiles"] == 2
    lists = "BrokenRemoteFiles: [\n    a,\n    b\n]"
    text = f"Duplicati Restore report for x\n\nMainOperation: Restore\n{lists}\nParsedResult: Success"
    told = text_report.read(text)
    assert (told.status, told.numbers["BrokenRemoteFiles"]) == (Status.WARNING, 2)


@pytest.mark.parametrize(
    ("exception", "stopped"),
    [
        ("System.OperationCanceledException: The operation was canceled.", True),
        ("System.Threading.Tasks.TaskCanceledException: A task was canceled.\r\n   at x", True),
        ("System.Threading.Tasks.TaskCanceledException: The request was canceled: HttpClient.Timeout", False),
        ("System.Exception: no", False),
    ],
)
def test_what_a_person_stopped_is_interrupted_and_a_backup_failed_as_ever(
    exception: str, stopped: bool
) -> None:
    assert read(operation="Test", exception=exception).interrupted is stopped
    assert read(exception=exception).interrupted is False


def test_a_failure_with_an_indented_trace_is_read_as_ever() -> None:
    told = text_report.read(
        "Failed: no\nDetails:\n   at Duplicati.Main\n   at Other\n\nExaminedFiles: 0\nParsedResult: Fatal"
    )
    assert told.status is Status.FATAL
    assert "at Duplicati.Main" in told.log[0].text
