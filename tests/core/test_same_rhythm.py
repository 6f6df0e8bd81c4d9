"""Whether two schedules are the same rhythm, and whether runs contradict the schedule that decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duplistat.core.expectation import Rhythm, Source
from duplistat.core.learned import CountsFrom, Learned
from duplistat.core.same_rhythm import contradicted, same_rhythm, times_learned, times_of
from duplistat.core.schedule_text import parse_schedule

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 28, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("one", "other", "within", "same"),
    [
        ("daily 02:00", "daily 02:00", MINUTE, True),
        ("daily 02:00", "daily 02:20", 30 * MINUTE, True),
        ("daily 02:00", "daily 02:20", 10 * MINUTE, False),
        # The time of the one is over, that of the other not yet.
        ("daily 12:55", "daily 13:05", 15 * MINUTE, True),
        ("daily 02:00", "mon 02:00", 12 * HOUR, False),
        ("daily 02:00", "weekdays 02:00", 2 * HOUR, False),
        ("daily 02:00", "every 1d from 2026-01-05T01:00Z", MINUTE, True),
        # By Berlin's clock the same as 02:00.
        ("every 6h from 2026-01-05T01:00Z", "daily 02:00,08:00,14:00,20:00", MINUTE, True),
        ("every 1h from 2026-01-05T00:00Z", "every 2h from 2026-01-05T00:00Z", 5 * HOUR, False),
        ("monthly 1 03:00", "monthly first sun 03:00", 2 * HOUR, False),
        ("unplanned", "unplanned", HOUR, True),
        ("unplanned", "daily 02:00", HOUR, False),
    ],
)
def test_the_same_rhythm_is_near_in_each_of_the_next_five_times(
    one: str, other: str, within: timedelta, same: bool
) -> None:
    times = [times_of(parse_schedule(text), BERLIN) for text in (one, other)]
    assert same_rhythm(times[0], times[1], NOW, within) is same
    assert same_rhythm(times[1], times[0], NOW, within) is same


def learned(text: str = "mon 23:00", **others: object) -> Learned:
    found = Learned(
        parse_schedule(text),
        timedelta(minutes=5),
        runs=9,
        late=timedelta(minutes=20),
        slots=9,
        gap=7 * DAY,
        periods=8,
        since=NOW - 60 * DAY,
    )
    return replace(found, **others)  # type: ignore[arg-type]  # tests name the fields


def rhythm(found: Learned | None, text: str = "daily 23:00") -> Rhythm:
    return Rhythm(BERLIN, 2 * HOUR, set_schedule=parse_schedule(text), learned=found)


def contradicts(known: Rhythm, source: Source = Source.SET, decided: datetime | None = None) -> bool:
    return contradicted(known, source, NOW - HOUR, NOW, decided)


def test_weekly_runs_contradict_a_daily_schedule() -> None:
    assert contradicts(rhythm(learned()))
    assert contradicts(rhythm(learned()), decided=NOW - 20 * DAY)


@pytest.mark.parametrize(
    "found",
    [
        None,
        learned("daily 23:40"),  # late by less than the grace
        learned("daily 23:00"),
        learned(periods=1),
        learned(since=NOW - 10 * DAY),
        Learned(None, MINUTE, 9, longest=10 * DAY, since=NOW - 60 * DAY),
    ],
)
def test_what_is_not_known_well_or_is_near_contradicts_nothing(found: Learned | None) -> None:
    assert not contradicts(rhythm(found))


def test_runs_before_a_schedule_was_set_are_not_held_against_it() -> None:
    assert not contradicts(rhythm(learned()), decided=NOW - 8 * DAY)
    assert contradicts(rhythm(learned()), decided=NOW - 15 * DAY)


def test_a_manual_job_may_run_whenever_it_likes() -> None:
    assert not contradicts(rhythm(learned(), "unplanned"))


def test_what_was_learned_does_not_contradict_itself() -> None:
    assert not contradicts(Rhythm(BERLIN, 2 * HOUR, learned=learned()), Source.LEARNED)


@pytest.mark.parametrize("gap", [None, DAY])
def test_a_client_is_contradicted_when_nothing_runs_at_the_time_that_it_tells(gap: timedelta | None) -> None:
    told = Rhythm(BERLIN, 2 * HOUR, told_next=NOW + DAY, told_gap=gap, learned=learned())
    assert contradicts(told, Source.TOLD)
    assert not contradicts(replace(told, learned=learned("daily 13:30")), Source.TOLD)


def test_a_client_that_leaves_out_the_weekend_tells_the_monday_and_is_not_contradicted() -> None:
    # 2 February is a Monday.
    monday = datetime(2026, 2, 2, 23, 0, tzinfo=BERLIN)
    known = Rhythm(
        BERLIN, 2 * HOUR, told_next=monday, told_gap=DAY, learned=learned("weekdays 23:00", gap=DAY)
    )
    assert not contradicts(known, Source.TOLD)


def test_a_schedule_of_the_agent_is_contradicted() -> None:
    known = Rhythm(BERLIN, 2 * HOUR, collected=parse_schedule("daily 23:00"), learned=learned())
    assert contradicts(known, Source.COLLECTED)


def test_an_interval_from_the_end_of_a_run_goes_on_from_there() -> None:
    found = learned("every 24h from 2026-01-05T00:00Z", counts_from=CountsFrom.END, gap=DAY)
    times = times_learned(found, BERLIN, NOW - HOUR, NOW)
    assert times(NOW) == NOW + DAY
    assert times(NOW + DAY) == NOW + 2 * DAY
