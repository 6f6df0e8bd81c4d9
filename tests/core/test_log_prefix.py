"""What logs put before lines is taken away, and nothing that a program printed."""

import pytest

from duplistat.core.log_prefix import without_prefix
from duplistat.core.tool_output import Told
from duplistat.formats.tool_outputs import read_output
from tests.support.outputs import RECEIVED, text

PRINTED = "Archive name: a\nTime (start): Sat, 2026-11-28\n\n  Files: 3\n"


@pytest.mark.parametrize(
    "prefix",
    [
        "Nov 28 16:31:39 web-01 backup[812]: ",
        "Nov  8 16:31:39 web-01 backup.sh: ",
        "Nov 28 16:31:39 ",
        "2026-11-28T16:31:39+0100 web-01 borg[812]: ",
        "2026-11-28T16:31:39.123456+01:00 web-01 borg[812]: ",
        "2026-11-28T15:31:39.123456789Z ",
        "2026-11-28T15:31:39.123456789Z stdout F ",
        "[2026-11-28 16:31:39,123] INFO: ",
    ],
)
def test_what_a_log_puts_before_each_line_is_taken_away(prefix: str) -> None:
    log = "".join(f"{prefix}{line}\n" for line in PRINTED.splitlines())
    assert without_prefix(log) == PRINTED
    # Lines without it, of a script that prints to the same log, are as they were.
    assert without_prefix(f"begin\n{log}") == f"begin\n{PRINTED}"


@pytest.mark.parametrize(
    "printed",
    [
        PRINTED,
        "2026/11/28 16:30:28 INFO  : There was nothing to transfer\n",
        "2026/11/28 16:30:59 [21209] building file list\n",
        "100: 2026-11-28 02:00:01 INFO: Starting Backup of VM 100\n",
        "Sat Nov 28 16:32:01 2026 docs\n",
        '{"time":"2026-11-28T16:30:42.977505505+01:00","level":"info","msg":"x"}\n',
        "",
    ],
)
def test_times_that_a_tool_prints_itself_stay(printed: str) -> None:
    assert without_prefix(printed) == printed


def test_words_that_differ_from_line_to_line_are_no_machine() -> None:
    log = "Nov 28 16:31:39 rsync error: some\nNov 28 16:31:39 Number of files: 3\n"
    assert without_prefix(log) == "rsync error: some\nNumber of files: 3\n"


def test_an_output_from_a_journal_is_read_and_its_log_keeps_the_times() -> None:
    printed = text("borg", "03_create_stats_text_1.2.4.txt")
    lines = [f"Nov 28 16:31:39 web-01 borg[812]: {line}" for line in printed.splitlines()]
    (report,) = read_output("\n".join(lines), Told(None, RECEIVED)).reports
    assert (report.status, report.files, report.job_name) == ("success", 11, "")
    assert report.log[1].text == lines[1].rstrip()
