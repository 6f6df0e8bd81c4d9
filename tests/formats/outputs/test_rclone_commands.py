"""What rclone says of comparisons and deletions, of a source that held nothing, and of its progress in one line."""

import json
from typing import Any

import pytest

from duplistat.core.report import Report
from duplistat.core.tool_output import Told
from duplistat.formats.tool_outputs import read_output
from tests.support.outputs import RECEIVED, values_of

AT = "2026/11/28 16:30:42"
NOTHING = f"""{AT} INFO  : There was nothing to transfer
{AT} INFO  :
Transferred:   	          0 B / 0 B, -, 0 B/s, ETA -
"""
EMPTIED = "The source holds no files, and all files at the destination were deleted (2)"
DELETED = f"{AT} INFO  : db/f1.bin: Deleted\n{AT} INFO  : db: Removing directory\n"


def read(printed: str, code: int | None, operation: str = "") -> Report:
    (report,) = read_output(printed, Told(code, RECEIVED, operation)).reports
    return report


def in_json(**stats: Any) -> str:
    return json.dumps(
        {
            "time": "2026-11-28T16:30:42.977505505+01:00",
            "level": "info",
            "msg": "\nTransferred: 0 B / 0 B, -, 0 B/s, ETA -\n",
            "stats": {"bytes": 0, "errors": 0, "transfers": 0, "elapsedTime": 0.1, **stats},
            "source": "accounting/stats.go:549",
        }
    )


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        (
            f"{NOTHING}Checks:                 2 / 2, 100%\nDeleted:                2 (files), 0 (dirs)\n",
            EMPTIED,
        ),
        (
            f"{NOTHING}Checks:                 2 / 2, 100%, Listed 3\nDeleted: 2 (files), 1 (dirs), 39 KiB (freed)\n",
            EMPTIED,
        ),
        (in_json(checks=2, deletes=2), EMPTIED),
        # What is moved is compared, and then deleted.
        (f"{NOTHING}Checks:                 4 / 4, 100%\nDeleted:                2 (files), 0 (dirs)\n", ""),
        (in_json(checks=4, deletes=2), ""),
        (in_json(checks=2, deletes=2, renames=2), ""),
        (in_json(checks=2, deletes=2, transfers=1), ""),
        (in_json(checks=2, deletes=0), ""),
        (NOTHING, ""),
    ],
)
def test_all_files_deleted_and_none_copied_is_a_warning(printed: str, message: str) -> None:
    printed += "\nElapsed time:         0.1s\n" if "Transferred:   " in printed else ""
    for code in (0, None):
        report = read(printed, code)
        assert (report.status, report.message) == ("warning" if message else "success", message)
    # What was told to be a clean-up deletes.
    assert read(printed, 0, "prune").status == "success"


@pytest.mark.parametrize(
    ("said", "status", "values"),
    [
        ("0 differences found|13 matching files", "success", {"files": 13, "errors": 0, "uploaded": None}),
        (
            "3 differences found|3 errors while checking|12 matching files",
            "error",
            {"files": 12, "errors": 3},
        ),
    ],
)
def test_a_comparison_says_how_many_are_the_same(said: str, status: str, values: dict[str, Any]) -> None:
    printed = "\n".join(f"{AT} NOTICE: nas: {text}" for text in said.split("|"))
    report = read(printed, None)
    assert (report.operation, report.status) == ("verify", status)
    assert values_of(report, values) == values


def test_deleting_is_no_backup() -> None:
    report = read(DELETED, 0)
    assert (report.operation, report.status) == ("prune", "success")
    # What was ended while it deleted may have been anything.
    assert read(DELETED, 143).operation == "backup"
    assert read(f"{AT} INFO  : a: Copied (new)\n{DELETED}", 0).operation == "backup"
    assert read(DELETED, 0, "other").operation == "other"


def test_progress_that_stands_in_one_line_counts_by_its_end() -> None:
    parts = (
        "480 KiB / 1.774 MiB, 26%, 0 B/s, ETA - (xfr#0/13)",
        "1.670 MiB / 1.774 MiB, 94%, 1.1 MiB/s, ETA 0s",
    )
    line = "".join([*parts, "1.774 MiB / 1.774 MiB, 100%, 1.122 MiB/s, ETA 0s"])
    report = read(f'{line}\n{AT} NOTICE: Config file "x" not found - using defaults\n', 0)
    assert (report.status, report.uploaded) == ("success", 1860174)


def test_a_fatal_error_is_a_reason() -> None:
    report = read(f"{AT} NOTICE: Fatal error: unknown flag: --nonsense\n", 2)
    assert (report.status, report.message) == ("error", "unknown flag: --nonsense")
