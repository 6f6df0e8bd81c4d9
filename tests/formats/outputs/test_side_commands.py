"""What tools print that is no run, or a run that changed nothing: it must not look like a backup."""

import pytest

from duplistat.core.tool_output import Told
from duplistat.formats.tool_outputs import read_output
from tests.support.outputs import RECEIVED

_HASH = "92fd6d380cb684bb5c62b32f5fe1dd63ddd2127222c25ec1ee25f0560aee90dc"
RESTIC_LS = """snapshot e8fedd34 of [/srv/data] filtered by [] at 2026-11-29 19:40:00.422231112 +0100 CET):
/srv/data/docs/t1.txt
"""
RESTIC_FORGET = """Applying Policy: keep 1 latest snapshots
keep 1 snapshots:
ID        Time                 Host        Tags        Reasons        Paths
-------------------------------------------------------------------------------
176ac267  2026-11-29 19:41:49  vm                      last snapshot  /srv/data
-------------------------------------------------------------------------------
1 snapshots

Would have removed the following snapshots:
{e8fedd34}
"""
BORG_LIST = f"a6                                   Sun, 2026-11-29 19:40:17 [{_HASH}]\n"
BORG_INFO = f"""Repository ID: {_HASH}
Location: /srv/repo/b12
Encrypted: Yes (repokey)
------------------------------------------------------------------------------
                       Original size      Compressed size    Deduplicated size
All archives:                2.07 MB              2.06 MB              1.01 MB
"""
BORG_CREATE = "- /srv/data/docs/t1.txt\n- /srv/data/docs\n"
BORG_PRUNE = f"""Keeping archive (rule: secondly #1):     a9      Sun, 2026-11-29 19:40:19 [{_HASH}]
Would prune:                             a7      Sun, 2026-11-29 19:40:18 [{_HASH}]
"""
RCLONE_SIZE = "Total objects: 10 (10)\nTotal size: 1011.307 KiB (1035578 Byte)\n"
DUPLICITY_FILES = """Local and Remote metadata are synchronized, no sync needed.
Last full backup date: Sun Nov 29 19:42:38 2026
Sun Nov 29 19:41:28 2026 .
Sun Nov 29 19:41:28 2026 docs
"""
DUPLICITY_DRY = """Last full backup date: Sun Nov 29 19:42:38 2026
--------------[ Backup Statistics ]--------------
StartTime 1795977759.58 (Sun Nov 29 19:42:39 2026)
EndTime 1795977759.58 (Sun Nov 29 19:42:39 2026)
ElapsedTime 0.00 (0.00 seconds)
SourceFiles 24
SourceFileSize 1047872 (1023 KB)
NewFiles 14
DeltaEntries 14
RawDeltaSize 0 (0 bytes)
TotalDestinationSizeChange 0 (0 bytes)
Errors 0
-------------------------------------------------
"""


@pytest.mark.parametrize(
    ("printed", "tool"),
    [
        (RESTIC_LS, "restic"),
        (BORG_LIST, "borg"),
        (BORG_INFO, "borg"),
        (RCLONE_SIZE, "rclone"),
        (DUPLICITY_FILES, "duplicity"),
    ],
)
def test_a_list_is_no_run_whatever_its_exit_code(printed: str, tool: str) -> None:
    for told in (Told(None, RECEIVED), Told(0, RECEIVED, tool=tool)):
        reading = read_output(printed, told)
        assert (reading.recognised, reading.reports) == (f"{tool}.inventory", ())


@pytest.mark.parametrize(
    ("printed", "recognised"),
    [
        (RESTIC_FORGET, "restic.prune"),
        (BORG_CREATE, "borg.backup"),
        (BORG_PRUNE, "borg.prune"),
        (DUPLICITY_DRY, "duplicity.backup"),
    ],
)
def test_a_dry_run_is_one(printed: str, recognised: str) -> None:
    reading = read_output(printed, Told(0, RECEIVED, tool=recognised.partition(".")[0]))
    assert reading.recognised == recognised
    assert [(report.status, report.dry_run) for report in reading.reports] == [("success", True)]


def test_lines_with_dashes_in_a_log_are_no_dry_run() -> None:
    log = f"- stopping the database\n{BORG_CREATE}terminating with success status, rc 0\n- done\n- all is well\n"
    reading = read_output(f"{log}starting the database\n", Told(None, RECEIVED))
    assert [(report.status, report.dry_run) for report in reading.reports] == [("success", False)]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ('send_files failed to open "/srv/data/docs/private.key": Permission denied (13)', "warning"),
        ('change_dir "/srv/nothing" failed: No such file or directory (2)', "error"),
        ('link_stat "/srv/nothing" failed: No such file or directory (2)', "error"),
    ],
)
def test_rsync_without_numbers_says_whether_its_source_was_read(line: str, status: str) -> None:
    end = "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394)"
    reading = read_output(f"rsync: [sender] {line}\n{end} [sender=3.5.0]\n", Told(23, RECEIVED))
    assert [report.status for report in reading.reports] == [status]


@pytest.mark.parametrize(
    ("printed", "recognised", "message"),
    [
        (
            'invalid id "deadbeef": no matching ID found for prefix "deadbeef"',
            "restic.restore",
            'invalid id "deadbeef": no matching ID found for prefix "deadbeef"',
        ),
        (
            "Fatal: create repository at /srv/repo failed: config file already exists",
            "restic.other",
            "create repository at /srv/repo failed: config file already exists",
        ),
        (
            "ERROR: Source path /srv/nothing does not exist\nERROR: Action backup failed on step check",
            "rdiff-backup.backup",
            "Source path /srv/nothing does not exist",
        ),
        ("Usage: backup.sh\nno such disk\n\n", "text", "Exit code 1: no such disk"),
        (
            'start\n{"level":"error","msg":"disk full"}',
            "text",
            'Exit code 1: {"level":"error","msg":"disk full"}',
        ),
        ('no such disk\n{"bytes":1}', "text", "Exit code 1: no such disk"),
        ("", "text", "Exit code 1"),
    ],
)
def test_what_failed_says_why(printed: str, recognised: str, message: str) -> None:
    reading = read_output(printed, Told(1, RECEIVED))
    (report,) = reading.reports
    assert (reading.recognised, report.status, report.message) == (recognised, "error", message)
