"""GET /api/lastbackup(s): how the job of the run is now, and texts in place of nulls."""

from typing import Any

import pytest

from duplistat.apis.duplistatus.texts import RUNS
from tests.support.bodies import duplicati, sample, simple
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
TOLD = "20260129T020000Z"


def latest(site: Site) -> dict[str, Any]:
    one: dict[str, Any] = site.read("/api/lastbackup/1")["data"]["lastBackup"]
    assert one == site.read("/api/lastbackups/1")["data"]["backups"][0]
    return one


def test_a_card_can_say_overdue(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    assert (latest(site)["health"], latest(site)["expectedAt"]) == ("ok", "2026-01-29T02:00:00.000Z")
    site.now.set("2026-02-12T02:00:00Z")
    for _ in range(2):
        # What was missed first, not what comes next.
        assert (latest(site)["status"], latest(site)["health"]) == ("success", "overdue")
        assert latest(site)["expectedAt"] == "2026-01-29T02:00:00.000Z"
        site.sweep()


def test_nothing_is_expected_of_a_paused_job(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    site.set_job(site.job(), paused=True)
    site.now.set("2026-02-12T02:00:00Z")
    assert (latest(site)["health"], latest(site)["expectedAt"]) == ("paused", None)
    assert site.read("/api/lastbackup/1")["data"]["overdueBackups"] == 0


def test_the_overdue_jobs_of_a_server_are_counted_whichever_ran_last(site: Site) -> None:
    site.record(duplicati(START, job="late", next_run=TOLD))
    site.record(duplicati(START, job="too late", next_run=TOLD))
    site.record(duplicati(START, machine="bbbb", server="laptop", next_run=TOLD))
    site.now.set("2026-01-29T12:00:00Z")
    site.record(duplicati("2026-01-29T11:00:00Z", job="well"))
    for _ in range(2):
        answers = [site.read(f"/api/{path}/1")["data"] for path in ("lastbackup", "lastbackups")]
        assert [data["overdueBackups"] for data in answers] == [2, 2]
        assert site.summary()["overdueBackupsCount"] == 3
        site.sweep()


def test_a_label_is_the_alias_or_the_name(site: Site) -> None:
    site.record(simple(server="web-01", start=START))
    read = site.read("/api/lastbackup/1")["data"]
    assert (read["server"]["label"], read["lastBackup"]["label"]) == ("web-01", "daily")
    site.set_server(1, alias="The shop")
    site.set_job(site.job("daily"), alias="Nightly")
    read = site.read("/api/lastbackup/1")["data"]
    assert (read["server"]["label"], read["lastBackup"]["label"]) == ("The shop", "Nightly")
    assert (read["server"]["name"], read["lastBackup"]["name"]) == ("web-01", "daily")


def test_jobs_are_counted_that_never_ran(site: Site) -> None:
    site.record(simple(start=START))
    site.record(duplicati(START, server="web-01", machine="", job="new", operation="List"))
    answer = site.read("/api/lastbackups/1")
    assert {job.name for job in site.jobs()} == {"daily", "new"}
    assert (answer["data"]["backupJobsCount"], answer["backup_jobs_count"]) == (2, 1)
    assert (len(answer["data"]["backups"]), answer["backup_names"]) == (1, ["daily"])


def nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return any(nulls(part) for part in value.values())
    return any(nulls(part) for part in value) if isinstance(value, list) else value is None


def test_a_summary_of_nothing_says_never(site: Site) -> None:
    answer = site.read("/api/summary?nulls=text")
    assert (answer["data"]["lastUpdated"], answer["secondsSinceLastBackup"]) == ("never", "never")
    assert not nulls(answer)
    assert nulls(site.summary())


def test_a_run_without_numbers_has_texts(site: Site) -> None:
    site.record(simple(start=START))
    answer = site.read("/api/lastbackup/1?nulls=text")
    run = answer["data"]["lastBackup"]
    assert answer["data"]["server"]["alias"] == ""
    assert {run[key] for key in ("duration", "files", "size", "storageUsed")} == {""}
    # It did end, and nobody knows when; nothing is expected of it.
    assert (run["startTime"], run["endTime"], run["expectedAt"]) == (
        "2026-01-28T02:00:00.000Z",
        "unknown",
        "never",
    )
    assert answer["latest_backup"]["fileSize"] == 0
    assert not nulls(answer)
    assert not nulls(site.read("/api/lastbackups/1?nulls=text"))


def test_a_start_that_nobody_knows_is_unknown(site: Site) -> None:
    site.record(sample("09_"))
    assert site.read("/api/lastbackup/1?nulls=text")["data"]["lastBackup"]["startTime"] == "unknown"


def test_a_server_without_a_backup_says_never_in_each_place(site: Site) -> None:
    site.record(duplicati(START, operation="Restore"))
    answer = site.read("/api/lastbackup/1?nulls=text")
    run, real = answer["data"]["lastBackup"], answer["latest_backup"]
    assert (run["startTime"], run["endTime"], run["expectedAt"], real["date"]) == ("never",) * 4
    assert {run["name"], run["status"], run["size"], real["status"], real["duration"]} == {""}
    assert site.read("/api/lastbackups/1?nulls=text")["data"]["lastUpdated"] == "never"


def test_what_stands_for_no_run_has_the_keys_of_a_run(site: Site) -> None:
    site.record(simple(start=START))
    answer = site.read("/api/lastbackup/1")
    assert tuple(answer["data"]["lastBackup"]) == RUNS["lastBackup"]
    assert tuple(answer["latest_backup"]) == RUNS["latest_backup"]


@pytest.mark.parametrize("path", ["summary", "lastbackup/1", "lastbackups/1"])
def test_nulls_are_null_or_text_and_nothing_else(site: Site, path: str) -> None:
    site.record(simple(start=START))
    plain = site.read(f"/api/{path}")
    assert site.read(f"/api/{path}?nulls=null") == site.read(f"/api/{path}?nulls=") == plain
    refused = site.get(f"/api/{path}?nulls=none")
    assert (refused.status_code, refused.get_json()["message"]) == (400, "nulls must be null or text")
