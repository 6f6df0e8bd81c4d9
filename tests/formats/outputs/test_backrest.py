"""What backrest's hooks tell by their default template, and what it means."""

import json

import pytest

from duplistat.core.tool_output import Output
from duplistat.formats.restic.backrest import read
from tests.support.outputs import Case, check, named, recorded, text

CASES = (
    Case(
        "01_hook_snapshot_end_1.14.txt",
        None,
        "backrest.backup",
        "success",
        {
            "job_name": "daily",
            "files": 11,
            "size": 1870000,
            "uploaded": 70000,
            "approximate": ("size", "added"),
            "duration_ms": 2900,
            "ended": "2026-11-28T01:00:03+00:00",
            "precision": "arrival",
        },
    ),
)
SUCCESS = text("backrest", "01_hook_snapshot_end_1.14.txt")
END = SUCCESS.replace("snapshot success", "snapshot end")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.files)
def test_an_output_means_what_backrest_did(case: Case) -> None:
    check(read, "backrest", case)


def test_every_recorded_output_is_read() -> None:
    assert recorded("backrest") == named(CASES)


_ERROR = """Backrest Error
Task: backup for plan "daily" at 2026-11-28T02:00:04+01:00
Event: {}
Repo: local
Error: no space
"""
_OF_REPO = "Backrest Notification\nTask: {} at 2026-11-28T02:00:04+01:00\nEvent: {}\n"


@pytest.mark.parametrize(
    ("printed", "recognised", "status"),
    [
        (END, "backup", "success"),
        (END.split("Overview")[0] + "Error: no space\n", "backup", "error"),
        (SUCCESS.replace("snapshot success", "snapshot warning"), "backup", "warning"),
        (SUCCESS.replace("snapshot success", "snapshot skipped"), "backup", "success"),
        (SUCCESS.replace("snapshot success", "snapshot start").split("Overview")[0], "backup", "running"),
        (_ERROR.format("snapshot error"), "backup", "error"),
        (_ERROR.format("error"), "backup", "error"),
        (_ERROR.format("unknown").split("Error: ")[0], "backup", "unknown"),
        # The end is told of beside what counts, in any order.
        (END + _ERROR.format("snapshot error"), "backup", "error"),
        (_ERROR.format("snapshot error") + END, "backup", "error"),
        (_OF_REPO.format('check for repo "local"', "check success"), "verify", "success"),
        (_OF_REPO.format('check for repo "local"', "check error"), "verify", "error"),
        (_OF_REPO.format('prune for repo "local"', "prune success"), "prune", "success"),
        (_OF_REPO.format('forget for plan "daily" in repo "local"', "forget success"), "prune", "success"),
        (_OF_REPO.format('prune for repo "local"', "error"), "prune", "error"),
    ],
)
def test_how_a_task_ended(printed: str, recognised: str, status: str) -> None:
    for body in (printed, json.dumps({"message": printed, "title": "Backrest Event", "priority": 5})):
        reading = read(Output(body), CASES[0].told(None))
        assert reading is not None
        assert (reading.recognised, [r.status.value for r in reading.reports]) == (
            f"backrest.{recognised}",
            [status],
        )


def test_an_error_says_why() -> None:
    reading = read(Output(_ERROR.format("snapshot error")), CASES[0].told(None))
    assert reading is not None
    assert (reading.reports[0].message, reading.reports[0].job_name) == ("no space", "daily")


def test_a_line_that_says_event_is_not_enough() -> None:
    assert read(Output("Event: error\nsomething else"), CASES[0].told(0)) is None
