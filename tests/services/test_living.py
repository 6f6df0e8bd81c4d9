"""What a running operation says of itself, and what becomes of it."""

import pytest

from tests.support.bodies import duplicati, live
from tests.support.clock import ms
from tests.support.site import Site

# A live post reads the clock a little after the report's own start of the same run.
BEGAN = "2026-01-28T02:00:00Z"
SAID = "2026-01-28T02:00:01.5Z"


def say(site: Site, moment: str, status: str, start: str = SAID, **more: object) -> None:
    site.now.set(moment)
    site.record(live(status, start, **more))  # type: ignore[arg-type]  # mixed


def started(site: Site) -> None:
    """A good run of the day before, and one that has just begun."""
    site.now.set("2026-01-27T02:10:00Z")
    site.record(duplicati("2026-01-27T02:00:00Z", next_run="20260128T020000Z"))
    say(site, "2026-01-28T02:00:02Z", "Started")


def test_a_job_that_says_that_it_started_is_running(site: Site) -> None:
    started(site)
    assert site.job().health == "running"
    assert site.states() == ["ok", "running"]


def test_a_first_word_makes_server_and_job(site: Site) -> None:
    say(site, "2026-01-28T02:00:02Z", "Started")
    assert ([s.name for s in site.servers()], site.job().health) == (["nas"], "running")
    assert site.read("/api/lastbackup/1")["data"]["lastBackup"] is None


def test_progress_is_kept_in_one_delivery(site: Site) -> None:
    started(site)
    for minute in range(1, 30):
        say(site, f"2026-01-28T02:{minute:02}:00Z", "Progress", share=minute / 100)
    job = site.job()
    assert job.live_phase == "Backup_ProcessingFiles"
    assert job.live_progress == pytest.approx(0.29)
    assert [d.outcome for d in site.deliveries()] == ["recorded", "live", "progress"]


def test_a_job_that_ticks_is_neither_stuck_nor_overdue_however_long_it_takes(site: Site) -> None:
    started(site)
    for hour in range(3, 24):
        say(site, f"2026-01-28T{hour:02}:00:00Z", "Progress")
        site.now.forward(minutes=14.99)
        assert site.sweep()["changed"] == 0
    assert site.states() == ["ok", "running"]
    assert site.summary()["overdueBackupsCount"] == 0


def test_a_job_that_stopped_ticking_is_stuck(site: Site) -> None:
    started(site)
    site.now.set("2026-01-28T02:15:01.999Z")
    assert site.sweep()["changed"] == 0
    site.now.set("2026-01-28T02:15:02Z")
    site.sweep()
    assert site.job().health == "stuck"
    assert site.why() == "No progress since 28 Jan 2026 02:00 UTC"


def test_a_stuck_job_that_ticks_again_is_running(site: Site) -> None:
    started(site)
    site.now.set("2026-01-28T02:15:02Z")
    site.sweep()
    say(site, "2026-01-28T02:20:00Z", "Progress")
    assert site.job().health == "running"


def test_a_stuck_job_is_overdue_in_the_end(site: Site) -> None:
    started(site)
    for moment in ("2026-01-28T02:15:02Z", "2026-01-29T04:00:00Z", "2026-01-29T04:00:30Z"):
        site.now.set(moment)
        site.sweep()
    assert site.job().health == "overdue"


def test_a_failure_is_one_at_once(site: Site) -> None:
    started(site)
    say(site, "2026-01-28T02:01:00Z", "Failed", error="Disk is full")
    assert site.job().health == "failed"
    assert site.why().endswith("Disk is full")


def test_a_failure_whose_report_does_not_come_is_a_run_of_its_own(site: Site) -> None:
    started(site)
    say(site, "2026-01-28T02:01:00Z", "Failed", error="Disk is full")
    site.now.forward(minutes=2)
    site.sweep()
    run = site.runs()[-1]
    assert (run.status, run.message, run.precision) == ("fatal", "Disk is full", "live")
    assert (site.job().health, site.job().live_state) == ("failed", "")


def test_a_run_that_completed_with_an_error_is_one_without_its_report(site: Site) -> None:
    """Newer versions say so where nothing was thrown."""
    started(site)
    say(site, "2026-01-28T02:10:00Z", "Completed", error="Got 2 error(s)")
    site.now.forward(minutes=2)
    site.sweep()
    run = site.runs()[-1]
    assert (run.status, run.message, run.ended_at) == ("error", "Got 2 error(s)", ms("2026-01-28T02:10:00Z"))
    assert site.job().health == "failed"


