"""Runs that keep coming hours off hint at the zone of a schedule."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duplistat.core.schedule_text import parse_schedule
from duplistat.core.zone_hint import Hint, other_zone

BERLIN, NEW_YORK, ZULU = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "UTC"))


def hint(schedule: str, zone: ZoneInfo, *starts: str, known: int = 9) -> Hint | None:
    moments = [datetime.fromisoformat(start).astimezone(UTC) for start in starts]
    return other_zone(parse_schedule(schedule), zone, moments, known, [ZULU, BERLIN, NEW_YORK])


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_a_monthly_time_by_utc_is_hours_off_by_another_clock_in_summer_and_winter() -> None:
    starts = [f"2026-{month:02}-01T02:00:00Z" for month in range(8, 12)]
    assert hint("monthly 1 02:00", BERLIN, *starts) == Hint(hours(1), ZULU)
    assert hint("monthly 1 02:00", BERLIN, *starts[:-1]) == Hint(hours(2), ZULU)
    assert hint("monthly 1 02:00", NEW_YORK, *starts) == Hint(hours(-5), ZULU)


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        ("daily 02:00", "2026-01-{:02}T02:03:00Z"),
        ("cron 0 2 * * *", "2026-01-{:02}T02:03:00Z"),
        ("daily 02:00", "2026-01-{:02}T01:50:00Z"),
        ("mon-fri 02:00", "2026-01-{:02}T02:20:00Z"),
    ],
)
def test_any_fixed_time_may_be_meant_by_utc(schedule: str, times: str) -> None:
    found = hint(schedule, BERLIN, *(times.format(day) for day in (5, 6, 7, 8)))
    assert found is not None
    assert found.zone is ZULU
    assert hint(schedule, ZULU, *(times.format(day) for day in (5, 6, 7, 8))) is None


def test_months_that_end_differently_and_the_last_day() -> None:
    starts = ["2026-01-31T23:30:00Z", "2026-02-28T23:30:00Z", "2026-03-31T23:30:00Z"]
    assert hint("monthly last 23:30", NEW_YORK, *starts) == Hint(hours(-4), ZULU)
    assert hint("monthly last 23:30", BERLIN, *starts) == Hint(hours(2), ZULU)


def test_another_zone_than_utc_may_be_meant() -> None:
    starts = [f"2026-01-{day:02}T01:00:00Z" for day in (5, 6, 7)]
    assert hint("daily 02:00", ZULU, *starts) == Hint(hours(-1), BERLIN)


@pytest.mark.parametrize("days", [(5, 6), (5,), ()])
def test_two_runs_say_nothing_yet(days: tuple[int, ...]) -> None:
    assert hint("daily 02:00", BERLIN, *(f"2026-01-{day:02}T02:00:00Z" for day in days)) is None


def test_one_run_by_hand_among_them_takes_nothing_away_but_one_on_time_does() -> None:
    starts = [f"2026-01-{day:02}T02:00:00Z" for day in (5, 6, 7, 8)]
    assert hint("daily 02:00", BERLIN, *starts[:2], "2026-01-06T15:00:00Z", *starts[2:]) is not None
    assert hint("daily 02:00", BERLIN, *starts[:-1], "2026-01-08T01:01:00Z") is None


def test_runs_that_are_late_now_and_then_hint_at_nothing() -> None:
    starts = ["2026-01-05T03:10:00Z", "2026-01-06T01:50:00Z", "2026-01-07T05:40:00Z", "2026-01-08T04:00:00Z"]
    assert hint("daily 02:00", BERLIN, *starts) is None


def test_where_no_zone_is_known_it_is_said_that_they_are_off() -> None:
    starts = [f"2026-01-{day:02}T20:30:00Z" for day in (5, 6, 7)]
    assert hint("daily 02:00", ZULU, *starts) == Hint(hours(-5.5), None)


def test_runs_from_before_the_schedule_was_set_say_nothing_without_a_zone_that_fits() -> None:
    starts = [f"2026-01-{day:02}T20:30:00Z" for day in (5, 6, 7)]
    assert hint("daily 02:00", ZULU, *starts, known=2) is None
    assert hint("daily 02:00", ZULU, *starts, known=0) is None
    utc = [f"2026-01-{day:02}T02:00:00Z" for day in (5, 6, 7)]
    assert hint("daily 02:00", BERLIN, *utc, known=0) == Hint(hours(1), ZULU)


@pytest.mark.parametrize(
    "schedule", ["every 1h from 2026-01-01T00:00Z", "cron 0 * * * *", "cron */5 * * * *", "unplanned"]
)
def test_what_runs_often_or_without_a_plan_has_no_zone(schedule: str) -> None:
    assert hint(schedule, BERLIN, *(f"2026-01-{day:02}T02:30:00Z" for day in (5, 6, 7))) is None
