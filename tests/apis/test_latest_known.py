"""How much there is by the latest known value: what a run that did not end well says as zero changes none of it."""

from typing import Any

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.reports.replay import read_again, rebuild
from duplistat.store import jobs, keys
from duplistat.store.totals import Tally
from tests.apis.test_metrics import of_job
from tests.support.bodies import duplicati, simple
from tests.support.site import Site

FULL: dict[str, Any] = {"size": 500, "storageUsed": 50, "files": 5}
NOTHING: dict[str, Any] = {"size": 0, "storageUsed": 0, "files": 0}
NOT_WELL = ("error", "fatal", "failed", "interrupted", "aborted", "running", "unknown", "hibernating")
DUPLICATI_NOTHING: dict[str, Any] = {
    "ExaminedFiles": 0,
    "SizeOfExaminedFiles": 0,
    "statistics": {"KnownFileSize": 0, "KnownFileCount": 0, "BackupListCount": 0, "TotalQuotaSpace": 0},
}


def known(site: Site, name: str = "daily") -> dict[str, Any]:
    """(size, storage, files), or the first two, as each reader has them of the one job."""
    summary = site.summary()
    key = site.key(Scope.READ, name=f"reader {len(keys.of_account(site.db))}")
    row = site.read("/api/v1/jobs/1", **{"X-Api-Key": key})
    return {
        "sums": (summary["totalBackupSize"], summary["totalStorageUsed"]),
        "job": (row["size"], row["storage"], row["files"]),
        "metrics": tuple(of_job(site, f"last_{of}", name) for of in ("size_bytes", "storage_bytes", "files")),
    }


@pytest.mark.parametrize("status", NOT_WELL)
def test_a_zero_of_a_run_that_did_not_end_well_replaces_nothing(site: Site, status: str) -> None:
    site.record(simple(start="2026-01-27T02:00:00Z", **FULL))
    before = known(site)
    assert before == {"sums": (500, 50), "job": (500, 50, 5), "metrics": (500, 50, 5)}
    site.record(simple(start="2026-01-28T02:00:00Z", status=status, **NOTHING))
    assert site.job("daily").last_run == 2
    assert known(site) == before


@pytest.mark.parametrize("status", ["success", "warning"])
def test_a_source_that_a_whole_run_found_empty_is_empty(site: Site, status: str) -> None:
    site.record(simple(start="2026-01-27T02:00:00Z", **FULL))
    site.record(simple(start="2026-01-28T02:00:00Z", status=status, **NOTHING))
    # The number of files stays: the next run is compared with it, and warns until files come back.
    assert known(site) == {"sums": (0, 0), "job": (0, 0, 5), "metrics": (0, 0, 5)}


def test_what_a_failed_run_did_find_counts(site: Site) -> None:
    site.record(simple(start="2026-01-27T02:00:00Z", **FULL))
    site.record(simple(start="2026-01-28T02:00:00Z", status="error", size=600, files=0))
    assert known(site)["job"] == (600, 50, 5)


@pytest.mark.parametrize("result", ["Error", "Fatal"])
def test_zeros_of_duplicati_replace_nothing(site: Site, result: str) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z", statistics={"TotalQuotaSpace": 90, "FreeQuotaSpace": 9}))
    site.record(duplicati("2026-01-28T02:00:00Z", result=result, **DUPLICATI_NOTHING))
    job = site.job()
    assert (job.size, job.storage, job.files, job.versions) == (1073741824, 536870912, 1250, 7)
    assert (job.quota_total, job.quota_free) == (90, 9)


def test_a_stopped_run_that_got_nowhere_replaces_nothing(site: Site) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z"))
    site.record(duplicati("2026-01-28T02:00:00Z", result="Warning", PartialBackup=True, **DUPLICATI_NOTHING))
    job = site.job()
    assert (job.last_partial, job.size, job.storage, job.files) == (1, 1073741824, 536870912, 1250)


def test_a_full_destination_has_nothing_free_however_the_run_ended(site: Site) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z", statistics={"TotalQuotaSpace": 90, "FreeQuotaSpace": 9}))
    full = {"TotalQuotaSpace": 90, "FreeQuotaSpace": 0}
    site.record(duplicati("2026-01-28T02:00:00Z", result="Error", statistics=full))
    assert (site.job().quota_total, site.job().quota_free) == (90, 0)


def test_a_run_that_begins_with_zeros_and_ends_well_is_compared_with_the_one_before(site: Site) -> None:
    for day, size in ((25, 400), (26, 500)):
        site.record(simple(start=f"2026-01-{day}T02:00:00Z", size=size))
    site.record(simple(start="2026-01-27T02:00:00Z", status="running", size=0))
    site.record(simple(start="2026-01-27T02:00:00Z", size=700))
    assert (site.job("daily").size, site.job("daily").size_before) == (700, 500)
    site.record(simple(start="2026-01-28T02:00:00Z", status="error", size=0))
    assert (site.job("daily").size, site.job("daily").size_before) == (700, 500)


def test_a_first_run_that_failed_tells_no_size(site: Site) -> None:
    site.record(simple(start="2026-01-28T02:00:00Z", status="fatal", **NOTHING))
    assert known(site) == {"sums": (0, 0), "job": (None, None, None), "metrics": (None, None, None)}


def test_what_is_worked_out_anew_follows_the_same_rule(site: Site) -> None:
    site.record(simple(start="2026-01-27T02:00:00Z", **FULL))
    site.record(simple(start="2026-01-28T02:00:00Z", status="fatal", **NOTHING))
    before = known(site)
    for delivery in site.deliveries():
        read_again(site.db, site.writes, delivery.id, max_log_lines=100)
    assert known(site) == before
    # A row that was kept by another rule.
    with site.db.transaction():
        tally, job = Tally(1), jobs.locked_by_id(site.db, 1)
        assert job is not None
        job.size = job.storage = job.files = 0
        tally.bytes(job.account_id, job.id, size=-500, storage=-50)
        rebuild(site.db, tally, job, site.schedule_defaults)
        tally.flush(site.db)
    assert known(site) == before


@pytest.mark.parametrize("status", ["fatal", "interrupted"])
def test_the_last_backup_says_unknown_for_what_its_run_never_got_to(site: Site, status: str) -> None:
    site.record(simple(start="2026-01-27T02:00:00Z", **FULL))
    site.record(simple(start="2026-01-28T02:00:00Z", status=status, **NOTHING))
    answer = site.read("/api/lastbackup/1")
    documented, real = answer["data"]["lastBackup"], answer["latest_backup"]
    assert {documented[key] for key in ("files", "size", "storageUsed")} == {None}
    assert {real[key] for key in ("fileCount", "fileSize", "knownFileSize")} == {0}
