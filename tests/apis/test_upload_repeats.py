"""POST /api/upload: one run stays one run, however often and in whatever form it is told of."""

import json

import pytest

from duplistat.store.database import Database
from tests.support.bodies import duplicati, form, sample, simple, text_report
from tests.support.databases import at_once
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

START = "2026-01-28T02:00:00Z"
EARLIER = "2026-01-27T02:00:00Z"
NO_TIMES = "09_"


def test_a_repeat_changes_nothing(site: Site) -> None:
    site.record(duplicati(START))
    before, job = site.summary(), site.job()
    site.record(duplicati(START))
    assert site.summary() == before
    assert site.job() == job
    assert [d.outcome for d in site.deliveries()] == ["recorded", "repeat"]


def test_a_repeat_much_later_is_still_a_repeat(site: Site) -> None:
    site.record(duplicati(START))
    site.now.forward(days=40)
    assert site.record(duplicati(START))["duplicate"] is True
    assert len(site.runs()) == 1


def test_runs_that_differ_by_a_tenth_of_a_microsecond_are_two(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00.1234567Z"))
    assert "duplicate" not in site.record(duplicati("2026-01-28T02:00:00.1234568Z"))
    assert len(site.runs()) == 2


@pytest.mark.parametrize("first", ["text", "json"])
def test_text_and_json_of_one_run_are_one_run_with_the_values_of_json(site: Site, first: str) -> None:
    bodies = [form(text_report(START)), json.dumps(duplicati("2026-01-28T02:00:00.5Z")).encode()]
    if first == "json":
        bodies.reverse()
    ids = [site.record(body)["data"]["backupId"] for body in bodies]
    (run,) = site.runs()
    assert ids == [run.id, run.id]
    assert (run.files, run.size, run.storage) == (1250, 1073741824, 536870912)
    assert run.precision == "exact"


@pytest.mark.parametrize("first", ["text", "json"])
def test_text_and_json_of_one_run_are_counted_once(site: Site, first: str) -> None:
    bodies = [form(text_report(START)), json.dumps(duplicati(START)).encode()]
    if first == "json":
        bodies.reverse()
    answers = [site.record(body) for body in bodies]
    assert [answer.get("duplicate") for answer in answers] == [None, True]
    summary = site.summary()
    assert (summary["totalBackupsRuns"], summary["totalUploadedSize"]) == (1, 1048576)
    assert (summary["totalStorageUsed"], summary["totalBackupSize"]) == (536870912, 1073741824)


def test_text_of_the_run_before_is_another_run(site: Site) -> None:
    site.record(form(text_report(EARLIER)))
    site.record(duplicati(START))
    assert len(site.runs()) == 2


def test_a_hundred_posts_at_once_make_one_run(site: Site, db: Database) -> None:
    body = json.dumps(duplicati(START))

    def post(_: int) -> tuple[int, bool]:
        answers = [site.post(body) for _ in range(4)]
        return answers[0].status_code, {a.get_json()["data"]["backupId"] for a in answers} == {1}

    assert at_once(db, 24, post) == [(200, True)] * 24
    assert len(site.servers()) == len(site.jobs()) == len(site.runs()) == 1
    assert site.summary()["totalBackupsRuns"] == 1
    assert sorted({d.outcome for d in site.deliveries()}) == ["recorded", "repeat"]


def test_posts_of_many_jobs_at_once_are_all_counted(site: Site, db: Database) -> None:
    def post(number: int) -> int:
        return site.post(duplicati(START, job=f"job {number}", server="nas")).status_code

    assert at_once(db, 24, post) == [200] * 24
    summary = site.summary()
    assert (summary["totalServers"], summary["totalBackups"], summary["totalBackupsRuns"]) == (1, 24, 24)
    assert summary["totalStorageUsed"] == 24 * 536870912


def test_a_late_report_of_an_older_run_does_not_replace_the_newer_state(site: Site) -> None:
    site.record(duplicati(START, result="Error"))
    late = site.record(duplicati(EARLIER))["data"]["backupId"]
    job = site.job()
    assert (job.last_status, job.health, job.last_run) == ("error", "failed", 1)
    assert job.last_success_run == late
    assert site.read("/api/lastbackup/1")["data"]["lastBackup"]["status"] == "error"


def test_a_late_report_still_counts(site: Site) -> None:
    site.record(duplicati(START, result="Error"))
    site.record(duplicati(EARLIER))
    data = site.summary()["data"]
    assert (data["successfulBackups"], data["failedBackups"]) == (1, 1)


@pytest.mark.parametrize(("minutes", "runs"), [(1, 1), (9, 1), (60, 2)])
def test_a_failure_without_any_time_is_one_run_within_minutes_and_two_after_an_hour(
    site: Site, minutes: int, runs: int
) -> None:
    first = site.record(sample(NO_TIMES))["data"]["backupId"]
    site.now.forward(minutes=minutes)
    second = site.record(sample(NO_TIMES))["data"]["backupId"]
    assert len(site.runs("Photos")) == runs
    assert (second == first) is (runs == 1)


def test_another_failure_without_any_time_is_another_run(site: Site) -> None:
    site.record(sample(NO_TIMES))
    site.record(sample(NO_TIMES).replace(b"Found 3 files", b"Found 4 files"))
    assert len(site.runs("Photos")) == 2


def test_a_script_may_say_first_that_it_runs_and_then_how_it_ended(site: Site) -> None:
    first = site.record(simple(status="running", start=START))
    assert site.job("daily").health == "running"
    second = site.record(simple(status="success", start=START, duration=60))
    assert second["data"] == first["data"]
    assert (site.job("daily").health, site.job("daily").last_duration) == ("ok", 60_000)
    assert site.summary()["data"]["successfulBackups"] == site.summary()["totalBackupsRuns"] == 1


def test_a_repeat_of_the_beginning_does_not_undo_the_end(site: Site) -> None:
    site.record(simple(status="running", start=START))
    site.record(simple(status="success", start=START, duration=60))
    assert site.record(simple(status="running", start=START))["duplicate"] is True
    assert site.job("daily").health == "ok"
