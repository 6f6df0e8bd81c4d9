"""What rdiff-backup printed, and what it means."""

import pytest

from duplistat.core.tool_output import Output
from duplistat.formats.rdiff_backup.read import read
from tests.support.outputs import Case, check, named, recorded, text

_KEY = "ListError: '/srv/data/docs/private.key' [Errno 13] Permission denied: b'/srv/data/docs/private.key'"

CASES = (
    Case(
        "01_backup_2.2.2.txt",
        0,
        "rdiff-backup.backup",
        "success",
        {
            "files": 16,
            "size": 1870001,
            "uploaded": 1870001,
            "duration_ms": 1190,
            "errors": 0,
            "started": "2026-11-28T15:31:56+00:00",
            "ended": "2026-11-28T15:31:57.190000+00:00",
            "started_ticks": 17958799160000000,
            "precision": "second",
        },
    ),
    Case(
        "03_backup_unreadable_2.2.2.txt 03_backup_unreadable_2.2.2.stderr.txt",
        0,
        "rdiff-backup.backup",
        "warning",
        {"errors": 1, "files": 16, "uploaded": 0, "message": _KEY},
    ),
    Case("04_verify_2.2.2.txt", 0, "rdiff-backup.verify", "success", {"is_backup": False}),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.files.split()[0])
def test_an_output_means_what_rdiff_backup_did(case: Case) -> None:
    check(read, "rdiff_backup", case)


def test_every_recorded_output_is_read() -> None:
    assert recorded("rdiff_backup") == named(CASES)


_BEGIN = "NOTE: Starting increment operation from source path /srv/data to destination path /srv/repo\n"
_DIGEST = (
    "WARNING: Computed SHA1 digest of file a '1' doesn't match recorded digest of '2'. It may be corrupted!\n"
)
_NOT_OLD = (
    "WARNING: No increment is older than '1Y'\nWARNING: Action remove emitted warnings, see previous messages"
)
# Text, exit code, what it is, how it ended with the code, and without.
OTHERS = (
    (_BEGIN, 1, "backup", "error", "unknown"),
    (_BEGIN, 143, "backup", "interrupted", "unknown"),
    # 2.2: bits for a warning, a file that failed, and a warning of a file.
    (_BEGIN, 2, "backup", "warning", "unknown"),
    (_BEGIN, 4, "backup", "warning", "unknown"),
    (_BEGIN, 5, "backup", "error", "unknown"),
    (f"{_BEGIN}ERROR: Could not lock /srv/repo", 1, "backup", "error", "error"),
    (
        "Fatal Error: Previous backup to /srv/repo seems to have failed. Run rdiff-backup --check",
        1,
        "backup",
        "error",
        "error",
    ),
    (_DIGEST, 4, "verify", "error", "error"),
    (_DIGEST, 0, "verify", "warning", "error"),
    (f"{_DIGEST}NOTE: All files verified successfully", None, "verify", "error", "error"),
    ("NOTE: Deleting increment at date/time: Sat Nov 28 16:31:56 2026", 0, "prune", "success", "unknown"),
    # Damage that was found, which 2.2 ends with its code for warnings.
    (f"{_DIGEST}ERROR: Verification found 1 potentially corrupted files", 2, "verify", "error", "error"),
    ("NOTE: No changes found. Directory matches archive data.", 0, "verify", "success", "success"),
    ("NOTE: No changes found. Directory matches backup data", None, "verify", "success", "success"),
    (_NOT_OLD, 2, "prune", "success", "unknown"),
    (f"WARNING: Something else\n{_NOT_OLD}", 2, "prune", "warning", "unknown"),
    ("NOTE: Given repository doesn't need to be regressed", 0, "other", "success", "unknown"),
    (f"{_BEGIN}rdiff_backup.robust.SignalException: 2", 1, "backup", "interrupted", "interrupted"),
    (
        "usage: rdiff-backup backup [-h]\nrdiff-backup backup: error: PATH is required",
        2,
        "backup",
        "error",
        "error",
    ),
)


@pytest.mark.parametrize(("printed", "code", "operation", "status", "alone"), OTHERS)
def test_what_it_says_elsewhere(
    printed: str, code: int | None, operation: str, status: str, alone: str
) -> None:
    for exit_code, expected in ((code, status), (None, alone)):
        reading = read(Output(printed), CASES[0].told(exit_code))
        assert reading is not None
        assert (reading.recognised, reading.reports[0].status) == (f"rdiff-backup.{operation}", expected)


def test_a_list_of_increments_is_no_run() -> None:
    printed = "Found 1 increments:\n    increments.2026-11-28T16:31:56+01:00.dir   Sat Nov 28 16:31:56 2026\n"
    reading = read(Output(f"{printed}Current mirror: Sat Nov 28 16:32:01 2026"), CASES[0].told(0))
    assert reading is not None
    assert (reading.recognised, reading.reports) == ("rdiff-backup.inventory", ())


def test_a_repository_that_shrank_has_nothing_added_and_a_head_cut_off_leaves_its_numbers() -> None:
    whole = text("rdiff_backup", "01_backup_2.2.2.txt").replace("Change 1870001", "Change -1870001")
    reading = read(Output(whole[whole.index("MirrorFiles") :]), CASES[0].told(None))
    assert reading is not None
    report = reading.reports[0]
    assert (report.status, report.uploaded, report.files_added, report.precision) == (
        "success",
        None,
        15,
        "arrival",
    )


def test_a_block_of_duplicity_is_not_its_own() -> None:
    assert read(Output(text("duplicity", "01_full_text_0.8.22.txt")), CASES[0].told(0)) is None


def test_options_of_earlier_versions_are_no_warning() -> None:
    deprecated = (
        "WARNING: this command line interface is deprecated and will disappear, start using the new one"
    )
    printed = f"{deprecated} as described with '--new --help'.\n{text('rdiff_backup', '01_backup_2.2.2.txt')}"
    reading = read(Output(printed), CASES[0].told(0))
    assert reading is not None
    assert (reading.reports[0].status, reading.reports[0].message) == ("success", "")


@pytest.mark.parametrize(("files", "status"), [("1", "warning"), ("2", "success")])
def test_a_folder_without_files_is_a_warning(files: str, status: str) -> None:
    printed = text("rdiff_backup", "01_backup_2.2.2.txt").replace("SourceFiles 16", f"SourceFiles {files}")
    printed = printed.replace("SourceFileSize 1870001 (1.78 MB)", "SourceFileSize 0 (0 bytes)")
    assert "SourceFileSize 0" in printed
    reading = read(Output(printed), CASES[0].told(0))
    assert reading is not None
    message = "The source holds no files" if status == "warning" else ""
    assert (reading.reports[0].status, reading.reports[0].message) == (status, message)


def test_sizes_of_increments_are_an_inventory() -> None:
    printed = "          Time                 Size         Cumulative size \n------------ ------- -------\n"
    reading = read(Output(f"{printed}Mon Nov 30 22:39:38 2026    0 bytes    1.79 MB\n"), CASES[0].told(0))
    assert reading is not None
    assert (reading.recognised, reading.reports) == ("rdiff-backup.inventory", ())
