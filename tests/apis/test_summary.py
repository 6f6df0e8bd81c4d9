"""GET /api/summary."""

from collections.abc import Callable

import pytest

from duplistat.services.maintenance.retention import prune_all
from duplistat.store.database import Database
from tests.support.bodies import duplicati, simple
from tests.support.databases import statements_of
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
MOST = 2**63 - 1


def counted(**jobs: int) -> dict[str, int]:
    """How many jobs are how: none, but for those that are named."""
    states = ("ok", "warning", "failed", "overdue", "stuck", "running", "never", "paused", "archived")
    return {f"{state}Jobs": jobs.get(state, 0) for state in states}


def test_before_the_first_report_nothing_is_made_up(site: Site) -> None:
    assert site.summary() == {
        "status": "success",
        "data": {
            "totalServers": 0,
            "totalBackupJobs": 0,
            "successfulBackups": 0,
            "failedBackups": 0,
            "warningBackups": 0,
            "overdueBackups": 0,
            **counted(),
            "lastUpdated": None,
        },
        "totalServers": 0,
        "totalMachines": 0,
        "totalBackupsRuns": 0,
        "totalBackups": 0,
        "totalUploadedSize": 0,
        "totalStorageUsed": 0,
        "totalBackupSize": 0,
        "totalBackupedSize": 0,
        "overdueBackupsCount": 0,
        "secondsSinceLastBackup": None,
        **counted(),
    }


def a_day_of_reports(site: Site) -> None:
    """Two servers, three jobs; one of each result, a restore, and one that is overdue."""
    site.now.set("2026-01-28T10:00:00Z")
    site.record(duplicati("2026-01-28T02:00:00Z", next_run="20260128T080000Z"))
    site.record(duplicati("2026-01-28T03:00:00Z", job="Photos", result="Warning"))
    site.record(duplicati("2026-01-28T04:00:00Z", job="Photos", result="Error"))
    site.record(duplicati("2026-01-28T05:00:00Z", machine="bbbb", server="laptop", exception="x"))
    site.record(duplicati("2026-01-28T05:30:00Z", machine="bbbb", server="laptop", result="Unknown"))
    site.now.set("2026-01-28T10:30:00Z")
    site.record(duplicati("2026-01-28T06:00:00Z", operation="Restore"))
    site.now.set("2026-01-28T10:45:00Z")
    site.sweep()


def test_a_day_of_reports_is_summed_up(site: Site) -> None:
    a_day_of_reports(site)
    assert site.summary() == {
        "status": "success",
        "data": {
            "totalServers": 2,
            "totalBackupJobs": 3,
            "successfulBackups": 1,
            "failedBackups": 2,
            "warningBackups": 1,
            "overdueBackups": 1,
            **counted(overdue=1, failed=1, warning=1),
            "lastUpdated": "2026-01-28T10:30:00.000Z",
        },
        "totalServers": 2,
        "totalMachines": 2,
        "totalBackupsRuns": 5,
        "totalBackups": 3,
        "totalUploadedSize": 5 * 1048576,
        "totalStorageUsed": 3 * 536870912,
        "totalBackupSize": 3 * 1073741824,
        "totalBackupedSize": 3 * 1073741824,
        "overdueBackupsCount": 1,
        "secondsSinceLastBackup": 5 * 3600 + 15 * 60,
        **counted(overdue=1, failed=1, warning=1),
    }


def test_keys_stand_in_the_documented_order(site: Site) -> None:
    keys = list(site.summary())
    assert keys[:2] == ["status", "data"]
    assert list(site.summary()["data"])[:4] == [
        "totalServers", "totalBackupJobs", "successfulBackups", "failedBackups",
    ]  # fmt: skip


def test_numbers_of_64_bits_are_summed_without_overflow(site: Site) -> None:
    for number in range(3):
        site.record(
            duplicati(
                START,
                job=f"job {number}",
                SizeOfExaminedFiles=MOST,
                statistics={"KnownFileSize": MOST, "BytesUploaded": MOST},
            )
        )
    summary = site.summary()
    assert summary["totalUploadedSize"] == 3 * MOST
    assert summary["totalStorageUsed"] == 3 * MOST
    assert summary["totalBackupSize"] == 3 * MOST
    assert b"27670116110564327421" in site.get("/api/summary").data


def test_a_job_adds_the_latest_size_of_its_own_and_not_the_sum_of_its_runs(site: Site) -> None:
    site.record(simple(start="2026-01-27T02:00:00Z", size=500, storageUsed=50))
    site.record(simple(start=START, size=300, storageUsed=70))
    assert (site.summary()["totalBackupSize"], site.summary()["totalStorageUsed"]) == (300, 70)


