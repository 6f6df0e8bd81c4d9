"""What duplicity printed, in versions 0.8 and 3, and what it means."""

import re
from typing import Any

import pytest

from duplistat.core.tool_output import Output, Told
from duplistat.formats.duplicity.read import read
from tests.support.outputs import RECEIVED, Case, check, named, recorded, text, values_of


def _full(added: int, duration: int, **more: Any) -> dict[str, Any]:
    return {"files": 16, "size": 1886399, "uploaded": added, "duration_ms": duration, "errors": 0, **more}


_UNREADABLE = {"errors": 1, "message": "Error accessing possibly locked file /srv/data/docs/private.key"}

CASES = (
    Case(
        "01_full_text_0.8.22.txt",
        0,
        "duplicity.backup",
        "success",
        _full(
            1725958,
            550,
            started="2026-11-28T15:33:02.860000+00:00",
            ended="2026-11-28T15:33:03.410000+00:00",
            started_ticks=17958799820000000,
            precision="second",
            files_added=16,
            files_deleted=0,
            approximate=(),
        ),
    ),
    Case(
        "03_full_jsonstat_0.8.22.txt",
        2,
        "duplicity.backup",
        "error",
        {"message": "no such option: --jsonstat", "files": None},
    ),
    Case(
        "05_incremental_unreadable_0.8.22.txt",
        0,
        "duplicity.backup",
        "warning",
        {"files": 16, "uploaded": 20, "files_added": 0, **_UNREADABLE},
    ),
    Case(
        "06_missing_source_0.8.22.txt",
        13,
        "duplicity.backup",
        "error",
        {"message": "Backup source directory /srv/nothing does not exist"},
    ),
    Case(
        "07_missing_target_0.8.22.txt",
        52,
        "duplicity.backup",
        "error",
        {"message": "FileNotFoundError: No such file or directory"},
    ),
    Case("11_full_text_3.2.1.txt", 0, "duplicity.backup", "success", _full(1725995, 650)),
    Case(
        "13_full_jsonstat_3.2.1.txt",
        0,
        "duplicity.backup",
        "success",
        _full(1725995, 606, precision="exact", started_ticks=17958800563973940),
    ),
    Case(
        "15_incremental_unreadable_3.2.1.txt",
        0,
        "duplicity.backup",
        "warning",
        {"uploaded": 45, **_UNREADABLE},
    ),
    Case(
        "16_missing_source_3.2.1.txt",
        23,
        "duplicity.backup",
        "error",
        {"message": "Argument source_path '/srv/nothing' does not exist"},
    ),
    Case(
        "17_missing_target_3.2.1.txt 17_missing_target_3.2.1.stderr.txt",
        50,
        "duplicity.backup",
        "error",
        {"message": "[Errno 2] No such file or directory: b'/proc/nowhere'", "started": None},
    ),
    Case(
        "21_verify_3.2.1.txt",
        0,
        "duplicity.verify",
        "success",
        {"files": 16, "errors": 0, "is_backup": False},
    ),
    Case("23_remove_all_but_n_full_3.2.1.txt", 0, "duplicity.prune", "success"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.files.split()[0])
def test_an_output_means_what_duplicity_did(case: Case) -> None:
    check(read, "duplicity", case)


def test_every_recorded_output_is_read() -> None:
    assert recorded("duplicity") == named(CASES)


_HEAD = "Local and Remote metadata are synchronized, no sync needed.\nLast full backup date: Sat Nov 28 16:33:02 2026\n"
# Text, exit code, what it is, how it ended with the code, and without.
OTHERS = (
    (f"{_HEAD}Verify complete: 16 files compared, 0 differences found.\n", 0, "verify", "success", "success"),
    (
        f"{_HEAD}Difference found: docs has another mtime\nVerify complete: 16 files compared, 1 difference found.",
        1,
        "verify",
        "error",
        "error",
    ),
    (f"{_HEAD}No old backup sets found, nothing deleted.", 0, "prune", "success", "success"),
    # 0.8 says nothing at its end.
    (
        f"{_HEAD}Deleting backup chain(s) at time:\nDeleting complete backup chain Sat Nov 28 1",
        0,
        "prune",
        "success",
        "unknown",
    ),
    (_HEAD, 4, "backup", "interrupted", "unknown"),
    (f"{_HEAD}INT intercepted...exiting.", 4, "backup", "interrupted", "interrupted"),
    (f"{_HEAD}GPGError: GPG Failed, see log below:", 31, "backup", "error", "error"),
    (
        "Restore 'rest' is not empty or is current_dir.\nWill not overwrite.",
        11,
        "restore",
        "error",
        "error",
    ),
    ("Duplicity backup complete.", None, "backup", "unknown", "unknown"),
    ("Duplicity backup complete.", 50, "backup", "error", "unknown"),
)


@pytest.mark.parametrize(("printed", "code", "operation", "status", "alone"), OTHERS)
def test_what_it_says_elsewhere(
    printed: str, code: int | None, operation: str, status: str, alone: str
) -> None:
    for exit_code, expected in ((code, status), (None, alone)):
        reading = read(Output(printed), CASES[0].told(exit_code))
        assert reading is not None
        assert (reading.recognised, reading.reports[0].status) == (f"duplicity.{operation}", expected)


def test_what_ends_without_statistics_is_what_it_is_said_to_be_and_else_a_backup() -> None:
    """As with --no-print-statistics; a restore prints the same, and its sender has to tell it."""
    for printed, told, operation in (
        (_HEAD, Told(0, RECEIVED), "backup"),
        (f"{_HEAD}Duplicity backup complete.\n", Told(0, RECEIVED), "backup"),
        (_HEAD.replace("Sat Nov 28 16:33:02 2026", "none"), Told(0, RECEIVED), "backup"),
        (_HEAD, Told(50, RECEIVED), "backup"),
        (_HEAD, Told(0, RECEIVED, "restore"), "restore"),
        (f"{_HEAD}Restoring /srv from the backup\n", Told(0, RECEIVED), "restore"),
        # What is surely a backup is one, whatever is said.
        (
            f"{_HEAD}Last full backup is too old, forcing full backup\n",
            Told(0, RECEIVED, "restore"),
            "backup",
        ),
    ):
        reading = read(Output(printed), told)
        assert reading is not None
        assert reading.recognised == f"duplicity.{operation}"
        assert reading.reports[0].status == ("success" if told.exit == 0 else "error")


_END = "Duplicity backup complete.\n"


@pytest.mark.parametrize(
    ("line", "code", "status"),
    [
        ("Überprüfung vollständig: 18 file(s) compared, 0 difference(s) found.", 0, "success"),
        ("Vérification complète\xa0: 18 fichiers comparés, 2 différences trouvées.", 1, "error"),
        ("完成验证：18 file(s) compared，0 difference(s) found。", None, "success"),
    ],
)
def test_a_verification_ends_with_its_numbers_in_any_language(
    line: str, code: int | None, status: str
) -> None:
    printed = f"Letzte vollständige Sicherung: Mon Nov 30 23:33:30 2026\n{line}\n{_END}"
    reading = read(Output(printed), Told(code, RECEIVED))
    assert reading is not None
    assert (reading.recognised, reading.reports[0].status) == ("duplicity.verify", status)
    assert reading.reports[0].files == 18


def test_errors_are_told_by_their_number_where_no_sentence_of_them_is_understood() -> None:
    printed = text("duplicity", "15_incremental_unreadable_3.2.1.txt").replace(
        "Error accessing", "Fehler bei"
    )
    reading = read(Output(printed.replace("Backup Statistics", "Sicherungsstatistiken")), Told(0, RECEIVED))
    assert reading is not None
    assert (reading.reports[0].status, reading.reports[0].message) == ("warning", "Errors 1")


def test_of_gpg_the_reason_is_told() -> None:
    printed = """GPGError: GPG Failed, see log below:
===== Begin GnuPG log =====
gpg: DEADBEEF: skipped: No public key
gpg: [stdin]: encryption failed: No public key
===== End GnuPG log =====
"""
    reading = read(Output(printed), CASES[0].told(31))
    assert reading is not None
    assert reading.reports[0].message == "gpg: [stdin]: encryption failed: No public key"


@pytest.mark.parametrize(
    ("files", "size", "status"),
    [(1, 4096, "warning"), (2, 4096, "success"), (1, 9000, "success"), (1, 900, "success")],
)
def test_a_folder_without_files_is_a_warning(files: int, size: int, status: str) -> None:
    printed = text("duplicity", "11_full_text_3.2.1.txt")
    printed = re.sub(r"SourceFiles \d+", f"SourceFiles {files}", printed)
    printed = re.sub(r"SourceFileSize .+", f"SourceFileSize {size} (4.00 KB)", printed)
    reading = read(Output(printed), CASES[0].told(0))
    assert reading is not None
    message = "The source holds no files" if status == "warning" else ""
    assert (reading.reports[0].status, reading.reports[0].message) == (status, message)


def test_a_run_that_was_ended_is_not_told_with_what_it_left_out() -> None:
    reading = read(Output(f"{_HEAD}Error accessing possibly locked file /etc/shadow\n"), CASES[0].told(143))
    assert reading is not None
    assert (reading.reports[0].status, reading.reports[0].message) == ("interrupted", "")


def test_a_status_of_its_collection_is_no_run() -> None:
    printed = (
        f"{_HEAD}Collection Status\n-----------------\nConnecting with backend: BackendWrapper\n"
        "Found primary backup chain with matching signature chain:\nNumber of contained backup sets: 2\n"
    )
    reading = read(Output(printed), CASES[0].told(0))
    assert reading is not None
    assert (reading.recognised, reading.reports) == ("duplicity.inventory", ())


def test_what_was_added_is_in_the_block_after_the_object_and_either_alone_is_read() -> None:
    whole = text("duplicity", "13_full_jsonstat_3.2.1.txt")
    block = whole.index("--------------[")
    for printed, expected in (
        (whole[:block], {"uploaded": None, "precision": "exact", "size": 1886399}),
        (whole[block:], {"uploaded": 1725995, "precision": "second", "size": 1886399}),
    ):
        reading = read(Output(printed), CASES[0].told(None))
        assert reading is not None
        assert reading.reports[0].status == "success"
        assert values_of(reading.reports[0], expected) == expected


def test_a_log_around_it_and_a_head_cut_off_leave_the_last_run() -> None:
    lines = [*text("duplicity", "05_incremental_unreadable_0.8.22.txt").splitlines()]
    lines += text("duplicity", "11_full_text_3.2.1.txt").splitlines()
    log = "\n".join(f"Nov 28 16:34:10 web-01 duplicity[812]: {line}" for line in lines[14:])
    reading = read(Output(f"{log}\nNov 28 16:34:11 web-01 cron[1]: done"), CASES[0].told(0))
    assert reading is not None
    assert (reading.reports[0].status, reading.reports[0].uploaded) == ("success", 1725995)


def test_a_block_that_breaks_off_says_nothing_of_how_it_ended() -> None:
    whole = text("duplicity", "15_incremental_unreadable_3.2.1.txt")
    cut = whole[: whole.index("Errors 1")].replace("Error accessing", "Skipping")
    reading = read(Output(cut), CASES[0].told(None))
    assert reading is not None
    assert (reading.reports[0].status, reading.reports[0].files) == ("unknown", 16)


def test_an_error_after_the_statistics_is_of_this_run_and_one_before_them_was_overcome() -> None:
    whole = text("duplicity", "11_full_text_3.2.1.txt")
    error = "BackendException: No space left on device\n"
    for printed, status in ((whole + error, "error"), (error + whole, "warning")):
        reading = read(Output(printed), CASES[0].told(None))
        assert reading is not None
        assert (reading.reports[0].status, reading.reports[0].message) == (status, "No space left on device")
