"""What rsync 3.0 to 3.5 printed, and what it means."""

import pytest

from duplistat.formats.rsync.read import read
from tests.support.outputs import Case, check, named, recorded

CASES = (
    Case(
        "01_stats_3.5.0.txt",
        0,
        "rsync.backup",
        "success",
        {"files": 16, "size": 1870015, "uploaded": 1870001},
    ),
    Case(
        "03_stats_h_3.5.0.txt",
        0,
        "rsync.backup",
        "success",
        {"files": 16, "size": 1870000, "uploaded": 1870000, "approximate": ("size", "added")},
    ),
    Case(
        "05_stats_no_h_3.5.0.txt",
        0,
        "rsync.backup",
        "success",
        {"files": 16, "size": 1870015, "uploaded": 1870001},
    ),
    Case(
        "07_info_stats2_progress2_itemize_3.5.0.txt",
        0,
        "rsync.backup",
        "success",
        {"files": 16, "size": 1870015, "uploaded": 1870001},
    ),
    Case(
        "08_stats_dry_run_3.5.0.txt",
        0,
        "rsync.backup",
        "success",
        {"files": 16, "size": 1870015, "dry_run": True},
    ),
    Case(
        "09_stats_unreadable_exit23_3.5.0.txt 09_stats_unreadable_exit23_3.5.0.stderr.txt",
        23,
        "rsync.backup",
        "warning",
        {
            "files": 17,
            "size": 1870022,
            "uploaded": 1870001,
            "message": '[sender] send_files failed to open "/srv/data/docs/private.key": Permission denied (13)',
        },
    ),
    Case(
        "11_stats_max_delete_exit25_3.5.0.txt 11_stats_max_delete_exit25_3.5.0.stderr.txt",
        25,
        "rsync.backup",
        "warning",
        {
            "files": 16,
            "size": 1870015,
            "files_deleted": 1,
            "message": "Deletions stopped due to --max-delete limit (2 skipped)",
        },
    ),
    Case(
        "12_stats_missing_source_exit23_3.5.0.txt 12_stats_missing_source_exit23_3.5.0.stderr.txt",
        23,
        "rsync.backup",
        "error",
        {"message": '[sender] change_dir "/srv/nothing" failed: No such file or directory (2)'},
    ),
    Case(
        "14_nospace_exit11_3.5.0.txt",
        11,
        "rsync.backup",
        "error",
        {
            "message": '[receiver] write failed on "/srv/tiny/python3/dist-packages/borg/archive.py": No space left on device (28)'  # noqa: E501  # its own words
        },
    ),
    Case("16_usage_exit1_3.5.0.txt", 1, "rsync.backup", "error", {"message": "--nonsense: unknown option"}),
    Case(
        "17_sigint_exit20_3.5.0.txt",
        20,
        "rsync.backup",
        "interrupted",
        {"message": "received SIGINT, SIGTERM, or SIGHUP"},
    ),
    Case(
        "19_stats_vanished_exit24_3.5.0.txt 19_stats_vanished_exit24_3.5.0.stderr.txt",
        24,
        "rsync.backup",
        "warning",
        {
            "files": 41,
            "size": 2400000,
            "uploaded": 1680000,
            "message": 'file has vanished: "/var/lib/backup/van/f3"',
        },
    ),
    Case(
        "21_stats_over_2gib_3.5.0.txt",
        0,
        "rsync.backup",
        "success",
        {"files": 1, "size": 3221225472, "uploaded": 3221225472},
    ),
    Case(
        "22_log_file_3.5.0.txt",
        0,
        "rsync.backup",
        "success",
        {
            "files": 16,
            "size": 1870015,
            "uploaded": 1870001,
            "started": "2026-11-28T15:30:59+00:00",
            "ended": "2026-11-28T15:30:59+00:00",
            "offset_minutes": 60,
        },
    ),
    Case(
        "23_stats_3.0.9.txt",
        0,
        "rsync.backup",
        "success",
        {"files": 1234, "size": 1870015, "uploaded": 1870001},
    ),
    Case(
        "25_stats_locale_de_3.1.3.txt",
        0,
        "rsync.backup",
        "success",
        {"files": 16, "size": 1870015, "uploaded": 50000},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=[case.files.split()[0] for case in CASES])
def test_an_output_means_what_its_tool_did(case: Case) -> None:
    check(read, "rsync", case)


def test_every_recorded_output_is_read() -> None:
    assert recorded("rsync") == named(CASES)
