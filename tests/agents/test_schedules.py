"""Duplicati's schedules as ours: exactly the same, or none."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from duplistat.agents.answers import AgentSchedule
from duplistat.agents.schedules import schedule_text
from duplistat.core.schedule import upcoming
from duplistat.core.schedule_text import parse_schedule

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday; 03:00 in Berlin.
AT = datetime(2026, 1, 28, 2, tzinfo=UTC)
WEEK = (0, 1, 2, 3, 4, 5, 6)


def text(repeat: str, days: tuple[int, ...] = (), at: datetime = AT) -> str | None:
    return schedule_text(AgentSchedule(repeat, at, days), BERLIN)


@pytest.mark.parametrize(
    ("repeat", "days", "wanted"),
    [
        ("1D", (), "daily 03:00"),
        ("1D", WEEK, "daily 03:00"),
        ("1D", (0, 1, 2, 3, 4), "weekdays 03:00"),
        ("1D", (0, 2), "mon,wed 03:00"),
        ("2D", (), "every 2d from 2026-01-28T02:00Z"),
        ("1W", (), "wed 03:00"),
        ("7D", (2, 3), "wed 03:00"),
        ("2W", (2,), "every 2w from 2026-01-28T02:00Z"),
        ("1W1D", (), "every 8d from 2026-01-28T02:00Z"),
        ("1h", WEEK, "every 1h from 2026-01-28T02:00Z"),
        ("6h", (), "every 6h from 2026-01-28T02:00Z"),
        ("90m", (), "every 90m from 2026-01-28T02:00Z"),
        ("3600", (), "every 1h from 2026-01-28T02:00Z"),
        ("1D12h", (), "every 36h from 2026-01-28T02:00Z"),
        ("1M", (), "monthly 28 03:00"),
        ("3M", (), "cron 0 3 28 1,4,7,10 *"),
        ("1Y", (), "cron 0 3 28 1 *"),
    ],
)
def test_a_schedule_that_fits_is_ours(repeat: str, days: tuple[int, ...], wanted: str) -> None:
    assert text(repeat, days) == wanted
    assert upcoming(parse_schedule(wanted), BERLIN, datetime(2026, 1, 28, 1, 59, tzinfo=UTC), 1) == [AT]


@pytest.mark.parametrize(
    ("repeat", "days"),
    [
        ("", ()),
        ("0", ()),
        ("0D", ()),
        ("x", ()),
        ("1X", ()),
        ("D", ()),
        ("-1D", ()),
        ("1D ago", ()),
        ("9999999D", ()),
        ("999999D", ()),
        ("30s", ()),
        ("24h", ()),
        ("86400", ()),
        ("1D24h", ()),
        ("1h", (0, 1)),
        ("2D", (0, 1, 2)),
        ("1W", (0,)),
        ("1M", (0, 1)),
        ("5M", ()),
        ("1M1D", ()),
        ("2Y", ()),
    ],
)
def test_a_schedule_that_does_not_fit_is_none(repeat: str, days: tuple[int, ...]) -> None:
    assert text(repeat, days) is None


@pytest.mark.parametrize("day", [29, 30, 31])
def test_the_end_of_a_month_does_not_fit_as_duplicati_drifts_from_there(day: int) -> None:
    assert text("1M", at=AT.replace(day=day)) is None


def test_seconds_are_kept_where_an_interval_can_say_them() -> None:
    at = AT.replace(second=7)
    assert text("1D", at=at) == "every 1d from 2026-01-28T02:00:07Z"
    assert text("6h", at=at) == "every 6h from 2026-01-28T02:00:07Z"
    assert text("1D", (2,), at=at) is None
    assert text("1M", at=at) is None


def test_the_time_on_the_wall_stays_across_a_change_of_clocks() -> None:
    for repeat, local in (
        ("1D", {3}),
        ("1W", {3}),
        ("2D", {3}),
        ("1M", {3}),
        ("6h", {3, 4, 9, 10, 15, 16, 21, 22}),
    ):
        schedule = parse_schedule(text(repeat) or "")
        hours = {at.astimezone(BERLIN).hour for at in upcoming(schedule, BERLIN, AT, 800)}
        assert hours == local
