"""The status file of resticprofile, and what it means."""

import json
from typing import Any

import pytest

from duplistat.core.tool_output import Output, Told
from duplistat.formats.restic.resticprofile import read
from tests.support.outputs import RECEIVED, recorded, text, values_of

FILE = text("resticprofile", "01_status_file_0.33.json")


def test_each_run_in_it_has_a_report() -> None:
    assert recorded("resticprofile") == {"01_status_file_0.33.json"}
    for printed in (FILE, json.dumps(json.loads(FILE), indent=2), f"saved:\n{FILE}\ndone"):
        reading = read(Output(printed), Told(None, RECEIVED))
        assert reading is not None
        assert reading.recognised == "resticprofile.prune"
        check, backup, retention = reading.reports
        expected: dict[str, Any] = {
            "operation": "backup",
            "status": "success",
            "job_name": "default",
            "server_name": "",
            "files": 11,
            "size": 1870001,
            "uploaded": 70000,
            "duration_ms": 123000,
            "started": "2026-11-28T01:01:01.567890+00:00",
            "ended": "2026-11-28T01:03:04.567890+00:00",
            "started_ticks": 17958276610000000,
            "precision": "second",
            "offset_minutes": 60,
        }
        assert values_of(backup, expected) == expected
        assert (check.operation, check.status, check.job_name) == ("verify", "error", "default")
        assert check.message == "repository contains errors"
        assert (retention.operation, retention.status, retention.job_name) == ("prune", "success", "photos")


def _one(command: str = "backup", **fields: Any) -> str:
    run = {
        "success": True,
        "time": "2026-11-28T02:03:04+01:00",
        "error": "",
        "stderr": "",
        "duration": 9,
        **fields,
    }
    return json.dumps({"profiles": {"home": {command: run}}})


@pytest.mark.parametrize(
    ("command", "fields", "status", "message"),
    [
        ("backup", {}, "success", ""),
        ("backup", {"success": False, "error": "exit status 1"}, "error", "exit status 1"),
        ("backup", {"success": False, "error": "exit status 3"}, "warning", "exit status 3"),
        ("check", {"success": False, "error": "exit status 3"}, "error", "exit status 3"),
        ("backup", {"success": False, "error": "signal: interrupt"}, "interrupted", "signal: interrupt"),
        ("backup", {"success": False, "error": "exit status 130"}, "interrupted", "exit status 130"),
        (
            "forget",
            {"success": False, "error": "exit status 11", "stderr": "Fatal: locked\n"},
            "error",
            "locked",
        ),
        (
            "backup",
            {"stderr": "Warning: at least one source file could not be read\n"},
            "warning",
            "Warning: at least one source file could not be read",
        ),
    ],
)
def test_how_a_run_ended(command: str, fields: dict[str, Any], status: str, message: str) -> None:
    reading = read(Output(_one(command, **fields)), Told(None, RECEIVED))
    assert reading is not None
    assert (reading.reports[0].status, reading.reports[0].message) == (status, message)


def test_numbers_that_were_not_looked_for_are_not_zero() -> None:
    zeros: dict[str, Any] = dict.fromkeys(("files_total", "bytes_total", "bytes_added", "files_new"), 0)
    reading = read(Output(_one(**zeros)), Told(None, RECEIVED))
    assert reading is not None
    assert (reading.reports[0].files, reading.reports[0].size) == (None, None)


def test_the_exit_code_is_that_of_the_latest_run() -> None:
    reading = read(Output(FILE), Told(1, RECEIVED))
    assert reading is not None
    assert [report.status for report in reading.reports] == ["error", "success", "error"]


@pytest.mark.parametrize(
    "printed", [FILE[:300], '{"profiles": {}}', '{"profiles": [1]}', '{"profiles": {"a": {"backup": 5}}}']
)
def test_what_tells_of_no_run_is_nobodys(printed: str) -> None:
    assert read(Output(printed), Told(0, RECEIVED)) is None
