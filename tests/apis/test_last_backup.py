"""GET /api/lastbackup and /api/lastbackups: the bodies."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bodies import duplicati, simple
from tests.support.site import Site

LINES = [
    "2026-01-28 02:01:00 +00 - [Warning-Duplicati.Library-File]: Cannot read /secret/Größe.txt",
    "2026-01-28 02:02:00 +00 - [Error-Duplicati.Library-Quota]: Quota exceeded",
    "2026-01-28 02:03:00 +00 - [Information-Duplicati.Library-End]: Done",
]
DAILY = {
    "id": 1,
    "name": "daily-backup",
    "status": "success",
    "startTime": "2026-01-28T02:00:00.000Z",
    "endTime": "2026-01-28T03:30:00.000Z",
    "duration": 5400,
    "files": 1250,
    "size": 1073741824,
    "storageUsed": 536870912,
    "label": "daily-backup",
    "health": "ok",
    "expectedAt": None,
}
DAILY_REAL = {
    "id": "1",
    "server_id": "1",
    "machine_id": "1",
    "name": "daily-backup",
    "date": "2026-01-28T02:00:00.000Z",
    "status": "Success",
    "warnings": 0,
    "errors": 0,
    "messages": 1,
    "fileCount": 1250,
    "fileSize": 1073741824,
    "uploadedSize": 0,
    "duration": "01:30:00",
    "duration_seconds": 5400,
    "durationInMinutes": 90,
    "knownFileSize": 536870912,
    "backup_list_count": 0,
    "messages_array": None,
    "warnings_array": None,
    "errors_array": None,
    "available_backups": [],
}
SERVER = {"id": 1, "name": "server-01", "alias": None, "label": "server-01"}
SERVER_REAL = {"id": "1", "name": "server-01", "created_at": "2026-01-28T12:00:00.000Z"}

# What it was called before duplistatus 0.7.
MACHINE = SERVER_REAL | {"backup_name": "daily-backup", "backup_id": None}


def daily(**more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "endTime": "2026-01-28T03:30:00.000Z",
        "duration": 5400,
        "files": 1250,
        "size": 1073741824,
        "storageUsed": 536870912,
        "messages": [{"level": "info", "message": "Backup completed successfully"}],
    }
    return simple(server="server-01", job="daily-backup", start="2026-01-28T02:00:00.000Z", **(values | more))


def test_the_last_backup_in_both_shapes(site: Site) -> None:
    site.record(daily())
    assert site.read("/api/lastbackup/1") == {
        "status": "success",
        "data": {"server": SERVER, "lastBackup": DAILY, "overdueBackups": 0},
        "server": SERVER_REAL,
        "machine": MACHINE,
        "latest_backup": DAILY_REAL,
    }


def test_the_last_backups_in_both_shapes(site: Site) -> None:
    site.record(daily())
    assert site.read("/api/lastbackups/1") == {
        "status": "success",
        "data": {
            "server": SERVER,
            "backups": [DAILY],
            "backupJobsCount": 1,
            "overdueBackups": 0,
            "lastUpdated": "2026-01-28T12:00:00.000Z",
        },
        "server": SERVER_REAL,
        "machine": MACHINE,
        "latest_backups": [DAILY_REAL],
        "backup_jobs_count": 1,
        "backup_types_count": 1,
        "backup_names": ["daily-backup"],
    }


def test_what_a_report_did_not_tell_is_null_in_one_half_and_zero_in_the_other(site: Site) -> None:
    site.record(simple(start="2026-01-28T02:00:00Z"))
    answer = site.read("/api/lastbackup/1")
    documented, real = answer["data"]["lastBackup"], answer["latest_backup"]
    assert {documented[key] for key in ("endTime", "duration", "files", "size", "storageUsed")} == {None}
    zeros = ("warnings", "errors", "messages", "fileCount", "fileSize", "uploadedSize", "knownFileSize")
    assert {real[key] for key in (*zeros, "duration_seconds", "backup_list_count")} == {0}
    assert real["duration"] == "00:00:00"


def test_a_zero_that_was_told_is_zero_in_both_halves(site: Site) -> None:
    site.record(simple(start="2026-01-28T02:00:00Z", files=0, size=0, storageUsed=0, duration=0))
    documented = site.read("/api/lastbackup/1")["data"]["lastBackup"]
    assert [documented[key] for key in ("duration", "files", "size", "storageUsed")] == [0, 0, 0, 0]


def test_a_report_of_duplicati_fills_both_halves(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z", result="Warning"))
    answer = site.read("/api/lastbackup/4f1d2c3b")
    assert answer["server"]["id"] == answer["latest_backup"]["server_id"] == "4f1d2c3b"
    assert answer["data"]["server"] == {"id": 1, "name": "nas", "alias": None, "label": "nas"}
    real = answer["latest_backup"]
    assert (real["status"], real["warnings"], real["uploadedSize"]) == ("Warning", 1, 1048576)
    assert (real["backup_list_count"], real["knownFileSize"], real["duration"]) == (7, 536870912, "00:10:00")


@pytest.mark.parametrize("path", ["/api/lastbackup/1", "/api/lastbackups/1"])
def test_a_client_from_before_0_7_finds_the_names_that_it_knows(site: Site, path: str) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    site.record(duplicati("2026-01-28T03:00:00Z", job="Music", extra={"backup-id": "DB-2"}))
    answer = site.read(path)
    assert answer["machine"] == answer["server"] | {"backup_name": "Music", "backup_id": "DB-2"}
    latest = answer.get("latest_backup") or answer["latest_backups"][0]
    assert latest["machine_id"] == latest["server_id"] == "4f1d2c3b"
    assert answer.get("backup_types_count") == answer.get("backup_jobs_count")


@pytest.mark.parametrize("path", ["/api/lastbackup/1", "/api/lastbackups/1"])
def test_a_machine_without_a_backup_run_names_no_backup(site: Site, path: str) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z", operation="Restore"))
    machine = site.read(path)["machine"]
    assert (machine["name"], machine["backup_name"], machine["backup_id"]) == ("nas", None, None)


@pytest.mark.parametrize(
    ("seconds", "text", "minutes"),
    [
        (59, "00:00:59", 0.98),
        (90.5, "00:01:30", 1.51),
        (3600 * 123 + 61, "123:01:01", 7381.02),
        (2311.6018052, "00:38:31", 38.53),
        (0.4, "00:00:00", 0.01),
    ],
)
def test_a_duration_in_every_form(site: Site, seconds: float, text: str, minutes: float) -> None:
    site.record(simple(start="2026-01-20T02:00:00Z", duration=seconds))
    answer = site.read("/api/lastbackup/1")
    assert answer["data"]["lastBackup"]["duration"] == round(seconds, 3)
    real = answer["latest_backup"]
    assert (real["duration"], real["duration_seconds"], real["durationInMinutes"]) == (
        text,
        round(seconds),
        minutes,
    )
    assert isinstance(real["duration_seconds"], int)


def test_a_server_without_a_backup_run_has_no_last_backup(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z", operation="Restore"))
    answer = site.read("/api/lastbackup/1")
    assert (answer["data"]["lastBackup"], answer["latest_backup"]) == (None, None)
    assert answer["data"]["server"]["name"] == "nas"


def test_a_server_without_a_backup_run_has_no_last_backups(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z", operation="Restore"))
    answer = site.read("/api/lastbackups/1")
    assert (answer["data"]["backups"], answer["latest_backups"], answer["backup_names"]) == ([], [], [])
    # It has a job that never ran a backup.
    assert (answer["data"]["backupJobsCount"], answer["data"]["lastUpdated"]) == (1, None)
    assert answer["backup_jobs_count"] == 0


def test_other_operations_do_not_move_the_last_backup(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    before = site.read("/api/lastbackup/1"), site.read("/api/lastbackups/1")
    site.now.forward(hours=1)
    for operation in ("Restore", "Test", "Compact", "List", "Repair", "Delete", "Vacuum", "Frobnicate"):
        site.record(duplicati("2026-01-28T11:00:00Z", operation=operation))
    assert (site.read("/api/lastbackup/1"), site.read("/api/lastbackups/1")) == before


def test_a_failed_backup_is_the_last_one(site: Site) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z"))
    site.record(duplicati("2026-01-28T02:00:00Z", exception="System.Exception: x"))
    assert site.read("/api/lastbackup/1")["data"]["lastBackup"]["status"] == "fatal"


def test_the_job_that_ran_last_comes_first(site: Site) -> None:
    site.record(duplicati("2026-01-28T03:00:00Z", job="second"))
    site.record(duplicati("2026-01-28T04:00:00Z", job="first"))
    site.record(duplicati("2026-01-28T02:00:00Z", job="third"))
    answer = site.read("/api/lastbackups/1")
    assert answer["backup_names"] == ["first", "second", "third"]
    assert [b["name"] for b in answer["data"]["backups"]] == ["first", "second", "third"]
    assert site.read("/api/lastbackup/1")["data"]["lastBackup"]["name"] == "first"


def test_each_job_shows_its_latest_run(site: Site) -> None:
    for day in (26, 28, 27):
        site.record(duplicati(f"2026-01-{day}T02:00:00Z"))
    (backup,) = site.read("/api/lastbackups/1")["data"]["backups"]
    assert backup["startTime"] == "2026-01-28T02:00:00.000Z"


def test_the_alias_is_given_and_the_name_stays(site: Site) -> None:
    site.record(daily())
    site.set_server(1, alias="Production Server")
    answer = site.read("/api/lastbackup/Production%20Server")
    told = {"id": 1, "name": "server-01", "alias": "Production Server", "label": "Production Server"}
    assert answer["data"]["server"] == told


def test_a_log_is_left_out_since_it_can_name_files(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z") | {"LogLines": LINES})
    for path in ("/api/lastbackup/1", "/api/lastbackups/1"):
        assert "secret" not in site.get(path).text


def test_a_log_is_given_where_it_was_asked_for(make_site: Callable[..., Site]) -> None:
    site = make_site(api={"logs_in_last_backup": True})
    site.record(duplicati("2026-01-28T02:00:00Z") | {"LogLines": LINES})
    real = site.read("/api/lastbackup/1")["latest_backup"]
    assert json.loads(real["warnings_array"]) == ["Cannot read /secret/Größe.txt"]
    assert json.loads(real["errors_array"]) == ["Quota exceeded"]
    assert len(json.loads(real["messages_array"])) == 3
    assert site.read("/api/lastbackups/1")["latest_backups"] == [real]


def test_without_lines_there_is_no_array(make_site: Callable[..., Site]) -> None:
    site = make_site(api={"logs_in_last_backup": True})
    site.record(duplicati("2026-01-28T02:00:00Z"))
    real = site.read("/api/lastbackup/1")["latest_backup"]
    assert [real[f"{name}_array"] for name in ("messages", "warnings", "errors")] == [None, None, None]


def test_a_failure_without_any_time_is_dated_by_its_arrival(site: Site) -> None:
    from tests.support.bodies import sample

    site.record(sample("09_"))
    for path in ("/api/lastbackup/1", "/api/lastbackups/1"):
        answer = site.read(path)
        documented = answer["data"].get("lastBackup") or answer["data"]["backups"][0]
        real = answer.get("latest_backup") or answer["latest_backups"][0]
        assert (documented["startTime"], real["date"]) == (None, "2026-01-28T12:00:00.000Z")
