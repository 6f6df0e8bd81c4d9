"""The conditions of jobs in GET /v1/partners/…/reports/backup_status."""

from typing import Any

import pytest

from tests.apis.intronis.conftest import Partner, only, operation
from tests.support.bodies import sample


def test_a_paused_job_is_left_out(partner: Partner) -> None:
    partner.upload("barracuda_a")
    partner.site.set_job(partner.site.job(), paused=True)
    assert partner.report()["list"] == []


# Conditions, as real reports make them.


@pytest.mark.parametrize(
    ("status", "condition"),
    [
        ("Success", ("COMPLETED", ["COMPLETED"])),
        ("Running", ("RUNNING", ["RUNNING"])),
        ("Warning", ("WARNING", ["WARNINGS"])),
        ("Cancelled", ("WARNING", ["CANCELED"])),
        ("Error", ("FAILURE", ["ERRORS"])),
        ("Fatal", ("FAILURE", ["EXCEPTION"])),
        ("Half done", ("WARNING", ["WARNINGS"])),
    ],
)
def test_the_latest_run_gives_the_condition(
    partner: Partner, status: str, condition: tuple[str, list[str]]
) -> None:
    partner.post("barracuda_a", timestamp="2026-01-27T02:00:00Z", status="Fatal")
    partner.post("barracuda_a", status=status)
    assert only(partner) == condition


def test_an_overdue_job_is_missed(partner: Partner) -> None:
    partner.upload("barracuda_a")
    partner.site.set_job(partner.site.job(), schedule="daily 02:00", schedule_zone="UTC")
    partner.site.now.forward(days=2)
    assert only(partner) == ("FAILURE", ["COMPLETED", "MISSED"])
    partner.site.sweep()
    assert only(partner) == ("FAILURE", ["COMPLETED", "MISSED"])


def test_a_run_that_examined_no_file_is_a_warning(partner: Partner) -> None:
    partner.post("barracuda_a", files=0)
    assert only(partner) == ("WARNING", ["COMPLETED", "NO_FILE_DATA_BACKED_UP"])


def test_a_database_job_that_sent_no_byte_is_a_warning(partner: Partner) -> None:
    partner.post("barracuda_a", uploadedSize=0)
    assert only(partner) == ("COMPLETED", ["COMPLETED"])
    partner.site.set_job(partner.site.job("nightly"), tags=["exchange"])
    assert only(partner) == ("WARNING", ["COMPLETED", "NO_EXCHANGE_OR_SQL_DATA_BACKED_UP"])


REPORTS = {
    "01_backup_success_2.0.6.3.json": ("COMPLETED", ["COMPLETED"], 0, 0),
    # These two tell when they run next, which is over by now.
    "07_backup_warning_2.2.0.3.json": ("FAILURE", ["WARNINGS", "MISSED"], 0, 2),
    "08_backup_error_2.2.0.3.json": ("FAILURE", ["ERRORS", "MISSED"], 1, 1),
    "09_backup_fatal_2.0.6.3_data_is_serializable_exception.json": (
        "FAILURE",
        ["ERRORS", "EXCEPTION"],
        1,
        1,
    ),
    "11_backup_fatal_2.2.0.3.json": ("FAILURE", ["ERRORS", "EXCEPTION"], 1, 0),
    "14_backup_partial_2.2.0.3.json": ("WARNING", ["WARNINGS", "CANCELED"], 0, 0),
    "38_http_report_status_started_2.3.1.0.json": ("RUNNING", ["RUNNING"], 0, 0),
}


@pytest.mark.parametrize("name", REPORTS)
def test_the_reports_of_duplicati_give_their_conditions(partner: Partner, name: str) -> None:
    send(partner, sample(name))
    (entry,) = partner.entries()
    found = (entry["condition_status"], entry["condition_types"], entry["errors"], entry["warnings"])
    assert found == REPORTS[name]


def live(status: str, start: str) -> dict[str, Any]:
    """A word of a run under way."""
    metadata = {"backupName": "Documents", "machineName": "nas", "machineId": "m"}
    return {"operation": "Backup", "status": status, "startedUtc": start, "metadata": metadata}


@pytest.mark.parametrize("status", ["Started", "Completed"])
def test_a_job_without_a_run_is_running_once_one_has_started(partner: Partner, status: str) -> None:
    send(partner, live(status, "2026-01-28T11:59:00Z"))
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == ("RUNNING", ["RUNNING"])
    assert entry["local_start"] == "2026-01-28T11:59:00+00:00"


def test_a_start_that_went_silent_is_a_warning(partner: Partner) -> None:
    send(partner, live("Started", "2026-01-28T11:59:00Z"))
    partner.site.now.forward(hours=5)
    assert only(partner) == ("WARNING", ["RUNNING"])
    partner.site.sweep()
    assert only(partner) == ("WARNING", ["RUNNING"])


