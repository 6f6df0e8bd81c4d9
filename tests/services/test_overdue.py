"""When a job is overdue: to the millisecond, and never before."""

from collections.abc import Callable

import pytest

from duplistat.services.jobs.state import forget_runs
from duplistat.store import jobs
from tests.support.bodies import duplicati
from tests.support.clock import ms
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
TOLD = "20260129T020000Z"
# Told, and the two hours of grace that are the default.
DUE = "2026-01-29T04:00:00Z"


@pytest.fixture
def both_databases() -> str:
    """SQLite alone: this is about times. What it asks of the database, others ask of both."""
    return "sqlite"


def swept_at(site: Site, moment: str, job: str = "Documents") -> str:
    """The health of a job after a sweep at that moment."""
    site.now.set(moment)
    site.sweep()
    return site.job(job).health


def daily(site: Site, days: range, *, job: str = "Documents") -> None:
    """A run at 02:00 of each of these days of January, reported ten minutes later."""
    for day in days:
        site.now.set(f"2026-01-{day:02}T02:10:00Z")
        site.record(duplicati(f"2026-01-{day:02}T02:00:00Z", job=job))
        site.learn()


def test_a_job_is_overdue_at_the_told_time_and_grace_and_not_a_millisecond_before(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    assert swept_at(site, "2026-01-29T03:59:59.999Z") == "ok"
    assert swept_at(site, DUE) == "overdue"
    assert site.states() == ["ok", "overdue"]


def test_nothing_has_to_be_configured_for_that(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    job = site.job()
    assert (job.schedule, job.grace_ms, job.source) == (None, None, "told")
    assert (job.expected_at, job.due_at) == (ms("2026-01-29T02:00:00Z"), ms(DUE))


def test_why_it_is_overdue_is_said(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    swept_at(site, DUE)
    assert site.why() == (
        "Overdue by 2 h: expected 29 Jan 2026 02:00 UTC, last successful backup 28 Jan 2026 02:00 UTC"
    )


def test_a_job_that_comes_back_is_ok_at_once(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    swept_at(site, DUE)
    site.record(duplicati("2026-01-29T03:55:00Z"))
    assert (site.job().health, site.job().missed) == ("ok", 0)
    assert site.states() == ["ok", "overdue", "ok"]


def test_an_extra_run_before_its_time_does_not_shift_what_is_expected(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    site.now.set("2026-01-28T15:00:00Z")
    site.record(duplicati("2026-01-28T14:30:00Z"))
    assert site.job().due_at == ms(DUE)
    assert swept_at(site, "2026-01-29T03:59:59.999Z") == "ok"
    assert swept_at(site, DUE) == "overdue"


def test_a_failed_run_came_and_is_not_overdue(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    site.now.set("2026-01-29T02:20:00Z")
    site.record(duplicati("2026-01-29T02:00:00Z", result="Error", next_run="20260130T020000Z"))
    assert swept_at(site, DUE) == "failed"
    assert "overdue" not in site.states()


def test_a_failed_job_becomes_overdue_when_the_next_run_does_not_come(site: Site) -> None:
    site.record(duplicati(START, result="Error", next_run=TOLD))
    assert swept_at(site, DUE) == "overdue"


def test_a_late_report_of_a_run_in_time_ends_it(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    assert swept_at(site, "2026-01-29T12:00:00Z") == "overdue"
    site.record(duplicati("2026-01-29T02:00:00Z", next_run="20260130T020000Z"))
    assert site.job().health == "ok"


def test_a_late_report_of_a_run_before_does_not_end_it(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    swept_at(site, DUE)
    site.record(duplicati("2026-01-27T02:00:00Z"))
    swept_at(site, DUE)
    assert site.job().health == "overdue"


def test_other_operations_do_not_end_it(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    swept_at(site, DUE)
    site.record(duplicati("2026-01-29T03:50:00Z", operation="Test"))
    site.record(duplicati("2026-01-29T03:51:00Z", Dryrun=True))
    assert site.job().health == "overdue"


def test_each_missed_time_is_counted_once(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    for moment, missed in ((DUE, 1), ("2026-01-30T03:59:59.999Z", 1), ("2026-01-30T04:00:00Z", 2)):
        swept_at(site, moment)
        assert site.job().missed == missed
    swept_at(site, "2026-02-02T04:00:00Z")
    assert site.job().missed == 5
    assert site.states() == ["ok", "overdue"]


def test_the_strip_of_days_marks_those_on_which_nothing_came(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    swept_at(site, "2026-01-31T12:00:00Z")
    assert site.job().days == "slll"
    site.record(duplicati("2026-01-31T11:00:00Z"))
    assert site.job().days == "slls"


def test_a_rhythm_is_learned_from_a_week_of_runs(site: Site) -> None:
    daily(site, range(21, 28))
    job = site.job()
    assert (job.source, job.expected_at) == ("learned", ms("2026-01-28T02:00:00Z"))
    assert swept_at(site, "2026-01-28T03:59:59.999Z") == "ok"
    assert swept_at(site, "2026-01-28T06:00:00Z") == "overdue"


def test_from_four_runs_the_same_weekdays_are_expected(site: Site) -> None:
    daily(site, range(24, 28))
    # From Saturday to Tuesday.
    assert (site.job().source, site.job().expected_at) == ("learned", ms("2026-01-31T02:00:00Z"))


def test_nothing_is_learned_from_three_runs(site: Site) -> None:
    daily(site, range(24, 27))
    job = site.job()
    assert (job.source, job.expected_at, job.due_at) == ("none", None, None)
    assert swept_at(site, "2027-01-01T00:00:00Z") == "ok"


def test_what_the_client_tells_goes_before_what_is_learned(site: Site) -> None:
    daily(site, range(20, 28))
    site.now.set("2026-01-28T02:10:00Z")
    site.record(duplicati(START, next_run="20260203T020000Z"))
    assert (site.job().source, site.job().expected_at) == ("told", ms("2026-02-03T02:00:00Z"))


def test_what_a_person_sets_goes_before_everything(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    site.set_job(site.job(), schedule="sun 05:00", schedule_zone=None)
    job = site.job()
    assert (job.source, job.expected_at) == ("set", ms("2026-02-01T05:00:00Z"))
    assert swept_at(site, "2026-01-29T12:00:00Z") == "ok"
    assert swept_at(site, "2026-02-01T07:00:00Z") == "overdue"


def test_a_schedule_counts_from_when_it_was_set(site: Site) -> None:
    site.record(duplicati("2026-01-20T02:00:00Z"))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone=None)
    assert site.job().health == "ok"
    assert site.job().expected_at == ms("2026-01-29T02:00:00Z")


def test_a_schedule_that_is_set_does_not_end_a_silence_that_is_a_problem(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    assert swept_at(site, "2026-01-31T12:00:00Z") == "overdue"
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone=None)
    assert (site.job().health, site.job().expected_at) == ("overdue", ms("2026-01-29T02:00:00Z"))
    assert site.job().schedule_set_at == ms("2026-01-31T12:00:00Z")
    # Nor does another one, or the same in another zone.
    site.set_job(site.job(), schedule="daily 03:00", schedule_zone="Europe/Berlin")
    assert (site.job().health, site.job().expected_at) == ("overdue", ms("2026-01-29T02:00:00Z"))
    assert swept_at(site, "2026-01-31T12:30:00Z") == "overdue"
    assert site.job().missed == 3
    assert site.states() == ["ok", "overdue"]
    # By this one it is not overdue.
    site.set_job(site.job(), schedule="sun 02:00", schedule_zone=None)
    assert (site.job().health, site.job().expected_at) == ("ok", ms("2026-02-01T02:00:00Z"))


def test_nor_one_of_a_job_that_has_never_run(site: Site) -> None:
    site.record(duplicati(START))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone=None)
    job = site.job()
    forget_runs(job)
    jobs.save(site.db, job)
    assert swept_at(site, "2026-01-29T12:00:00Z") == "overdue"
    site.set_job(site.job(), schedule="daily 04:00", schedule_zone=None)
    assert (site.job().health, site.job().expected_at) == ("overdue", ms("2026-01-29T04:00:00Z"))


def test_a_first_schedule_counts_the_silence_of_a_job_that_nobody_could_judge(site: Site) -> None:
    site.record(duplicati("2026-01-02T02:00:00Z"))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone=None)
    assert (site.job().health, site.job().expected_at) == ("overdue", ms("2026-01-03T02:00:00Z"))


def test_a_schedule_is_meant_in_its_zone(site: Site) -> None:
    site.record(duplicati(START))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone="America/New_York")
    assert site.job().expected_at == ms("2026-01-29T07:00:00Z")


def test_without_the_set_schedule_it_is_the_told_one_again(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    site.set_job(site.job(), schedule="sun 05:00", schedule_zone=None)
    site.set_job(site.job(), schedule=None)
    assert (site.job().source, site.job().due_at) == ("told", ms(DUE))


def test_an_unplanned_job_is_never_overdue(site: Site) -> None:
    daily(site, range(20, 28))
    site.set_job(site.job(), schedule="unplanned", schedule_zone=None)
    assert site.job().due_at is None
    assert swept_at(site, "2027-01-01T00:00:00Z") == "ok"


def test_a_paused_job_is_not_overdue_until_it_is_expected_again(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    site.set_job(site.job(), paused=True)
    assert swept_at(site, "2026-01-29T12:00:00Z") == "paused"
    site.set_job(site.job(), paused=False)
    assert swept_at(site, "2026-01-29T12:00:00Z") == "overdue"


def test_a_run_of_a_paused_job_is_taken_in_and_leaves_it_paused(site: Site) -> None:
    site.record(duplicati(START))
    site.set_job(site.job(), paused=True)
    site.record(duplicati("2026-01-28T11:00:00Z", result="Error"))
    assert (site.job().health, site.job().last_status) == ("paused", "error")


def test_a_job_has_a_grace_of_its_own(site: Site) -> None:
    site.record(duplicati(START, next_run=TOLD))
    site.set_job(site.job(), grace_ms=60_000)
    assert swept_at(site, "2026-01-29T02:00:59.999Z") == "ok"
    assert swept_at(site, "2026-01-29T02:01:00Z") == "overdue"


def test_grace_can_be_none(make_site: Callable[..., Site]) -> None:
    site = make_site(overdue={"grace_seconds": 0})
    site.record(duplicati(START, next_run=TOLD))
    assert swept_at(site, "2026-01-29T01:59:59.999Z") == "ok"
    assert swept_at(site, "2026-01-29T02:00:00Z") == "overdue"


def test_a_told_time_keeps_the_wall_clock_across_a_change_of_summer_time(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(server={"timezone": "Europe/Berlin"})
    site.now.set("2026-03-28T02:00:00Z")
    site.record(duplicati("2026-03-28T01:00:00Z", next_run="20260329T000000Z"))
    site.now.set("2026-03-29T05:00:00Z")
    site.sweep()
    assert (site.job().missed, site.job().expected_at) == (1, ms("2026-03-29T23:00:00Z"))


def test_a_sender_whose_clock_runs_ahead_is_expected_by_ours(site: Site) -> None:
    # It is 12:00 here, and its clock says 18:00.
    site.record(duplicati("2026-01-28T17:50:00Z", next_run="20260129T175000Z"))
    assert site.job().expected_at == ms("2026-01-29T11:50:00Z")


CENTURY = 60 * 24 * 36525


@pytest.mark.parametrize(
    ("start", "centuries", "told"),
    [
        ("1971-01-28T02:00:00Z", 60, "19720128T020000Z"),
        ("1971-01-28T02:00:00Z", 0, "99991231T235959Z"),
        ("4417-03-09T04:00:00Z", 34, None),
        ("9990-01-01T00:00:00Z", 0, "19710128T020000Z"),
    ],
)
def test_a_report_whose_times_are_thousands_of_years_apart_is_taken_in(
    site: Site, start: str, centuries: int, told: str | None
) -> None:
    # A clock that was behind twice is taken to be behind.
    for second in ("00", "01"):
        body = duplicati(start.replace(":00Z", f":{second}Z"), minutes=centuries * CENTURY, next_run=told)
        site.record(body)
        site.learn()
        site.sweep()
    assert len(site.runs()) == 2


def test_a_job_that_never_ran_is_expected_by_a_set_schedule(site: Site) -> None:
    site.record(duplicati(START, operation="Test"))
    assert site.job().health == "never"
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone=None)
    assert swept_at(site, "2026-01-29T04:00:00Z") == "overdue"
    assert site.why().endswith("no successful backup yet")


@pytest.mark.parametrize("days", [1, 30, 3000])
def test_a_job_that_is_gone_for_long_does_not_hold_up_the_sweep(site: Site, days: int) -> None:
    site.record(duplicati(START, next_run="20260128T123000Z"))
    site.now.forward(days=days)
    site.sweep()
    job = site.job()
    assert job.health == "overdue"
    assert (job.due_at or 0) > site.now()


def test_a_run_that_came_before_its_schedule_was_set_is_the_run_of_that_hour(site: Site) -> None:
    site.now.set("2026-01-28T01:59:00Z")
    site.record(duplicati("2026-01-28T01:48:00Z"))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone="UTC")
    assert site.job().expected_at == ms("2026-01-29T02:00:00Z")
    assert swept_at(site, "2026-01-29T03:59:59Z") == "ok"
    assert swept_at(site, "2026-01-29T04:00:00Z") == "overdue"


def test_so_is_one_whose_report_comes_after_the_schedule_was_set(site: Site) -> None:
    daily(site, range(26, 28))
    site.now.set("2026-01-28T01:59:00Z")
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone="UTC")
    assert site.job().expected_at == ms("2026-01-28T02:00:00Z")
    site.now.set("2026-01-28T02:20:00Z")
    site.record(duplicati("2026-01-28T01:58:00Z", minutes=20))
    assert site.job().expected_at == ms("2026-01-29T02:00:00Z")


def test_by_another_zone_a_schedule_counts_from_when_that_was_set(site: Site) -> None:
    site.record(duplicati(START))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone="Europe/Berlin")
    site.now.set("2026-01-29T01:13:00Z")
    site.record(duplicati("2026-01-29T01:03:00Z"))
    site.now.set("2026-01-29T02:30:00Z")
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone="UTC")
    assert site.job().expected_at == ms("2026-01-30T02:00:00Z")