def test_a_run_that_tells_no_size_leaves_the_latest_known_one(site: Site) -> None:
    site.record(simple(start="2026-01-27T02:00:00Z", size=500, storageUsed=50))
    site.record(simple(start=START, status="fatal"))
    assert (site.summary()["totalBackupSize"], site.summary()["totalStorageUsed"]) == (500, 50)


def test_a_late_report_of_an_older_run_leaves_the_sizes_alone(site: Site) -> None:
    site.record(simple(start=START, size=500, storageUsed=50))
    site.record(simple(start="2026-01-27T02:00:00Z", size=900, storageUsed=90))
    assert (site.summary()["totalBackupSize"], site.summary()["totalStorageUsed"]) == (500, 50)


def test_a_server_without_a_backup_run_counts_as_a_server(site: Site) -> None:
    site.record(duplicati(START, operation="List"))
    assert (site.summary()["totalServers"], site.summary()["totalBackupsRuns"]) == (1, 0)


@pytest.mark.parametrize(
    "start", ["2026-01-28T11:59:59.500Z", "2026-01-28T13:00:00Z", "2031-01-01T00:00:00Z"]
)
def test_a_start_in_the_future_never_gives_a_negative_age(site: Site, start: str) -> None:
    site.record(duplicati(start))
    assert site.summary()["secondsSinceLastBackup"] == 0


def test_a_clock_that_runs_ahead_does_not_hide_the_next_runs(site: Site) -> None:
    site.record(duplicati("2031-01-01T00:00:00Z"))
    site.now.forward(days=1)
    site.record(duplicati("2026-01-29T11:00:00Z", result="Error"))
    assert site.job().last_status == "error"
    assert site.summary()["secondsSinceLastBackup"] == 3600


def test_the_age_is_of_whole_seconds(site: Site) -> None:
    site.record(duplicati("2026-01-28T11:59:58.100Z"))
    assert site.summary()["secondsSinceLastBackup"] == 1


def test_a_job_that_became_due_since_the_last_sweep_is_overdue_all_the_same(site: Site) -> None:
    site.record(duplicati(START, next_run="20260128T130000Z"))
    site.now.set("2026-01-28T14:59:59.999Z")
    assert site.summary()["overdueBackupsCount"] == 0
    site.now.set("2026-01-28T15:00:00Z")
    assert site.summary()["overdueBackupsCount"] == site.summary()["data"]["overdueBackups"] == 1
    site.sweep()
    assert site.summary()["overdueBackupsCount"] == 1


def test_a_paused_job_is_not_overdue(site: Site) -> None:
    site.record(duplicati(START, next_run="20260128T130000Z"))
    site.now.set("2026-01-28T15:00:00Z")
    site.sweep()
    site.set_job(site.job(), paused=True)
    assert site.summary()["overdueBackupsCount"] == 0


def test_old_runs_that_were_deleted_still_count(make_site: Callable[..., Site]) -> None:
    site = make_site(retention={"runs_days": 10, "deliveries_days": 10})
    for day in range(10, 20):
        site.now.set(f"2026-01-{day}T03:00:00Z")
        site.record(duplicati(f"2026-01-{day}T02:00:00Z"))
    site.now.set("2026-03-01T00:00:00Z")
    before = site.summary(), site.read("/api/lastbackup/1"), site.read("/api/lastbackups/1")
    assert prune_all(site.writes, site.config.retention, site.now())["runs"] == 9
    assert (site.summary(), site.read("/api/lastbackup/1"), site.read("/api/lastbackups/1")) == before
    assert len(site.runs()) == 1


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("path", ["/api/summary", "/api/lastbackup/1", "/api/lastbackups/1", "/metrics"])
def test_a_read_costs_the_same_whatever_the_history(site: Site, db: Database, path: str) -> None:
    site.record(duplicati("2026-01-01T02:00:00Z"))
    with statements_of(db) as few:
        site.get(path)
    for day in range(2, 28):
        site.record(duplicati(f"2026-01-{day:02}T02:00:00Z"))
    with statements_of(db) as many:
        site.get(path)
    # Whether writes succeed is tried once a second, whoever asks.
    few, many = (
        [text for text in ran if "write_probe" not in text and "SET LOCAL" not in text] for ran in (few, many)
    )
    assert many == few
    assert len(few) <= (24 if path == "/metrics" else 12)


@pytest.mark.usefixtures("both_databases")
def test_the_last_backups_of_many_jobs_cost_no_more_than_those_of_one(site: Site, db: Database) -> None:
    site.record(duplicati(START))
    with statements_of(db) as few:
        site.get("/api/lastbackups/1")
    for number in range(20):
        site.record(duplicati(START, job=f"job {number}"))
    with statements_of(db) as many:
        site.get("/api/lastbackups/1")
    assert len(many) == len(few)


def test_nothing_keeps_an_answer(site: Site) -> None:
    assert site.get("/api/summary").headers["Cache-Control"] == "no-store"
