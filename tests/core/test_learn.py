"""Rhythms learned from starts, and the cases in which nothing may be said."""

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core import learn as learning
from duplistat.core.learn import Learned, Ran, from_dict, sureness, to_dict, words
from duplistat.core.schedule import Interval, Weekly, upcoming
from duplistat.core.schedule_text import parse_schedule, write_schedule

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def starts(text: str, count: int, after: str = "2026-01-04T12:00+01:00", late: int = 0) -> list[datetime]:
    """Runs by a schedule, each up to `late` seconds after its time."""
    chance = random.Random(text)
    found = upcoming(parse_schedule(text), BERLIN, datetime.fromisoformat(after), count)
    return [at + timedelta(seconds=chance.randint(0, late)) for at in found]


def learn(runs: Iterable[datetime], zone: ZoneInfo) -> Learned | None:
    """What is learned of runs of which the starts are known alone."""
    return learning.learn([Ran((at - EPOCH) // timedelta(milliseconds=1), None) for at in runs], zone)


def said(runs: Iterable[datetime], zone: ZoneInfo = BERLIN) -> str:
    """What is learned: the schedule as text, without where an interval begins."""
    learned = learn(runs, zone)
    return write_schedule(learned.schedule).split(" from ")[0] if learned else "nothing"


RHYTHMS = [
    ("daily 02:00", 4, "daily 02:00"),
    ("daily 02:00", 30, "daily 02:00"),
    ("daily 00:00", 30, "daily 00:00"),
    ("daily 02:00,14:00", 20, "daily 02:00,14:00"),
    ("daily 02:00,03:30", 20, "daily 02:00,03:30"),
    ("daily 08:00,12:00,18:00", 30, "daily 08:00,12:00,18:00"),
    ("weekdays 08:00,12:00,18:00", 40, "weekdays 08:00,12:00,18:00"),
    ("weekdays 22:30", 11, "weekdays 22:30"),
    ("weekdays 22:30", 30, "weekdays 22:30"),
    ("mon 14:00", 4, "mon 14:00"),
    ("mon 14:00", 20, "mon 14:00"),
    ("mon,wed,fri 02:00", 12, "mon,wed,fri 02:00"),
    ("tue,sun 02:00", 12, "tue,sun 02:00"),
    ("monthly 15 03:00", 4, "monthly 15 03:00"),
    ("monthly 30 03:00", 6, "monthly 30 03:00"),
    ("monthly last 03:00", 6, "monthly last 03:00"),
    ("every 15m from 2026-01-01T00:00Z", 30, "every 15m"),
    ("every 1h from 2026-01-01T00:00Z", 4, "every 1h"),
    ("every 6h from 2026-01-01T00:00Z", 30, "every 6h"),
    ("every 7h from 2026-01-01T00:00Z", 30, "every 7h"),
    ("every 36h from 2026-01-01T00:00Z", 30, "every 36h"),
    ("every 2d from 2026-01-01T00:00Z", 12, "every 2d"),
    ("every 2w from 2026-01-01T00:00Z", 12, "every 2w"),
    ("every 4w from 2026-01-01T00:00Z", 12, "every 4w"),
]


@pytest.mark.parametrize(("text", "count", "rhythm"), RHYTHMS)
def test_a_rhythm_is_learned_from_its_runs(text: str, count: int, rhythm: str) -> None:
    assert said(starts(text, count, late=20)) == rhythm
    learned = learn(starts(text, count, late=20), BERLIN)
    assert learned is not None
    assert (learned.runs, learned.spread) == (count, MINUTE)


@pytest.mark.parametrize("count", range(6, 11))
def test_a_free_weekend_is_not_judged_before_it_was_seen_twice(count: int) -> None:
    assert said(starts("weekdays 22:30", count)) == "nothing"


def test_three_runs_are_too_few_and_duplicates_do_not_count() -> None:
    runs = starts("daily 02:00", 3)
    assert said([*runs, *runs]) == "nothing"
    assert said([]) == "nothing"


def test_order_does_not_matter_and_only_the_last_forty_do() -> None:
    runs = starts("daily 02:00", 45) + starts("daily 05:00", 40, after="2026-06-01T12:00+02:00")
    random.Random(1).shuffle(runs)
    learned = learn(runs, BERLIN)
    assert learned is not None
    assert words(learned) == "learned from 40 runs: daily 05:00 ± 1 min"


def test_manual_runs_do_not_shift_it() -> None:
    runs = starts("daily 05:30", 25)
    extra = [runs[3] - 90 * MINUTE, runs[9] + 9 * HOUR, runs[16] + 13 * HOUR, runs[-1] + 4 * HOUR]
    assert said(runs + extra) == "daily 05:30"
    weekly = starts("mon 14:00", 6)
    assert said([*weekly, weekly[-1] + timedelta(days=3, hours=8)]) == "mon 14:00"


def test_a_manual_run_does_not_become_the_start_of_an_interval() -> None:
    runs = starts("every 6h from 2026-01-01T00:00Z", 20)
    learned = learn([*runs, runs[4] + 2 * HOUR, runs[-1] + 2.3 * HOUR], BERLIN)
    assert learned is not None
    assert learned.schedule == Interval(6 * HOUR, runs[-1])


@pytest.mark.parametrize(
    "text", ["daily 05:30", "mon 14:00", "weekdays 22:30", "every 6h from 2026-01-01T00:00Z"]
)
def test_one_long_silence_does_not_change_it(text: str) -> None:
    runs = starts(text, 36)
    assert said(runs[:14] + runs[26:]) == said(runs)


@pytest.mark.parametrize("after", ["2026-03-20T12:00+01:00", "2026-10-18T12:00+02:00"])
@pytest.mark.parametrize("count", [10, 16, 30])
def test_a_clock_change_keeps_the_time_of_day(after: str, count: int) -> None:
    learned = learn(starts("daily 02:00", count, after=after, late=20), BERLIN)
    assert learned is not None
    assert write_schedule(learned.schedule) == "daily 02:00"
    assert learned.spread == MINUTE


def test_midnight_is_in_the_middle_of_its_neighbours() -> None:
    midnight = starts("daily 00:00", 20)
    learned = learn([at + (-2 * MINUTE if n % 2 else 2 * MINUTE) for n, at in enumerate(midnight)], BERLIN)
    assert learned is not None
    assert isinstance(learned.schedule, Weekly)
    assert learned.schedule.times[0] in (time(23, 58), time(0, 2))
    assert learned.spread == 4 * MINUTE


def test_a_new_schedule_is_learned_from_the_runs_since() -> None:
    before = starts("daily 02:00", 30)
    assert said(before + starts("daily 04:30", 3, after="2026-02-03T12:00+01:00")) == "daily 02:00"
    assert said(before + starts("daily 04:30", 5, after="2026-02-03T12:00+01:00")) == "daily 04:30"
    assert said(before + starts("mon 02:00", 10, after="2026-02-03T12:00+01:00")) == "mon 02:00"


def test_an_interval_that_drifts_is_as_long_as_its_gaps() -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    assert said(first + n * timedelta(hours=6, minutes=10) for n in range(20)) == "every 370m"


def test_office_hours_are_not_an_interval() -> None:
    assert said(starts("cron 0 8-18 * * *", 40)) == "nothing"
    assert said(starts("cron 0 8-18 * * *", 15)) == "nothing"


@pytest.mark.parametrize("count", [4, 5, 8, 12, 20, 40])
def test_chance_is_no_rhythm(count: int) -> None:
    learned = 0
    for seed in range(50):
        chance, at, runs = random.Random(seed), datetime(2026, 1, 5, tzinfo=UTC), []
        for _ in range(count):
            at += chance.expovariate(1) * DAY
            runs.append(at)
        learned += learn(runs, BERLIN) is not None
    assert learned <= 2


def test_runs_at_any_hour_of_the_working_day_are_daily_with_a_wide_spread() -> None:
    runs = starts("daily 08:00", 30, late=8 * 3600)
    learned = learn(runs, BERLIN)
    assert learned is not None
    assert isinstance(learned.schedule, Weekly)
    assert 2 * HOUR < learned.spread < 5 * HOUR
    assert sureness(learned) == "fairly sure"


def test_impossible_times_are_passed_over() -> None:
    nonsense = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    assert said(nonsense + starts("daily 02:00", 10)) == "daily 02:00"


@pytest.mark.parametrize(
    ("text", "minutes", "confidence", "sentence", "sure"),
    [
        ("daily 02:00", 6, 0.95, "learned from 23 runs: daily 02:00 ± 6 min", "very sure"),
        ("daily 13:00", 240, 0.65, "learned from 23 runs: daily 13:00 ± 4 h", "fairly sure"),
        ("every 6h from 2026-01-01T00:00Z", 1, 0.5, "learned from 23 runs: every 6 hours ± 1 min", "a guess"),
    ],
)
def test_it_is_said_in_words(text: str, minutes: int, confidence: float, sentence: str, sure: str) -> None:
    learned = Learned(parse_schedule(text), timedelta(minutes=minutes), 23, confidence)
    assert (words(learned), sureness(learned)) == (sentence, sure)


@pytest.mark.parametrize("text", ["daily 02:00", "every 6h from 2026-01-01T00:00Z", "monthly last 02:00"])
def test_it_survives_json(text: str) -> None:
    learned = learn(starts(text, 12, late=200), BERLIN)
    assert learned is not None
    assert from_dict(json.loads(json.dumps(to_dict(learned)))) == learned


@pytest.mark.parametrize(
    "data", [{}, {"schedule": "daily 02:00", "spread_seconds": "6", "runs": 1, "confidence": 1}]
)
def test_anything_else_in_json_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a learned rhythm has"):
        from_dict(data)


any_starts = st.lists(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
    | st.integers(0, 400).map(lambda day: datetime(2025, 1, 1, 1, tzinfo=UTC) + day * DAY),
    max_size=60,
)


@settings(deadline=None)
@given(any_starts, st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("Australia/Lord_Howe")]))
def test_any_starts_give_something_sound_or_nothing(runs: list[datetime], zone: ZoneInfo) -> None:
    learned = learn(runs, zone)
    if learned is not None:
        assert 4 <= learned.runs <= 40
        assert MINUTE <= learned.spread <= 6 * HOUR
        assert 0 < learned.confidence <= 1
        assert from_dict(to_dict(learned)) == learned


@settings(deadline=None)
@given(
    st.times(),
    st.integers(8, 40),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.lists(st.integers(0, 300), min_size=40, max_size=40),
)
def test_daily_runs_are_daily_on_any_date_at_any_time(
    at: time, count: int, after: datetime, late: list[int]
) -> None:
    planned = upcoming(parse_schedule(f"daily {at:%H:%M}"), BERLIN, after.replace(tzinfo=UTC), count)
    learned = learn([run + timedelta(seconds=late[n]) for n, run in enumerate(planned)], BERLIN)
    assert learned is not None
    assert isinstance(learned.schedule, Weekly)
    assert len(learned.schedule.days) == 7
    median = datetime.combine(datetime(2026, 1, 1), learned.schedule.times[0])
    shift = (median - datetime.combine(datetime(2026, 1, 1), at.replace(second=0, microsecond=0))) % DAY
    assert shift <= 5 * MINUTE
    assert learned.spread <= 5 * MINUTE
