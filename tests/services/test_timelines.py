"""Timelines after what users reported: when an alarm comes, and when none does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import duplicati, live
from tests.support.clock import ms
from tests.support.site import Site
from tests.support.timelines import Played, timeline

MakeSite = Callable[..., Site]


@pytest.fixture
def both_databases() -> str:
    """SQLite alone: this is about times. What it asks of the database, others ask of both."""
    return "sqlite"


def test_a_run_of_28_hours_covers_what_was_expected_meanwhile(make_site: MakeSite) -> None:
    played = Played(timeline("overdue-after-long-run"), make_site)
    assert played.go_on_to("2026-02-03T06:31:00Z").health == "ok"
    assert played.to_the_end().health == "ok"
    assert played.expected == datetime(2026, 2, 4, 2, tzinfo=UTC)
    assert played.changes[-1] == ("2026-02-03 06:31", "ok")


def test_the_told_gap_stays_a_day_after_a_catch_up_and_after_a_run_by_hand(make_site: MakeSite) -> None:
    played = Played(timeline("told-gap-after-catch-up"), make_site)
    assert played.go_on_to("2026-01-12T08:06:00Z").told_gap == 86_400_000
    assert "then every day" in played.why
    played.to_the_end()
    assert "then every day" in played.why
    assert played.expected == datetime(2026, 1, 13, 11, tzinfo=UTC)
    # It was silent from Saturday noon on until Monday morning, and not since.
    assert played.changes == [
        ("2026-01-05 11:05", "ok"),
        ("2026-01-10 13:00", "overdue"),
        ("2026-01-12 08:05", "ok"),
    ]


def told(day: int, hour: int = 2, *, next_day: int | None = None, minutes: float = 10) -> dict[str, Any]:
    """A report of a run of that day of January that tells of the next at 02:00 of another, or of none."""
    next_run = f"202601{next_day:02}T020000Z" if next_day else None
    return duplicati(f"2026-01-{day:02}T{hour:02}:00:00Z", next_run=next_run, minutes=minutes)


def play(make_site: MakeSite, *bodies: dict[str, Any], until: str, late: float = 10) -> Played:
    """Reports that arrive `late` minutes after the start of each run."""
    steps = []
    for body in bodies:
        at = datetime.fromisoformat(body["Data"]["BeginTime"]) + timedelta(minutes=late)
        steps.append({"at": at.isoformat(), "body": body})
    content = {
        "zone": "UTC",
        "job": "Documents",
        "start": "2026-01-01T00:00:00Z",
        "until": until,
        "steps": steps,
    }
    played = Played(content, make_site)
    played.to_the_end()
    return played


NIGHTS = [told(day, next_day=day + 1) for day in range(2, 8)]


def test_runs_by_hand_within_a_day_do_not_switch_a_schedule_off(make_site: MakeSite) -> None:
    by_hand = [told(8, hour) for hour in (9, 10, 11, 12)]
    played = play(make_site, *NIGHTS, *by_hand, until="2026-01-08T13:00:00Z")
    assert played.site.job().source == "told"
    assert played.expected == datetime(2026, 1, 9, 2, tzinfo=UTC)
    played.go_on_to("2026-01-09T03:59:00Z")
    assert "overdue" not in [health for _, health in played.changes[-1:]]
    assert played.go_on_to("2026-01-09T04:00:00Z").health == "overdue"


def test_a_schedule_that_was_switched_off_tells_no_longer_and_is_learned(make_site: MakeSite) -> None:
    by_hand = [told(day) for day in range(8, 12)]
    played = play(make_site, *NIGHTS, *by_hand, until="2026-01-11T03:00:00Z")
    assert played.site.job().source == "learned"
    assert played.why == (
        "learned from 10 runs: every day at 02:00 ± 1 min (a guess);"
        " Duplicati's schedule seems to be switched off: no next run is announced after 8 Jan 02:00"
    )
    assert played.changes == [("2026-01-02 02:10", "ok")]
    assert played.go_on_to("2026-01-12T12:00:00Z").health == "overdue"


def test_a_schedule_that_is_switched_on_again_tells_again(make_site: MakeSite) -> None:
    by_hand = [told(day) for day in range(8, 12)]
    played = play(make_site, *NIGHTS, *by_hand, told(12, next_day=13), until="2026-01-12T03:00:00Z")
    assert (played.site.job().source, played.site.job().told_gap) == ("told", 86_400_000)
    assert "switched off" not in played.why


def test_a_silent_job_is_not_one_that_was_switched_off(make_site: MakeSite) -> None:
    played = play(make_site, *NIGHTS, until="2026-01-20T03:00:00Z")
    assert (played.site.job().source, played.site.job().health) == ("told", "overdue")


def test_a_run_of_three_days_is_ok_when_it_arrives_though_it_told_of_a_time_that_is_over(
    make_site: MakeSite,
) -> None:
    """Duplicati tells of the next run as this one begins."""
    long = told(8, next_day=9, minutes=3 * 1440)
    played = play(make_site, *NIGHTS, until="2026-01-08T03:00:00Z")
    played.site.now.set("2026-01-11T02:00:30Z")
    played.site.post(long)
    assert (played.site.job().health, played.site.job().told_gap) == ("ok", 86_400_000)
    assert played.site.job().expected_at == ms("2026-01-12T02:00:00Z")


@pytest.mark.parametrize("schedule", ["daily 02:00", "cron 0 2 * * *", "every 1d from 2026-01-01T02:00Z"])
def test_that_is_so_by_a_set_schedule(site: Site, schedule: str) -> None:
    site.now.set("2026-01-02T02:10:00Z")
    site.post(told(2))
    site.set_job(site.job(), schedule=schedule, schedule_zone=None)
    at_work(site, "2026-01-03T02:00:00Z", "2026-01-04T08:00:00Z")
    assert site.states() == ["ok", "running"]
    site.post(told(3, minutes=30 * 60))
    assert site.states() == ["ok", "running", "ok"]
    assert site.job().expected_at == ms("2026-01-05T02:00:00Z")


def test_that_is_so_by_a_learned_one(site: Site) -> None:
    for day in range(2, 10):
        site.now.set(f"2026-01-{day:02}T02:10:00Z")
        site.post(told(day))
        site.learn()
    at_work(site, "2026-01-10T02:00:00Z", "2026-01-11T08:00:00Z")
    site.post(told(10, minutes=30 * 60))
    site.learn()
    assert site.states() == ["ok", "running", "ok"]
    assert site.job().expected_at == ms("2026-01-12T02:00:00Z")


def at_work(site: Site, since: str, until: str) -> None:
    """Live posts every ten minutes, with sweeps."""
    site.now.set(since)
    while site.now() < ms(until):
        site.post(live("Progress", since, share=0.5))
        site.sweep()
        site.now.forward(minutes=10)
    site.now.set(until)


def test_a_run_that_died_covers_what_was_expected_as_long_as_it_was_heard_of(site: Site) -> None:
    """The next one begins within minutes: nothing was missed."""
    site.now.set("2026-01-02T02:10:00Z")
    site.post(told(2))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone=None)
    at_work(site, "2026-01-03T02:00:00Z", "2026-01-04T08:00:00Z")
    site.post(live("Started", "2026-01-04T08:00:00Z"))
    assert "overdue" not in site.states()
    assert site.job().health == "running"


def test_a_report_that_came_late_does_not_make_a_job_at_work_overdue(site: Site) -> None:
    """Six hours of a run of a job that runs every two hours, told of when three more are over."""
    site.now.set("2026-01-02T02:10:00Z")
    site.post(told(2))
    site.set_job(site.job(), schedule="every 2h from 2026-01-01T00:00Z", schedule_zone=None)
    at_work(site, "2026-01-02T04:00:00Z", "2026-01-02T13:00:00Z")
    site.post(told(2, 4, minutes=6 * 60))
    assert site.states() == ["ok", "running", "ok"]
    assert site.job().expected_at == ms("2026-01-02T14:00:00Z")


def test_a_report_of_a_run_before_does_not_end_an_alarm_by_when_it_came(site: Site) -> None:
    site.now.set("2026-01-02T02:10:00Z")
    site.post(told(2))
    site.set_job(site.job(), schedule="daily 02:00", schedule_zone=None)
    site.now.set("2026-01-04T12:00:00Z")
    site.sweep()
    site.post(told(3))
    assert site.job().health == "overdue"
