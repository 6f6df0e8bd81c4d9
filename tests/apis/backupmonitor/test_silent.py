"""A script that told that it began, and then nothing more."""

from duplistat.core.reason_words import message_of
from duplistat.core.status import Status
from duplistat.services.reports.replay import read_again
from duplistat.store import deliveries, runs
from tests.support.scripts import Script

SILENT = "It started, then went silent: no end was ever reported"


def stored(script: Script) -> list[tuple[str, str]]:
    """(status, message) of the runs of the job, oldest first."""
    (job,) = script.site.jobs()
    return [(run.status, message_of(run.message)) for run in runs.all_of_job(script.site.db, job.id)]


def test_it_is_interrupted_when_another_run_begins(script: Script) -> None:
    script.backup(timestamp="2026-01-27T02:00:00Z", status="Running", message="begun")
    script.backup(timestamp="2026-01-28T02:00:00Z", status="Running", message="begun")
    assert stored(script) == [("interrupted", SILENT), ("running", "begun")]
    assert script.site.jobs()[0].health == "running"


def test_a_result_that_follows_soon_under_another_time_is_no_alarm(script: Script) -> None:
    script.backup(timestamp="2026-01-28T02:00:00Z", status="Running", message="begun")
    script.backup(timestamp="2026-01-28T02:20:00Z", message="done")
    assert stored(script) == [
        ("unknown", "It started; the result that followed came under another time"),
        ("success", "done"),
    ]
    (job,) = script.site.jobs()
    assert [transition.after for transition in script.site.transitions(job.name)] == ["running", "ok"]


def test_a_result_of_another_day_does_not_hide_that_a_run_died(script: Script) -> None:
    script.backup(timestamp="2026-01-27T02:00:00Z", status="Running", message="begun")
    script.backup(timestamp="2026-01-28T02:00:00Z", message="done")
    assert stored(script) == [("interrupted", SILENT), ("success", "done")]


def test_its_end_that_comes_after_all_is_what_became_of_it(script: Script) -> None:
    first = script.backup(timestamp="2026-01-27T02:00:00Z", status="Running", message="begun")
    script.backup(timestamp="2026-01-28T02:00:00Z", status="Running", message="begun")
    assert script.backup(timestamp="2026-01-27T02:00:00Z", status="Success", message="done") == first
    assert stored(script) == [("success", "done"), ("running", "begun")]


def test_that_it_began_told_again_does_not_bring_it_back(script: Script) -> None:
    first = script.backup(timestamp="2026-01-27T02:00:00Z", status="Running", message="begun")
    script.backup(timestamp="2026-01-28T02:00:00Z")
    assert script.backup(timestamp="2026-01-27T02:00:00Z", status="Running", message="begun") == first
    assert stored(script) == [("interrupted", SILENT), ("success", "All is well.")]


def test_an_older_run_that_is_told_meanwhile_interrupts_nothing(script: Script) -> None:
    script.backup(timestamp="2026-01-28T02:00:00Z", status="Running", message="begun")
    script.backup(timestamp="2026-01-27T02:00:00Z")
    assert [status for status, _ in stored(script)] == ["success", "running"]


def test_it_is_interrupted_when_its_next_time_has_passed(script: Script) -> None:
    script.backup(timestamp="2026-01-28T11:00:00Z", status="Running", message="begun")
    script.site.set_job(script.site.jobs()[0], schedule="daily 11:00", schedule_zone=None)
    before = script.site.summary()
    for _ in range(80):
        script.site.now.forward(hours=1)
        script.site.sweep()
    assert stored(script) == [("interrupted", SILENT)]
    job = script.site.jobs()[0]
    assert (job.last_status, job.live_state, job.health) == (Status.INTERRUPTED, "", "overdue")
    assert script.site.summary()["totalBackups"] == before["totalBackups"]


def test_that_it_began_read_again_does_not_bring_it_back(script: Script) -> None:
    script.backup(timestamp="2026-01-27T02:00:00Z", status="Running", message="begun")
    script.backup(timestamp="2026-01-28T02:00:00Z")
    before = stored(script)
    for delivery in deliveries.ids(script.site.db):
        read_again(script.site.db, script.site.writes, delivery, max_log_lines=100)
    assert stored(script) == before == [("interrupted", SILENT), ("success", "All is well.")]
