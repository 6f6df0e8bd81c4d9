"""Live status posts, for kinds that no sample shows."""

import json
from typing import Any

import pytest

from duplistat.core.errors import Unrecognised
from duplistat.core.report import LiveStatus
from duplistat.formats.recognise import recognise

POST = {"operation": "Backup", "status": "Started", "startedUtc": "2026-08-01T02:00:00.1234567Z"}


def read(change: dict[str, Any]) -> LiveStatus:
    found = recognise(json.dumps(POST | change).encode())
    assert isinstance(found, LiveStatus)
    return found


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"status": "Completed", "isCompleted": True}, "completed"),
        ({"status": "Failed", "errorMessage": "Disk full\r\n at x"}, "failed"),
        ({"status": "Paused"}, "progress"),
        ({"status": "Ended", "isCompleted": True}, "completed"),
        ({"status": None}, "progress"),
    ],
)
def test_states(change: dict[str, Any], state: str) -> None:
    assert read(change).state == state


def test_a_failed_operation_says_why_in_one_line() -> None:
    assert read({"status": "Failed", "errorMessage": "Disk full\r\n at x"}).error == "Disk full"
    assert read({}).error == ""


@pytest.mark.parametrize(
    ("told", "progress"), [(0, 0.0), (1, 1.0), (0.5, 0.5), (1.5, None), (-1, None), ("x", None)]
)
def test_progress_is_a_share(told: object, progress: float | None) -> None:
    assert read({"progress": {"progress": told, "fileCount": -1}}).progress == progress


def test_nothing_else_has_to_be_there() -> None:
    found = read({"metadata": None, "progress": [], "recentLogLines": "x", "reportedUtc": "x"})
    assert (found.started_ticks, found.machine_id, found.job_name) == (17855496001234567, "", "")
    assert (found.reported, found.log, found.facts) == (None, (), {})


@pytest.mark.parametrize(
    ("change", "field"),
    [({"startedUtc": "0001-01-01T00:00:00"}, "startedUtc"), ({"operation": ""}, "operation")],
)
def test_without_a_start_or_an_operation_it_names_no_run(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Unrecognised) as caught:
        read(change)
    assert [problem.field for problem in caught.value.problems] == [field]
