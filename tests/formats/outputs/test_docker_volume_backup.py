"""What docker-volume-backup notifies of, and what it means."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from duplistat.core.report import Report
from duplistat.core.tool_output import Output, Told
from duplistat.formats.docker_volume_backup.read import read
from tests.support.outputs import RECEIVED, values_of

PAGE = Path(__file__).parents[3] / "docs" / "tools" / "docker-volume-backup.md"
SECTION = PAGE.read_text("utf-8")
# The object of our template, as the documentation has it.
EXAMPLE: dict[str, Any] = json.loads(SECTION.partition("```json\n")[2].partition("```")[0])
SUCCESS = """Running docker-volume-backup succeeded.

Log output was:

time=2026-11-28T02:00:00.512+01:00 level=INFO msg="Stopping 1 out of 5 running container(s)."
time=2026-11-28T02:00:10.512+01:00 level=INFO msg="Created backup of `/backup` at `/tmp/backup.tar.gz`."
"""
FAILURE = SUCCESS.replace(
    "succeeded.", "failed with error: main.(*script).copyArchive: error copying file: no space"
)
TITLE = "{} running docker-volume-backup at 2026-11-28T02:00:00+01:00"


def report_of(printed: str, code: int | None = None) -> Report:
    reading = read(Output(printed), Told(code, RECEIVED))
    assert reading is not None
    assert reading.recognised == "docker-volume-backup.backup"
    (report,) = reading.reports
    return report


def changed(**changes: Any) -> str:
    made: dict[str, Any] = json.loads(json.dumps(EXAMPLE))
    made["error"] = changes.pop("error", "")
    for name, value in changes.items():
        made["stats"][name] = value
    return json.dumps(made)


def test_the_object_in_the_documentation_is_read() -> None:
    expected = {
        "status": "success",
        "started": "2026-11-28T01:00:00.500000+00:00",
        "ended": "2026-11-28T01:01:30.500000+00:00",
        "started_ticks": 17958276005000000,
        "precision": "exact",
        "duration_ms": 90000,
        "size": 1876165,
        "uploaded": 1876165,
        "versions": 7,
        "offset_minutes": 60,
        "message": "",
    }
    note = json.dumps({"title": TITLE.format("Success"), "message": json.dumps(EXAMPLE)})
    for printed in (json.dumps(EXAMPLE), json.dumps(EXAMPLE, indent=2), note):
        assert values_of(report_of(printed), expected) == expected


@pytest.mark.parametrize(
    ("printed", "status", "message"),
    [
        (changed(error="no space left on device\nat line 7"), "error", "no space left on device"),
        (changed(Containers={"StopErrors": 1}), "warning", "1 containers or services could not be stopped"),
        (
            changed(Storages={"S3": {"Total": 3, "PruneErrors": 2}}),
            "warning",
            "2 old backups could not be deleted",
        ),
        (changed(BackupFile={"Size": 0}), "warning", "No file was written"),
        ('{"tool": "docker-volume-backup", "error": "", "stats": {}}', "unknown", ""),
    ],
)
def test_how_a_run_ended(printed: str, status: str, message: str) -> None:
    report = report_of(printed)
    assert (report.status, report.message) == (status, message)


@pytest.mark.parametrize(
    ("title", "body", "status"),
    [("Success", SUCCESS, "success"), ("Failure", FAILURE, "error")],
)
def test_its_own_texts(title: str, body: str, status: str) -> None:
    why = "main.(*script).copyArchive: error copying file: no space" if status == "error" else ""
    head = TITLE.format(title)
    for printed in (body, f"{head}\n\n{body}", json.dumps({"title": head, "message": body}), head):
        report = report_of(printed)
        assert report.status == status
        assert report.message == (why if body in printed or "message" in printed else "")
        if head in printed:
            assert (report.started, report.precision) == (datetime(2026, 11, 28, 1, tzinfo=UTC), "second")
        else:
            assert (report.started, report.precision) == (None, "arrival")


def test_an_exit_code_beats_the_text_but_lifts_no_failure() -> None:
    assert report_of(SUCCESS, 1).status == "error"
    assert report_of(FAILURE, 0).status == "warning"


def test_a_failure_in_the_same_log_counts() -> None:
    assert report_of(f"{SUCCESS}{FAILURE}").status == "error"


@pytest.mark.parametrize(
    "printed", ["docker-volume-backup", '{"tool": "docker-volume-backup"}', "level=INFO msg=ok"]
)
def test_what_says_nothing_of_a_run_is_nobodys(printed: str) -> None:
    assert read(Output(printed), Told(0, RECEIVED)) is None