@pytest.mark.parametrize(
    ("status", "condition"), [("Started", ("RUNNING", ["RUNNING"])), ("Failed", ("FAILURE", ["EXCEPTION"]))]
)
def test_what_is_under_way_has_counted_nothing_yet(
    partner: Partner, status: str, condition: tuple[str, list[str]]
) -> None:
    body = operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=0, ErrorsActualLength=3)
    body["Data"]["ParsedResult"] = "Error"
    body["Extra"] |= {"machine-id": "m"}
    body["LogLines"] = ["2026-01-28 03:00:00 +07 - [Error-a-b]: no"]
    send(partner, body)
    assert partner.entries()[0]["local_start"] == "2026-01-28T09:00:00+07:00"
    assert partner.entries()[0]["errors"] == 3
    send(partner, live(status, "2026-01-28T11:59:00Z"))
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == condition
    assert (entry["errors"], entry["warnings"]) == (0, 0)
    assert entry["local_start"] == "2026-01-28T11:59:00+00:00"


def test_a_backup_that_was_stopped_with_errors_has_failed(partner: Partner) -> None:
    stopped = {"ParsedResult": "Error", "Interrupted": True, "ErrorsActualLength": 1}
    send(partner, operation("Backup", "2026-01-28T02:00:00Z", **stopped))
    assert only(partner) == ("FAILURE", ["CANCELED", "ERRORS"])


def send(partner: Partner, body: dict[str, Any] | bytes) -> None:
    partner.site.record(body, headers={"X-Api-Key": partner.keys["barracuda_a"]})


def test_the_latest_restore_may_have_restored_nothing(partner: Partner) -> None:
    backup = operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=3)
    send(partner, backup)
    send(partner, operation("Restore", "2026-01-28T04:00:00Z", RestoredFiles=0))
    assert only(partner) == ("COMPLETED", ["COMPLETED", "NO_DATA_RESTORED"])
    send(partner, operation("Restore", "2026-01-28T03:00:00Z", RestoredFiles=5))
    assert only(partner)[1] == ["COMPLETED", "NO_DATA_RESTORED"]
    send(partner, operation("Restore", "2026-01-28T05:00:00Z", RestoredFiles=5))
    assert only(partner) == ("COMPLETED", ["COMPLETED"])


def test_a_restore_that_failed_before_it_counted_anything_restored_nothing(partner: Partner) -> None:
    send(partner, operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=3))
    failed = {"ParsedResult": "Fatal", "RestoredFiles": 0, "SizeOfRestoredFiles": 0}
    send(partner, operation("Restore", "2026-01-28T04:00:00Z", **failed))
    assert only(partner) == ("WARNING", ["COMPLETED", "WARNINGS", "NO_DATA_RESTORED"])


def test_the_latest_delete_may_have_failed_and_deleted_nothing(partner: Partner) -> None:
    send(partner, operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=3))
    failed = {"ParsedResult": "Error", "DeletedSetsActualLength": 0}
    send(partner, operation("Delete", "2026-01-28T04:00:00Z", **failed))
    assert only(partner) == ("COMPLETED", ["COMPLETED", "NO_DATA_DELETED"])
    send(partner, operation("Delete", "2026-01-28T05:00:00Z", DeletedSetsActualLength=0))
    assert only(partner) == ("COMPLETED", ["COMPLETED"])


def test_the_delete_inside_a_backup_counts_too(partner: Partner) -> None:
    step = {"ParsedResult": "Error", "DeletedSetsActualLength": 0}
    body = operation("Backup", "2026-01-28T02:00:00Z", ExaminedFiles=3, DeleteResults=step)
    send(partner, body)
    assert only(partner)[1][-1] == "NO_DATA_DELETED"
    send(partner, operation("Delete", "2026-01-28T04:00:00Z", DeletedSetsActualLength=2))
    assert "NO_DATA_DELETED" not in only(partner)[1]


# JSON and XML.


def test_a_failed_verification_and_a_failed_restore_are_told_in_the_words_there_are(partner: Partner) -> None:
    start = "2026-01-28T0{}:00:00Z".format
    partner.upload("barracuda_a", start(2))
    partner.upload("barracuda_a", start(3), operation="Test", result="Error")
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == ("FAILURE", ["COMPLETED", "ERRORS"])
    # The run is still the latest backup, with what that counted.
    assert (entry["local_start"], entry["errors"]) == ("2026-01-28T02:00:00+00:00", 0)
    partner.upload("barracuda_a", start(4), operation="Restore", result="Error", RestoredFiles=4)
    partner.upload("barracuda_a", start(5), operation="Test")
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == ("WARNING", ["COMPLETED", "WARNINGS"])
    partner.upload("barracuda_a", start(6), operation="Restore", RestoredFiles=4)
    (entry,) = partner.entries()
    assert (entry["condition_status"], entry["condition_types"]) == ("COMPLETED", ["COMPLETED"])
