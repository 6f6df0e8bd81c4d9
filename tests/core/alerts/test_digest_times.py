"""When digests go out: by the clock on the wall, through its changes, and at the end of short months."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.alerts.digest_facts import DAY_MS, Period, begin_of, next_time

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]


def following(count: int, *, period: str, hour: int, day: int, zone: ZoneInfo, after: str) -> list[str]:
    """The next times, as the clock of the zone shows them."""
    at, found = datetime.fromisoformat(after).replace(tzinfo=zone), []
    for _ in range(count):
        at = next_time(period, hour, day, zone, at)
        found.append(f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %z}")
    return found


def test_a_daily_digest_keeps_its_hour_over_both_changes_of_the_clock() -> None:
    spring = following(3, period="day", hour=7, day=1, zone=BERLIN, after="2027-03-27T06:00")
    assert spring == [
        "Sat 2027-03-27 07:00 +0100",
        "Sun 2027-03-28 07:00 +0200",
        "Mon 2027-03-29 07:00 +0200",
    ]
    autumn = following(3, period="day", hour=7, day=1, zone=BERLIN, after="2027-10-30T06:00")
    assert autumn == [
        "Sat 2027-10-30 07:00 +0200",
        "Sun 2027-10-31 07:00 +0100",
        "Mon 2027-11-01 07:00 +0100",
    ]


def test_an_hour_that_the_clock_skips_is_when_it_is_over_and_one_that_it_repeats_is_once() -> None:
    skipped = following(2, period="day", hour=2, day=1, zone=BERLIN, after="2027-03-27T12:00")
    assert skipped == ["Sun 2027-03-28 03:00 +0200", "Mon 2027-03-29 02:00 +0200"]
    repeated = following(2, period="day", hour=2, day=1, zone=BERLIN, after="2027-10-30T12:00")
    assert repeated == ["Sun 2027-10-31 02:00 +0200", "Mon 2027-11-01 02:00 +0100"]


def test_a_weekly_digest_goes_out_on_its_day() -> None:
    found = following(2, period="week", hour=8, day=1, zone=BERLIN, after="2026-11-28T12:00")
    assert found == ["Mon 2026-11-30 08:00 +0100", "Mon 2026-12-07 08:00 +0100"]


def test_a_monthly_digest_on_the_31st_goes_out_on_the_last_day_of_short_months() -> None:
    found = following(4, period="month", hour=6, day=31, zone=BERLIN, after="2027-01-31T06:00")
    assert [text[4:14] for text in found] == ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


@given(
    st.sampled_from(list(Period)),
    st.integers(0, 23),
    st.integers(1, 7),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
)
def test_the_next_time_is_later_and_within_a_period(
    period: Period, hour: int, day: int, zone: ZoneInfo, moment: datetime
) -> None:
    after = moment.replace(tzinfo=UTC)
    found = next_time(period, hour, day, zone, after)
    longest = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}[period]
    assert after < found <= after + timedelta(days=longest, hours=2)


@pytest.mark.parametrize(("period", "days"), [("day", 1), ("week", 7), ("month", 31)])
def test_a_digest_tells_of_what_came_since_the_last_one_but_of_no_more_than_its_period(
    period: str, days: int
) -> None:
    now = 400 * DAY_MS
    assert begin_of(period, None, now) == now - days * DAY_MS
    assert begin_of(period, now - 3_600_000, now) == now - 3_600_000
    assert begin_of(period, now - 200 * DAY_MS, now) == now - (days + 1) * DAY_MS
