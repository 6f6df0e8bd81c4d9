"""What borg prints of commands that scripts run beside `create`, with few options, and in borg 2."""

import json
from typing import Any

import pytest

from duplistat.core.report import Report
from duplistat.core.tool_output import Told
from duplistat.formats.tool_outputs import read_output
from tests.support.outputs import RECEIVED, values_of

DENIED = "/srv/data/key: open: [Errno 13] Permission denied: 'key'"
NO_ARCHIVE = "Archive a2 does not exist"
NO_REPOSITORY = "/srv/repo is not a valid repository. Check repo config."
KEY = (
    "\nIMPORTANT: you will need both KEY AND PASSPHRASE to access this repo!\nIf you used a repokey mode, …\n"
)
# Of borg 2: what was deleted has sizes below zero.
DELETED = "Number of files: 0\nOriginal size: -5.59 MB\nDeduplicated size: -1.43 kB\nError files: 0\n"
COMPACTED = "Starting compaction / garbage collection...\nRepository has 3 objects to delete.\n"
# Of borg 2.0 from its betas on that no longer say what was added.
CREATED = """Archive name: data
Archive fingerprint: 92fd6d380cb684bb5c62b32f5fe1dd63ddd2127222c25ec1ee25f0560aee90dc
Time (start): Sat, 2026-11-28 16:36:25 +0100
Time (end): Sat, 2026-11-28 16:36:27 +0100
Duration: 2.00 seconds
Number of files: 11
Original size: 1.87 MB
Time spent in hashing: 0.00 seconds
Error files: 0
"""


def log_line(**fields: Any) -> str:
    return json.dumps({"time": 1795879907.1, **fields})


PROGRESS = log_line(type="archive_progress", nfiles=0, path="srv", finished=False)
EXTRACTING = log_line(type="progress_percent", msgid="extract", operation=1, message=" 98.9% Extracting: srv")
CHECKING = log_line(
    type="progress_percent", msgid="repository.check", operation=1, message="Checking segments 0%"
)


EXISTS = "A repository already exists at /srv/repo."
MADE = """Archive name: a
Time (start): Mon, 2026-11-30 01:00:00
Time (end):   Mon, 2026-11-30 01:00:10
Duration: 10.0 seconds
Number of files: 10
This archive: 1.00 MB 1.00 MB 1.00 kB
All archives: 1.00 MB 1.00 MB 1.00 kB"""
ENDED = "\nterminating with success status, rc 0"


def read(printed: str, code: int | None) -> Report:
    (report,) = read_output(printed, Told(code, RECEIVED)).reports
    return report


@pytest.mark.parametrize(
    ("printed", "code", "operation", "status", "message"),
    [
        (DENIED, 1, "backup", "warning", DENIED),
        (f"{NO_ARCHIVE}\nterminating with error status, rc 2", None, "backup", "error", NO_ARCHIVE),
        (NO_ARCHIVE, 2, "backup", "error", NO_ARCHIVE),
        (NO_REPOSITORY, 2, "backup", "error", NO_REPOSITORY),
        (
            "Command Error: Command 'false' exited with status 1",
            4,
            "backup",
            "error",
            "Command Error: Command 'false' exited with status 1",
        ),
        (
            "borg2: error: unrecognized arguments: a",
            2,
            "backup",
            "error",
            "borg2: error: unrecognized arguments: a",
        ),
        (
            "Something that nobody foresaw\nterminating with error status, rc 2",
            2,
            "backup",
            "error",
            "Exit code 2: Something that nobody foresaw",
        ),
        (KEY, 0, "other", "success", ""),
        (EXISTS, 2, "other", "error", EXISTS),
        (f"{EXISTS}\nterminating with error status, rc 2", None, "other", "error", EXISTS),
        # A script runs `borg init || true` before each `borg create`.
        (f"{EXISTS}\n{MADE}", 0, "backup", "success", ""),
        (f"{EXISTS}\n{MADE}", None, "backup", "success", ""),
        (EXISTS, 0, "backup", "success", ""),
        (f"{EXISTS}\n{NO_REPOSITORY}", 2, "backup", "error", NO_REPOSITORY),
        (DELETED, 0, "prune", "success", ""),
        (
            "Compacting segments 100%\r\nCompaction freed about 805 B repository space.",
            0,
            "prune",
            "success",
            "",
        ),
        (COMPACTED, 0, "prune", "success", ""),
        (f"Archive a2 not found (1/1).\n{'-' * 78}\n", 1, "prune", "warning", "Archive a2 not found (1/1)."),
        ("Deleted archive: a2 Sat, 2026-11-28 (1/1)", 0, "prune", "success", ""),
        ("  0.0% Extracting: srv/data\r 98.9% Extracting: srv/data\r", 0, "restore", "success", ""),
        (EXTRACTING, 0, "restore", "success", ""),
        (CHECKING, 1, "verify", "error", "Exit code 1"),
        (PROGRESS, 0, "backup", "success", ""),
        (
            "Include pattern 'srv/x' never matched.",
            1,
            "restore",
            "warning",
            "Include pattern 'srv/x' never matched.",
        ),
    ],
)
def test_a_command_is_what_it_says(
    printed: str, code: int | None, operation: str, status: str, message: str
) -> None:
    report = read(printed, code)
    assert (report.operation, report.status, report.message) == (operation, status, message)


@pytest.mark.parametrize(
    ("printed", "dry"),
    [
        ("- /data\nx /data/cache", True),
        ("+ /home\n+ /home/me/.config/borg\n- /home/cache", True),
        # What was excluded of a backup in which nothing changed.
        ("x /data/cache\nx /data/tmp", False),
        # What `set -x` shows.
        ("+ borg create ::a /data", False),
        ("+ export BORG_REPO=x\n+ sudo /usr/bin/borg-1.4 create ::a /data", False),
    ],
)
def test_a_dry_run_lists_what_it_would_take(printed: str, dry: bool) -> None:
    report = read(printed + ENDED, 0)
    assert (report.operation, report.status, report.dry_run) == ("backup", "success", dry)


def test_a_path_with_an_error_is_borgs_only_in_its_own_words() -> None:
    reading = read_output("backup.sh: /srv: [Errno 13] Permission denied: '/srv'", Told(1, RECEIVED))
    assert (reading.recognised, reading.reports[0].status) == ("text", "error")


def test_later_versions_of_borg_2_do_not_say_what_was_added() -> None:
    values = {"files": 11, "size": 1_870_000, "uploaded": None, "duration_ms": 2000, "approximate": ("size",)}
    report = read(CREATED, None)
    assert report.status == "success"
    assert values_of(report, values) == values
    # Cut before its end it tells of no success.
    assert read("\n".join(CREATED.splitlines()[:4]), None).status == "unknown"


def test_what_an_archive_holds_is_an_inventory() -> None:
    listed = "-rw-r--r-- backup backup     5000 Sat, 2026-11-28 16:30:00 srv/data/docs/t1.txt\n"
    reading = read_output(
        f"drwxr-xr-x root root 0 Sat, 2026-11-28 16:30:00 +0100 srv\n{listed}", Told(0, RECEIVED)
    )
    assert (reading.recognised, reading.reports) == ("borg.inventory", ())
