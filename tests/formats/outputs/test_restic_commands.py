"""What restic prints of commands that scripts run beside `backup`, and in versions that nobody recorded."""

import json
from typing import Any

import pytest

from duplistat.core.report import Report
from duplistat.core.tool_output import Told
from duplistat.formats.tool_outputs import read_output
from tests.support.outputs import RECEIVED, values_of

FORGET_OF_TWO_GROUPS = """Applying Policy: keep 5 latest snapshots
keep 5 snapshots:
ID        Time                 Host        Tags        Reasons        Paths
-------------------------------------------------------------------------------
5 snapshots

remove 1 snapshots:
1 snapshots

keep 2 snapshots:
2 snapshots

[0:00] 100.00%  1 / 1 files deleted
"""
COPY = """
snapshot 4e3b7d11 of [/srv/data] at 2026-11-28 16:28:43 +0100 CET)
  copy started, this may take a while...
[0:00] 100.00%  3 / 3 packs copied

snapshot b87111a7 saved
"""
COPIED_BEFORE = """
snapshot 4e3b7d11 of [/srv/data] at 2026-11-28 16:28:43 +0100 CET by backup@web-01)
skipping source snapshot 4e3b7d11, was already copied to snapshot b87111a7
"""
REBUILT = "loading indexes...\ngetting pack files to read...\nrebuilding index\n[0:00] 5 / 5 packs\n\ndone\n"
NO_SNAPSHOT = "latest snapshot for criteria not found: no snapshot found Paths:[] Hosts:[]\n"


def read(printed: str, code: int | None) -> Report:
    (report,) = read_output(printed, Told(code, RECEIVED)).reports
    return report


def test_versions_are_those_of_all_groups_by_host_and_path() -> None:
    assert read(FORGET_OF_TWO_GROUPS, 0).versions == 7
    # Of two runs in one log it is the last.
    assert read(FORGET_OF_TWO_GROUPS * 2, 0).versions == 7


@pytest.mark.parametrize(
    ("printed", "code", "operation", "status", "values"),
    [
        (COPY, 0, "backup", "success", {"files": None}),
        (COPY, None, "backup", "success", {}),
        (COPIED_BEFORE, None, "backup", "success", {}),
        (COPY.partition("[0:00]")[0], None, "backup", "unknown", {}),
        # Cut off in the second snapshot.
        (COPY + COPY.partition("[0:00]")[0], None, "backup", "unknown", {}),
        (COPY + COPIED_BEFORE, None, "backup", "success", {}),
        (REBUILT, 0, "other", "success", {}),
        ("create exclusive lock for repository\nmodified tags on 5 snapshots\n", 0, "other", "success", {}),
        (NO_SNAPSHOT, 1, "restore", "error", {"message": NO_SNAPSHOT.strip()}),
        (
            "Fatal: nothing to backup, please specify source files/dirs\n",
            1,
            "backup",
            "error",
            {"message": "nothing to backup, please specify source files/dirs"},
        ),
        ("\x1b[2Ksignal interrupt received, cleaning up\n", 130, "backup", "interrupted", {}),
        (
            '{"message_type":"status","percent_done":0}\n',
            143,
            "backup",
            "interrupted",
            {"message": "Exit code 143"},
        ),
    ],
)
def test_a_command_is_what_it_says(
    printed: str, code: int | None, operation: str, status: str, values: dict[str, Any]
) -> None:
    report = read(printed, code)
    assert (report.operation, report.status) == (operation, status)
    assert values_of(report, values) == values


@pytest.mark.parametrize(
    ("line", "status", "values"),
    [
        (
            "Summary: Restored 17 files/dirs (1.783 MiB) in 1:02",
            "success",
            {"files": 17, "size": 1869611, "duration_ms": 62_000, "approximate": ("size",)},
        ),
        (
            "Summary: Restored 11 Files (12 B) in 0:00",
            "success",
            {"files": 11, "size": 12, "approximate": ()},
        ),
        (
            "Summary: Restored 3 / 17 files/dirs (1.000 KiB / 1.783 MiB) in 1:00:00, skipped 14 files/dirs 1.782 MiB",
            "success",
            {"files": 3, "size": 1024, "duration_ms": 3_600_000},
        ),
        ("Summary: Restored 3 / 17 files/dirs (1.000 KiB / 1.783 MiB) in 0:01", "unknown", {"files": 3}),
    ],
)
def test_a_restore_ends_with_its_numbers(line: str, status: str, values: dict[str, Any]) -> None:
    report = read(f"restoring snapshot 4e3b7d11 of [/srv/data] at 2026-11-28 to /srv/r\n{line}\n", None)
    assert (report.operation, report.status) == ("restore", status)
    assert values_of(report, values) == values


def test_what_a_restore_found_in_place_is_not_missing() -> None:
    summary = {"message_type": "summary", "total_files": 17, "files_restored": 3, "files_skipped": 14}
    report = read(json.dumps({**summary, "bytes_restored": 9, "seconds_elapsed": 2}), None)
    assert (report.operation, report.status, report.files, report.duration_ms) == (
        "restore",
        "success",
        3,
        2000,
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"Op": "open", "Path": "/srv/key", "Err": 13}, "open /srv/key: permission denied"),
        ({"Op": "open", "Path": "/srv/key", "Err": 121}, "open /srv/key failed"),
        ({"Op": "open", "Path": "C:\\key", "Err": 5}, "open C:\\key failed"),
        ({"Op": "open", "Path": "/srv/key", "Err": {}}, "open /srv/key failed"),
    ],
)
def test_what_an_error_before_0_17_has_as_a_number_is_said_in_words(
    error: dict[str, Any], message: str
) -> None:
    line = json.dumps({"message_type": "error", "error": error, "during": "archival", "item": "/srv/key"})
    assert read(line, 3).message == message


def test_files_that_could_not_be_read_are_counted_in_text_too() -> None:
    printed = """error: open /srv/a: permission denied
error: open /srv/b: permission denied

Files:           2 new,     0 changed,     0 unmodified
Added to the repository: 1.2 KiB (301 B stored)

processed 2 files, 3 B in 0:00
snapshot 4e3b7d11 saved
Warning: at least one source file could not be read
"""
    report = read(printed, 3)
    assert (report.status, report.files_failed, report.uploaded) == ("warning", 2, 1229)


def test_snapshots_in_groups_are_an_inventory() -> None:
    group = {
        "group_key": {"hostname": "web-01", "paths": None, "tags": None},
        "snapshots": [{"short_id": "a"}],
    }
    reading = read_output(json.dumps([group]), Told(0, RECEIVED))
    assert (reading.recognised, reading.reports) == ("restic.inventory", ())