def test_a_completed_run_and_its_report_are_one_run_with_the_values_of_the_report(site: Site) -> None:
    started(site)
    say(site, "2026-01-28T02:10:00Z", "Completed")
    site.now.forward(seconds=2)
    site.record(duplicati(BEGAN, result="Warning", next_run="20260129T020000Z"))
    assert [run.status for run in site.runs()] == ["success", "warning"]
    job = site.job()
    assert (job.health, job.live_state, job.last_duration) == ("warning", "", 600_000)


def test_the_report_may_come_long_after_the_word_that_it_ended(site: Site) -> None:
    started(site)
    say(site, "2026-01-28T02:10:00Z", "Completed")
    site.now.forward(minutes=2)
    site.sweep()
    assert [run.status for run in site.runs()] == ["success", "unknown"]
    site.now.forward(hours=1)
    answer = site.record(duplicati(BEGAN, next_run="20260129T020000Z"))
    assert answer["data"]["backupId"] == site.runs()[-1].id
    assert [run.status for run in site.runs()] == ["success", "success"]
    summary = site.summary()
    assert (summary["totalBackupsRuns"], summary["data"]["successfulBackups"]) == (2, 2)


def test_the_report_may_come_before_the_word_that_it_ended(site: Site) -> None:
    started(site)
    site.now.set("2026-01-28T02:10:01Z")
    site.record(duplicati(BEGAN))
    say(site, "2026-01-28T02:10:02Z", "Completed")
    assert (site.job().health, site.job().live_state, len(site.runs())) == ("ok", "", 2)


@pytest.mark.parametrize("status", ["Started", "Progress", "Failed"])
def test_a_late_word_after_the_report_changes_nothing(site: Site, status: str) -> None:
    started(site)
    site.now.set("2026-01-28T02:10:01Z")
    site.record(duplicati(BEGAN))
    before = site.job()
    say(site, "2026-01-28T02:10:02Z", status)
    assert site.job() == before
    site.now.forward(hours=1)
    site.sweep()
    assert len(site.runs()) == 2


def test_a_run_that_never_ended_is_interrupted_when_the_next_one_starts(site: Site) -> None:
    started(site)
    say(site, "2026-01-29T02:00:02Z", "Started", "2026-01-29T02:00:01Z")
    assert [run.status for run in site.runs()] == ["success", "interrupted"]
    assert site.runs()[-1].started_at == ms(SAID)
    assert site.job().health == "running"
    assert site.job().last_success_at == ms("2026-01-27T02:00:00Z")


def test_the_report_of_the_next_run_does_not_become_the_interrupted_one(site: Site) -> None:
    started(site)
    say(site, "2026-01-29T02:00:02Z", "Started", "2026-01-29T02:00:01Z")
    site.now.set("2026-01-29T02:10:00Z")
    site.record(duplicati("2026-01-29T02:00:00Z"))
    assert [run.status for run in site.runs()] == ["success", "interrupted", "success"]


def test_a_report_ends_what_was_running(site: Site) -> None:
    started(site)
    site.now.set("2026-01-28T02:10:01Z")
    site.record(duplicati(BEGAN, result="Error"))
    assert (site.job().health, site.job().live_state) == ("failed", "")


def test_a_late_report_of_the_run_before_does_not_end_what_is_running(site: Site) -> None:
    started(site)
    site.record(duplicati("2026-01-26T02:00:00Z"))
    assert site.job().health == "running"


def test_other_operations_are_not_the_job_at_work(site: Site) -> None:
    site.now.set("2026-01-27T02:10:00Z")
    site.record(duplicati("2026-01-27T02:00:00Z"))
    say(site, "2026-01-28T02:00:02Z", "Started", operation="Restore")
    assert site.job().health == "ok"


def test_a_paused_job_at_work_stays_paused(site: Site) -> None:
    started(site)
    site.set_job(site.job(), paused=True)
    say(site, "2026-01-28T02:01:00Z", "Progress")
    assert site.job().health == "paused"


def test_words_are_not_counted_as_runs(site: Site) -> None:
    started(site)
    assert site.summary()["totalBackupsRuns"] == 1
    assert site.summary()["data"]["lastUpdated"] == "2026-01-28T02:00:02.000Z"
