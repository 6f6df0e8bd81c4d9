"""Moments of schedules, above all on the nights when clocks change."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.schedule import (
    EVERY_DAY,
    LAST,
    MONDAY_TO_FRIDAY,
    Cron,
    Interval,
    Monthly,
    MonthlyNth,
    Schedule,
    Unplanned,
    Weekly,
    next_after,
    to_utc,
    typical_gap,
    upcoming,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "Europe/Riga",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Asia/Kolkata",
        "Pacific/Apia",
    )
]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def daily(*times: str) -> Weekly:
    return Weekly(EVERY_DAY, tuple(time.fromisoformat(at) for at in times))


def locally(schedule: Schedule, zone: str, after: str, count: int) -> list[str]:
    here = ZoneInfo(zone)
    found = upcoming(schedule, here, datetime.fromisoformat(after).replace(tzinfo=here), count)
    return [at.astimezone(here).strftime("%m-%d %H:%M %z") for at in found]


NIGHTS = [
    # zone, wall time, the day before noon, what happens
    ("Europe/Berlin", "02:30", "2026-03-28T12:00", ["03-29 03:00 +0200", "03-30 02:30 +0200"]),
    ("Europe/Berlin", "02:00", "2026-03-28T12:00", ["03-29 03:00 +0200", "03-30 02:00 +0200"]),
    ("Europe/Berlin", "02:30", "2026-10-24T12:00", ["10-25 02:30 +0200", "10-26 02:30 +0100"]),
    ("Europe/Riga", "03:30", "2026-10-24T12:00", ["10-25 03:30 +0300", "10-26 03:30 +0200"]),
    ("Europe/Riga", "03:30", "2026-03-28T12:00", ["03-29 04:00 +0300", "03-30 03:30 +0300"]),
    ("America/New_York", "02:15", "2026-03-07T12:00", ["03-08 03:00 -0400", "03-09 02:15 -0400"]),
    ("America/New_York", "01:15", "2026-10-31T12:00", ["11-01 01:15 -0400", "11-02 01:15 -0500"]),
    ("Australia/Lord_Howe", "02:15", "2026-10-03T12:00", ["10-04 02:30 +1100", "10-05 02:15 +1100"]),
    ("Australia/Lord_Howe", "01:45", "2026-04-04T12:00", ["04-05 01:45 +1100", "04-06 01:45 +1030"]),
    ("Asia/Kolkata", "02:30", "2026-03-28T12:00", ["03-29 02:30 +0530", "03-30 02:30 +0530"]),
    ("UTC", "02:30", "2026-10-24T12:00", ["10-25 02:30 +0000", "10-26 02:30 +0000"]),
]


@pytest.mark.parametrize(("zone", "at", "after", "happens"), NIGHTS)
def test_a_skipped_time_comes_when_the_gap_ends_and_a_repeated_one_once(
    zone: str, at: str, after: str, happens: list[str]
) -> None:
    wall = time.fromisoformat(at)
    assert locally(daily(at), zone, after, 2) == happens
    assert locally(Cron(f"{wall.minute} {wall.hour} * * *"), zone, after, 2) == happens
    day_before = datetime.fromisoformat(after).replace(hour=wall.hour, minute=wall.minute)
    each_day = Interval(timedelta(days=1), day_before.replace(tzinfo=ZoneInfo(zone)))
    assert locally(each_day, zone, after, 2) == happens
    changing = datetime.fromisoformat(after) + timedelta(days=1)
    assert locally(Monthly(changing.day, wall), zone, after, 1) == happens[:1]


@pytest.mark.parametrize("schedule", [daily("02:30"), Cron("30 2 * * *")])
def test_asked_within_the_repeated_hour_the_first_is_over(schedule: Schedule) -> None:
    second_time = moment("2026-10-25T02:10+01:00")
    assert next_after(schedule, BERLIN, second_time) == moment("2026-10-26T02:30+01:00")


def test_two_times_in_one_gap_happen_once() -> None:
    assert locally(daily("02:15", "02:45", "03:00"), "Europe/Berlin", "2026-03-28T12:00", 2) == [
        "03-29 03:00 +0200",
        "03-30 02:15 +0200",
    ]


def test_a_date_that_the_zone_left_out_happens_as_the_next_one_begins() -> None:
    assert locally(daily("06:00"), "Pacific/Apia", "2011-12-29T12:00", 2) == [
        "12-31 00:00 +1400",
        "12-31 06:00 +1400",
    ]


def test_hours_are_counted_in_absolute_time_and_days_on_the_wall() -> None:
    start = moment("2026-03-27T20:00+01:00")
    assert locally(Interval(timedelta(hours=12), start), "Europe/Berlin", "2026-03-28T12:00", 2) == [
        "03-28 20:00 +0100",
        "03-29 09:00 +0200",
    ]
    assert locally(Interval(timedelta(weeks=2), start), "Europe/Berlin", "2026-03-28T12:00", 2) == [
        "04-10 20:00 +0200",
        "04-24 20:00 +0200",
    ]


def test_an_interval_begins_with_its_anchor() -> None:
    start = moment("2026-05-01T00:00Z")
    schedule = Interval(timedelta(hours=1), start)
    assert next_after(schedule, BERLIN, moment("2026-01-01T00:00Z")) == start
    assert next_after(schedule, BERLIN, start) == moment("2026-05-01T01:00Z")


AT_TWO = time(2)
CALENDAR = [
    (Weekly(MONDAY_TO_FRIDAY, (AT_TWO,)), ["01-30", "02-02", "02-03", "02-04"]),
    (Weekly(frozenset({6}), (AT_TWO,)), ["02-01", "02-08", "02-15", "02-22"]),
    (Monthly(31, AT_TWO), ["01-31", "02-28", "03-31", "04-30"]),
    (Monthly(LAST, AT_TWO), ["01-31", "02-28", "03-31", "04-30"]),
    (Monthly(1, AT_TWO), ["02-01", "03-01", "04-01", "05-01"]),
    (MonthlyNth(2, 1, AT_TWO), ["02-10", "03-10", "04-14", "05-12"]),
    (MonthlyNth(5, 4, AT_TWO), ["01-30", "05-29", "07-31", "10-30"]),
    (MonthlyNth(LAST, 4, AT_TWO), ["01-30", "02-27", "03-27", "04-24"]),
    (Cron("0 2 13 * fri"), ["01-30", "02-06", "02-13", "02-20"]),
    (Cron("0 2 */13 * fri"), ["02-27", "03-27", "05-01", "08-14"]),
]


@pytest.mark.parametrize(("schedule", "days"), CALENDAR)
def test_the_calendar(schedule: Schedule, days: list[str]) -> None:
    found = upcoming(schedule, ZoneInfo("UTC"), moment("2026-01-29T12:00Z"), 4)
    assert [at.strftime("%m-%d") for at in found] == days
    assert {at.time() for at in found} == {AT_TWO}


def test_what_never_happens_has_no_next() -> None:
    assert next_after(Unplanned(), BERLIN, moment("2026-01-01T00:00Z")) is None
    assert upcoming(daily("02:00"), BERLIN, datetime.max.replace(tzinfo=UTC), 3) == []
    assert upcoming(Monthly(1, AT_TWO), BERLIN, moment("9999-12-20T00:00Z"), 3) == []


GAPS = [
    (daily("02:00"), timedelta(days=1)),
    (daily("02:00", "14:00"), timedelta(hours=12)),
    (Weekly(frozenset({0}), (AT_TWO,)), timedelta(days=7)),
    (Weekly(MONDAY_TO_FRIDAY, (AT_TWO,)), timedelta(days=1)),
    (Interval(timedelta(hours=6), moment("2030-01-01T00:00Z")), timedelta(hours=6)),
    (Cron("*/5 * * * *"), timedelta(minutes=5)),
    (Unplanned(), None),
]


@pytest.mark.parametrize(("schedule", "gap"), GAPS)
def test_the_usual_gap(schedule: Schedule, gap: timedelta | None) -> None:
    assert typical_gap(schedule, BERLIN, moment("2026-01-01T00:00Z")) == gap


def test_what_is_no_schedule_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Interval(timedelta(0), moment("2026-01-01T00:00Z"))
    with pytest.raises(ValueError, match="needs a zone"):
        Interval(timedelta(hours=1), datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="weekdays are"):
        Weekly(frozenset(), (AT_TWO,))
    with pytest.raises(ValueError, match="hours and minutes"):
        Weekly(EVERY_DAY, (time(2, 0, 1),))
    with pytest.raises(ValueError, match="needs a time"):
        Weekly(EVERY_DAY, ())
    with pytest.raises(ValueError, match="1 to 31"):
        Monthly(0, AT_TWO)
    with pytest.raises(ValueError, match="first to the fifth"):
        MonthlyNth(6, 1, AT_TWO)
    with pytest.raises(ValueError, match="a weekday is"):
        MonthlyNth(1, 7, AT_TWO)
    with pytest.raises(ValueError, match="bad minute"):
        Cron("60 2 * * *")
    with pytest.raises(ValueError, match="five fields"):
        Cron("0 0 2 * * *")


times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
moments = st.datetimes(datetime(2009, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
by_the_wall: st.SearchStrategy[Schedule] = st.one_of(
    st.builds(
        Weekly,
        st.frozensets(st.integers(0, 6), min_size=1),
        st.lists(times, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Monthly, st.sampled_from([LAST, *range(1, 32)]), times),
    st.builds(MonthlyNth, st.sampled_from([LAST, 1, 2, 3, 4, 5]), st.integers(0, 6), times),
    st.builds(lambda at, day: Cron(f"{at.minute} {at.hour} * * {day}"), times, st.integers(0, 7)),
    st.builds(Interval, st.integers(1, 40).map(lambda days: timedelta(days=days)), moments),
    st.builds(Interval, st.integers(60, 10**6).map(lambda seconds: timedelta(seconds=seconds)), moments),
)


@settings(deadline=None)
@given(by_the_wall, st.sampled_from(ZONES), moments)
def test_moments_come_strictly_after_and_in_order(
    schedule: Schedule, zone: ZoneInfo, after: datetime
) -> None:
    found = [after, *upcoming(schedule, zone, after, 4)]
    assert len(found) == 5
    assert all(earlier < later for earlier, later in pairwise(found))
    assert all(at.tzinfo is UTC for at in found)


@settings(deadline=None)
@given(times, st.sampled_from(ZONES), moments)
def test_the_clock_shows_the_set_time_except_after_a_gap(at: time, zone: ZoneInfo, after: datetime) -> None:
    for found in upcoming(Weekly(EVERY_DAY, (at,)), zone, after, 3):
        local = found.astimezone(zone)
        a_second_before = (found - timedelta(seconds=1)).astimezone(zone)
        assert local.time() == at or local.utcoffset() != a_second_before.utcoffset()
        assert local.fold == 0


@settings(deadline=None)
@given(times, st.sampled_from(ZONES), moments)
def test_daily_is_what_cron_makes_of_it(at: time, zone: ZoneInfo, after: datetime) -> None:
    cron = Cron(f"{at.minute} {at.hour} * * *")
    assert upcoming(Weekly(EVERY_DAY, (at,)), zone, after, 3) == upcoming(cron, zone, after, 3)


@given(
    st.datetimes(datetime(2009, 1, 1), datetime(2035, 1, 1)),
    st.timedeltas(timedelta(0), timedelta(hours=3)),
    st.sampled_from(ZONES),
)
def test_a_later_wall_time_is_never_an_earlier_moment(
    wall: datetime, step: timedelta, zone: ZoneInfo
) -> None:
    assert to_utc(wall, zone) <= to_utc(wall + step, zone)
