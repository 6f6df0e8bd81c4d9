"""What each sample body means, in numbers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from duplistat.core.report import LiveStatus, Report
from duplistat.formats.recognise import recognise

HERE = Path(__file__).parent
MACHINE = "5f0c1e9a7b3d4c2f8a6e0d1b2c3f4a5e"
NAS = {"machine_id": MACHINE, "server_name": "nas-keller", "job_ref": "DB-3", "job_name": "Paperless"}
BACKUP = {"operation": "backup", "precision": "exact", "format": "duplicati-json"}
# The body that several samples share.
USUAL = BACKUP | {
    "started_ticks": 17694792001100101,
    "started": datetime(2026, 1, 27, 2, 0, 0, 110010, tzinfo=UTC),
    "ended": datetime(2026, 1, 27, 2, 3, 20, 500000, tzinfo=UTC),
    "duration_ms": 200390,
    "offset_minutes": 60,
    "files": 10211,
    "size": 48318382080,
    "storage": 2147483900,
    "uploaded": 31457312,
    "downloaded": 31457312,
    "versions": 14,
    "files_added": 7,
    "files_modified": 12,
    "files_deleted": 0,
    "files_failed": 0,
    "quota_total": None,
    "quota_free": None,
    "messages": 27,
    "warnings": 0,
    "errors": 0,
}
UNTOLD: dict[str, Any] = dict.fromkeys(
    ("files", "size", "storage", "versions", "quota_total", "quota_free", "files_added", "files_failed")
)
MEANINGS: dict[str, dict[str, Any]] = {
    "01_backup_success_2.0.6.3.json": BACKUP
    | {
        "status": "success", "job_name": "Photos", "machine_id": "", "server_name": "", "job_ref": "",
        "started_ticks": 16315812005652560, "ended": datetime(2021, 9, 14, 1, 0, 11, 393670, tzinfo=UTC),
        "duration_ms": 10828, "offset_minutes": 120, "files": 437, "size": 2025219, "storage": 1302062,
        "versions": 4, "uploaded": 0, "downloaded": 49227, "quota_total": 62671097856,
        "quota_free": 50205954048, "messages": 11, "facts": {"agent_version": "2.0.6.3"}, "log": (),
    },
    "03_backup_success_2.1.0.5_with_compact_and_delete.json": BACKUP
    | {
        "status": "success", "job_name": "Documents to cloud", "server_name": "WORKSTATION-7",
        "started_ticks": 17427688893740947, "duration_ms": 49660, "offset_minutes": 60, "files": 504,
        "size": 7714963409, "storage": 7736156915, "uploaded": 52430611, "downloaded": 104962183,
        "versions": 3, "files_added": 3, "files_modified": 4, "files_deleted": 2, "messages": 30,
        "quota_total": 1104880336896, "quota_free": 593993977036,
    },
    "04_backup_success_2.2.0.3_scheduled.json": USUAL
    | NAS
    | {"status": "success", "next_run": datetime(2026, 1, 28, 2, tzinfo=UTC), "message": ""},
    "05_backup_success_2.3.0.4_manual.json": USUAL
    | {
        "status": "success", "next_run": None, "server_name": "ANNA-PC", "started_ticks": 17838489001100101,
        "started": datetime(2026, 7, 12, 9, 35, 0, 110010, tzinfo=UTC),
        "ended": datetime(2026, 7, 12, 9, 38, 20, 500000, tzinfo=UTC),
    },
    "07_backup_warning_2.2.0.3.json": USUAL
    | {
        "status": "warning", "warnings": 2, "downloaded": 49227, "job_name": "Anna Laptop",
        "quota_total": 62671097856, "quota_free": 50205954048,
        "message": "Failed to process path: C:\\Users\\anna\\AppData\\Local\\Temp\\~DF1234.TMP",
    },
    "08_backup_error_2.2.0.3.json": USUAL
    | {
        "status": "error", "warnings": 1, "errors": 1, "files_failed": 1, "quota_total": 2147483648,
        "quota_free": 0, "storage": 1302062, "versions": 4, "uploaded": 0, "downloaded": 49227,
        "message": "Backend quota has been exceeded: Using 2.00 GiB of 2.00 GiB (0 bytes available)",
    },
    "09_backup_fatal_2.0.6.3_data_is_serializable_exception.json": UNTOLD
    | {
        "operation": "backup", "status": "fatal", "precision": "arrival", "started": None, "ended": None,
        "started_ticks": None, "duration_ms": None, "offset_minutes": 120, "job_name": "Photos",
        "warnings": 1, "errors": 1, "messages": None, "numbers": {}, "facts": {},
        "message": "Found 3 files that are missing from the remote storage, please run repair",
    },
    "11_backup_fatal_2.2.0.3.json": BACKUP
    | UNTOLD
    | {
        "status": "fatal", "duration_ms": 119, "offset_minutes": -300, "errors": 1, "job_name": "Fotos",
        "ended": datetime(2026, 2, 4, 20, 55, 25, 44744, tzinfo=UTC), "started_ticks": 17702385249260493,
        "message": "Backup aborted since the source path D:\\Fotos\\ does not exist. Please verify that the "
        "source path exists, or remove the source path from the backup configuration, or set the "
        "allow-missing-source option.",
    },
    "12_backup_fatal_2.3.0.4_no_local_db_endtime_zero.json": BACKUP
    | UNTOLD
    | {
        "status": "fatal", "started_ticks": 17845236000000123, "ended": None, "duration_ms": None,
        "next_run": datetime(2026, 7, 21, 5, tzinfo=UTC), "job_name": "New job",
        "message": "The source path /source/missing does not exist",
    },
    "13_backup_duration_over_a_day_2.2.0.3.json": BACKUP
    | {
        "status": "success", "duration_ms": 163_100_750, "files": 2280494, "size": 5497558138880,
        "storage": 4398046511104, "uploaded": 4398046511104, "versions": 1, "job_name": "Initial seed",
    },
    "14_backup_partial_2.2.0.3.json": NAS
    | {
        "status": "warning", "partial": True, "interrupted": False, "warnings": 0,
        "duration_ms": 80390, "message": "",
    },
    "16_backup_dryrun_2.1.0.5.json": BACKUP
    | {
        "status": "success", "dry_run": True, "is_backup": False, "machine_id": "", "files": 2, "size": 20,
        "server_name": "shell-host", "job_name": "Duplicati.CommandLine", "started_ticks": 17460936000000000,
        "job_ref": "1F0B7A6C5D4E3F2A1B0C9D8E7F6A5B4C3D2E1F0A9B8C7D6E5F4A3B2C1D0E9F8A",
    },
    "17_restore_2.3.0.4.json": NAS
    | {
        "operation": "restore", "status": "warning", "files": 41, "size": 73400320, "files_deleted": None,
        "downloaded": 104962183, "duration_ms": 20700, "message": "Failed to restore 1 files",
    },
    "19_test_verify_2.2.0.3_failed.json": NAS
    | {
        "operation": "test", "status": "error", "files": 3, "size": None, "downloaded": 157286400,
        "duration_ms": 60000, "message": "Verified 3 remote files with 3 problem(s)",
    },
    "20_compact_2.2.0.3.json": NAS
    | {
        "operation": "compact", "status": "success", "files": None, "size": None, "storage": 1302062,
        "uploaded": 104857600, "duration_ms": 1_199_100,
    },
    "23_list_2.1.0.5_browse_in_ui.json": NAS
    | {
        "operation": "list", "status": "success", "files": None, "size": None, "storage": None,
        "versions": None, "quota_total": None, "is_backup": False, "offset_minutes": 120,
    },
    "24_form_text_2.0.6.3.txt": {
        "operation": "backup", "status": "success", "precision": "second", "format": "duplicati-text",
        "started_ticks": 16315812000000000, "started": datetime(2021, 9, 14, 1, tzinfo=UTC),
        "ended": datetime(2021, 9, 14, 1, 0, 11, tzinfo=UTC), "duration_ms": 10828, "offset_minutes": 120,
        "job_name": "Photos", "machine_id": "", "files": 437, "size": 2025219, "storage": None,
        "uploaded": None, "versions": None, "messages": 11, "warnings": 0, "errors": 0, "log_omitted": 1,
        "facts": {"agent_version": "2.0.6.3"},
    },
    "26_form_text_2.3.0.4_fatal.txt": UNTOLD
    | {
        "operation": "backup", "status": "fatal", "precision": "second", "started_ticks": 17845236000000000,
        "ended": None, "duration_ms": None, "machine_id": MACHINE, "job_ref": "DB-9", "job_name": "Fotos",
        "server_name": "CESAR-PC", "errors": 1, "offset_minutes": 120,
        "message": "The source path /source/missing does not exist",
    },
    "30_form_custom_json_message.txt": {
        "operation": "backup", "status": "success", "precision": "arrival", "started": None,
        "job_name": "Photos", "server_name": "nas-keller", "format": "duplicati-template",
    },
    "36_backup_json_with_extra_parameters_2.2.0.3.json": USUAL
    | NAS
    | {"status": "success", "job_name": "Paperless (renamed by extra)"},
    "37_backup_warning_loglines_truncated_2.2.0.3.json": USUAL
    | NAS
    | {
        "status": "warning", "warnings": 4701, "log_omitted": 4601,
        "message": "Missing file: duplicati-b00000000000000000000000000000000.dblock.zip.aes",
    },
    "38_http_report_status_started_2.3.1.0.json": NAS
    | {
        "operation": "backup", "state": "started", "started_ticks": 17855496001234567, "progress": None,
        "started": datetime(2026, 8, 1, 2, 0, 0, 123456, tzinfo=UTC), "log": (), "phase": "",
    },
    "39_http_report_status_progress_2.3.1.0.json": NAS
    | {
        "operation": "backup", "state": "progress", "started_ticks": 17855496001234567, "progress": 0.25,
        "phase": "Backup_ProcessingFiles", "reported": datetime(2026, 8, 1, 2, 0, 35, 500000, tzinfo=UTC),
    },
}  # fmt: skip


def read(name: str) -> Report:
    found = recognise((HERE / name).read_bytes())
    assert isinstance(found, Report)
    return found


@pytest.mark.parametrize("name", MEANINGS)
def test_a_sample_means_what_it_says(name: str) -> None:
    found = recognise((HERE / name).read_bytes())
    assert {key: getattr(found, key) for key in MEANINGS[name]} == MEANINGS[name]


def test_every_sample_has_a_meaning() -> None:
    assert {path.name for path in HERE.iterdir() if path.suffix in (".json", ".txt")} == set(MEANINGS)


def test_a_compact_that_is_told_twice_is_one_step() -> None:
    steps = read("03_backup_success_2.1.0.5_with_compact_and_delete.json").sub_results
    assert [step.operation for step in steps] == ["test", "compact", "delete"]
    assert steps[1].numbers == {
        "DeletedFileCount": 2, "DownloadedFileCount": 0, "UploadedFileCount": 0,
        "DeletedFileSize": 52428834, "DownloadedFileSize": 0, "UploadedFileSize": 0,
    }  # fmt: skip
    assert [step.duration_ms for step in steps] == [11144, 7168, 9426]


def test_facts_come_from_extra_and_version() -> None:
    assert read("04_backup_success_2.2.0.3_scheduled.json").facts == {
        "agent_version": "2.2.0.3",
        "operating_system": "Linux",
        "operating_system_detailed": "Debian GNU/Linux 12 (bookworm)",
        "installation_type": "linux-x64-cli.docker",
        "update_channel": "Stable",
        "destination_type": "s3",
        "destination_host_suffix": ".amazonaws.com",
    }
    assert "destination_host_suffix" not in read("05_backup_success_2.3.0.4_manual.json").facts


def test_other_counters_keep_the_senders_names() -> None:
    numbers = read("08_backup_error_2.2.0.3.json").numbers
    assert (numbers["RetryAttempts"], numbers["KnownFileCount"], numbers["ReportedQuotaError"]) == (7, 12, 1)
    assert {"ExaminedFiles", "ErrorsActualLength", "AssignedQuotaSpace", "ReportedQuotaWarning"}.isdisjoint(
        numbers
    )
    assert read("14_backup_partial_2.2.0.3.json").numbers["NotProcessedFiles"] == 812


def test_a_log_line_keeps_its_exception() -> None:
    line = read("07_backup_warning_2.2.0.3.json").log[0]
    assert line.level == "warning"
    assert (
        line.tag
        == "Duplicati.Library.Main.Operation.Backup.FileBlockProcessor.FileEntry-PathProcessingFailed"
    )
    assert line.at is not None
    assert line.at.isoformat() == "2026-01-27T03:00:04+01:00"
    assert line.text.startswith("Failed to process path: ")
    assert line.text.count("\r\n") == 3


def test_an_id_of_a_log_line_may_hold_blanks() -> None:
    assert read("19_test_verify_2.2.0.3_failed.json").log[0].tag.endswith("TestHandler-Test results")


def test_a_verification_tells_each_problem() -> None:
    report = read("19_test_verify_2.2.0.3_failed.json")
    assert report.sub_results[0].problems == (
        "duplicati-i58a523ad2e6543d0a328962c7ee849d3.dindex.zip.aes: Extra dGhpcyBpcyBhIGhhc2g9",
        "duplicati-i58a523ad2e6543d0a328962c7ee849d3.dindex.zip.aes: Missing YW5vdGhlciBoYXNo",
        "duplicati-b02ba0ea2832b4a53bf32fd3c6b940e90.dblock.zip.aes: "
        "Error Unable to decrypt: Invalid header value: 00-00-00",
    )


def test_the_senders_own_note_of_omission_is_no_line() -> None:
    report = read("37_backup_warning_loglines_truncated_2.2.0.3.json")
    assert len(report.log) == 100
    assert report.log[99].text == "Missing file: duplicati-b00000000000000000000000000000063.dblock.zip.aes"


def test_the_path_of_the_current_file_is_not_kept() -> None:
    found = recognise((HERE / "39_http_report_status_progress_2.3.1.0.json").read_bytes())
    assert isinstance(found, LiveStatus)
    assert "jpg" not in repr(found)
    assert found.log[0].text == "Backend event: Put - Started: duplicati-b02.dblock.zip.aes (49.90 MiB)"
