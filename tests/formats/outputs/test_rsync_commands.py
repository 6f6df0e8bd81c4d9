"""What rsync says where the source is empty or cannot be reached, and in a log file that goes on each night."""

from typing import Any

import pytest

from duplistat.core.report import Report
from duplistat.core.tool_output import Told
from duplistat.formats.tool_outputs import read_output
from tests.support.outputs import RECEIVED, values_of


def read(printed: str, code: int | None) -> Report:
    (report,) = read_output(printed, Told(code, RECEIVED)).reports
    return report


def stats(files: str, deleted: str, size: str, end: str = "speedup is 0.00") -> str:
    return f"""
Number of files: {files}
Number of created files: 0
Number of deleted files: {deleted}
Number of regular files transferred: 0
Total file size: {size} bytes
Total transferred file size: 0 bytes
Literal data: 0 bytes
Matched data: 0 bytes

sent 62 bytes  received 283 bytes  690.00 bytes/sec
total size is {size}  {end}
"""


EMPTY = "The source holds no files"


@pytest.mark.parametrize(
    ("printed", "status", "message"),
    [
        (stats("1 (dir: 1)", "0", "0"), "warning", EMPTY),
        (stats("1,004 (dir: 1,004)", "0", "0"), "warning", EMPTY),
        (
            stats("1 (dir: 1)", "1.017 (reg: 1.013, dir: 3, link: 1)", "0"),
            "warning",
            f"{EMPTY}, and what was at the destination was deleted (1017)",
        ),
        (
            "sent 62 bytes  received 12 bytes  148.00 bytes/sec\ntotal size is 0  speedup is 0.00\n",
            "warning",
            EMPTY,
        ),
        # Files without a byte are files, and a dry run copies none.
        (stats("2 (reg: 1, dir: 1)", "0", "0"), "success", ""),
        (stats("1 (dir: 1)", "0", "0", "speedup is 0.00 (DRY RUN)"), "success", ""),
    ],
)
def test_a_folder_without_files_is_a_warning(printed: str, status: str, message: str) -> None:
    for code in (0, None):
        report = read(printed, code)
        assert (report.status, report.message) == (status, message)


def test_a_single_source_that_is_missing_is_a_failure_without_stats_too() -> None:
    printed = """rsync: [sender] link_stat "/srv/nothing" failed: No such file or directory (2)
sent 18 bytes  received 12 bytes  60.00 bytes/sec
total size is 0  speedup is 0.00
rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394) [sender=3.5.0]
"""
    assert read(printed, 23).status == "error"


LOG = """2026/11/27 02:00:01 [25459] building file list
2026/11/27 02:00:02 [25459] rsync: [sender] send_files failed to open "/srv/key": Permission denied (13)
2026/11/27 02:00:09 [25459] rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394) [sender=3.5.0]
2026/11/28 16:30:01 [25516] building file list
2026/11/28 16:30:01 [25516] >f+++++++++ db/dump.sql
2026/11/28 16:31:11 [25516] sent 1861457 bytes  received 298 bytes  total size 1870015
"""  # noqa: E501  # its own lines


@pytest.mark.parametrize("first", ["building", "receiving"])
def test_of_a_log_file_it_is_the_last_run(first: str) -> None:
    values: dict[str, Any] = {
        "size": 1870015,
        "files": None,
        "started": "2026-11-28T15:30:01+00:00",
        "ended": "2026-11-28T15:31:11+00:00",
        "duration_ms": 70_000,
        "message": "",
    }
    report = read(LOG.replace("building", first), None)
    assert report.status == "success"
    assert values_of(report, values) == values
    before = read(LOG[: LOG.index("2026/11/28")], None)
    assert (before.status, before.duration_ms) == ("warning", 8000)


def test_a_failure_of_a_run_right_before_it_counts_as_well() -> None:
    """A script that mirrors two folders, with one log file and one exit code: that of the second."""
    assert (
        read(LOG.replace("2026/11/28 16:30:01 [25516] b", "2026/11/27 02:00:10 [25516] b"), None).status
        == "warning"
    )


def test_folders_alone_are_a_warning_of_backups_only() -> None:
    for operation, status in (("", "warning"), ("backup", "warning"), ("restore", "success")):
        told = Told(0, RECEIVED, operation=operation)
        (report,) = read_output(stats("1 (dir: 1)", "0", "0"), told).reports
        assert report.status == status, operation


def test_a_timeout_is_said_as_one() -> None:
    printed = """[generator] io timeout after 60 seconds -- exiting
rsync error: timeout in data send/receive (code 30) at io.c(248) [generator=3.5.0]
rsync: [sender] write error: Broken pipe (32)
"""
    report = read(printed, 30)
    assert (report.status, report.message) == ("error", "[generator] io timeout after 60 seconds -- exiting")


SSH = "ssh: connect to host nas port 22: Connection refused"


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        (
            f"{SSH}\r\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\n"
            "rsync error: unexplained error (code 255) at io.c(285) [sender=3.5.0]\n",
            SSH,
        ),
        (f"Remote: {SSH}\nConnection closed by remote host. Is borg working on the server?\n", SSH),
        (
            "Remote: backup@nas: Permission denied (publickey,password).\n"
            "Connection closed by remote host. Is borg working on the server?\n",
            "backup@nas: Permission denied (publickey,password).",
        ),
        (
            f"subprocess ssh: {SSH}\nFatal: unable to open repository at sftp:backup@nas:/x: "
            "unable to start the sftp session, error: EOF\n",
            SSH,
        ),
        (
            "Connection closed by remote host. Is borg working on the server?\n",
            "Connection closed by remote host. Is borg working on the server?",
        ),
    ],
)
def test_a_connection_that_ssh_could_not_make_is_told_in_its_words(printed: str, message: str) -> None:
    report = read(printed, 2)
    assert (report.status, report.message) == ("error", message)
