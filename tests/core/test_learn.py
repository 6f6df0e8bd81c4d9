"""Rhythms learned from runs, how patient each of them is, and the cases in which nothing may be said."""

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.learn import learn
from duplistat.core.learn_runs import Ran
from duplistat.core.learned import CountsFrom, Learned, Sureness, from_dict, to_dict
from duplistat.core.learned_times import first_time
from duplistat.core.learned_words import skips, sureness, words
from duplistat.core.schedule import Interval, Weekly, upcoming
from duplistat.core.schedule_text import parse_schedule, write_schedule
from duplistat.core.times import to_ms

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# A Sunday.
BEGIN = "2026-01-04T12:00+01:00"


def starts(text: str, count: int, after: str = BEGIN, late: int = 20) -> list[datetime]:
    """Runs by a schedule, each up to `late` seconds after its time."""
    chance = random.Random(text)
    found = upcoming(parse_schedule(text), BERLIN, datetime.fromisoformat(after), count)
    return [at + timedelta(seconds=chance.randint(0, late)) for at in found]


def ran(begins: Iterable[datetime], length: timedelta = 5 * MINUTE) -> list[Ran]:
    return [Ran(to_ms(begin), to_ms(begin + length)) for begin in begins]


def taught(begins: Iterable[datetime], zone: ZoneInfo = BERLIN) -> Learned:
    learned = learn(ran(begins), zone)
    assert learned is not None
    return learned


def rhythm(begins: Iterable[datetime], zone: ZoneInfo = BERLIN) -> str:
    """What is learned: the schedule as text, without where an interval begins."""
    learned = learn(ran(begins), zone)
    if learned is None:
        return "nothing"
    return write_schedule(learned.schedule).split(" from ")[0] if learned.schedule else "no rhythm"


def overdue(begins: list[datetime], zone: ZoneInfo = BERLIN) -> str:
    """When the job would be overdue after these runs, grace apart."""
    due = first_time(taught(begins, zone), zone, begins[-1], begins[-1] + 5 * MINUTE)[1]
    assert due is not None
    return f"{due.astimezone(zone):%a %d %b %H:%M}"


RHYTHMS = [
    ("daily 02:00", 8),
    ("daily 02:00", 30),
    ("daily 00:00", 30),
    ("daily 02:00,14:00", 20),
    ("daily 02:00,03:30", 20),
    ("daily 08:00,12:00,18:00", 30),
    ("weekdays 08:00,12:00,18:00", 40),
    ("weekdays 22:30", 5),
    ("weekdays 22:30", 30),
    ("weekdays 22:00; sat 10:00", 30),
    ("mon 14:00", 4),
    ("mon 14:00", 20),
    ("mon,wed,fri 02:00", 12),
    ("tue,sun 02:00", 12),
    ("monthly 15 03:00", 4),
    ("monthly 30 03:00", 6),
    ("monthly last 03:00", 6),
    ("monthly first sun 03:00", 5),
    ("monthly last fri 03:00", 8),
    ("every 7h from 2026-01-01T00:00Z", 60),
    ("every 36h from 2026-01-01T00:00Z", 30),
    ("every 2d from 2026-01-01T00:00Z", 12),
    ("every 2w from 2026-01-01T00:00Z", 12),
    ("every 4w from 2026-01-01T00:00Z", 12),
]


@pytest.mark.parametrize(("text", "count"), RHYTHMS)
def test_a_rhythm_is_learned_from_its_runs(text: str, count: int) -> None:
    learned = taught(starts(text, count))
    assert learned.schedule is not None
    assert write_schedule(learned.schedule).split(" from ")[0] == text.split(" from ")[0]
    assert (learned.runs, learned.slots, learned.spread, learned.in_a_row) == (count, count, MINUTE, 1)


def test_hours_of_a_day_are_learned_with_their_nights() -> None:
    hours = ",".join(f"{hour:02}:00" for hour in range(8, 19))
    assert rhythm(starts("cron 0 8-18 * * mon-fri", 60)) == f"weekdays {hours}"
    assert overdue(starts("cron 0 8-18 * * mon-fri", 55)) == "Mon 12 Jan 08:05"


def test_what_runs_all_day_is_an_interval() -> None:
    assert rhythm(starts("every 15m from 2026-01-01T00:00Z", 400)) == "every 15m"


def hours_of(begins: Iterable[datetime]) -> list[Ran]:
    """The first run of each hour."""
    return ran({begin.replace(minute=0, second=0): begin for begin in reversed(list(begins))}.values())


def test_a_job_that_runs_each_minute_is_expected_each_minute_on_all_days() -> None:
    begins = starts("every 1m from 2026-01-01T00:00Z", 24 * 60 * 16, late=5)
    learned = learn(ran(begins[-400:], MINUTE / 2), BERLIN, hours_of(begins))
    assert learned is not None
    assert isinstance(learned.schedule, Interval)
    assert (learned.schedule.every, learned.in_a_row, len(learned.weekdays)) == (MINUTE, 1, 7)


def test_so_is_one_of_office_hours_but_not_at_night() -> None:
    begins = starts("cron */5 8-17 * * mon-fri", 12 * 10 * 12, late=5)
    learned = learn(ran(begins[-400:]), BERLIN, hours_of(begins))
    assert learned is not None
    due = first_time(learned, BERLIN, begins[-1], begins[-1] + MINUTE)[1]
    assert due is not None
    assert f"{begins[-1].astimezone(BERLIN):%a %H:%M}" == "Tue 17:55"
    assert f"{due.astimezone(BERLIN):%a %H}" == "Wed 08"


# Never from too little.


def test_three_runs_are_too_few_and_repeats_do_not_count() -> None:
    runs = starts("daily 02:00", 3)
    assert rhythm([*runs, *runs]) == "nothing"
    assert rhythm([]) == "nothing"


def test_runs_within_a_day_are_no_rhythm() -> None:
    assert rhythm(starts("every 20m from 2026-01-01T00:00Z", 5)) == "nothing"
    assert rhythm(starts("every 1h from 2026-01-01T00:00Z", 19)) == "nothing"


@pytest.mark.parametrize("count", [4, 5])
def test_a_weekday_that_was_never_seen_is_not_expected(count: int) -> None:
    # From a Monday on: no weekend yet, and on the fourth day no Friday either.
    assert overdue(starts("weekdays 22:30", count)) == "Mon 12 Jan 22:35"


def test_a_free_weekend_is_one_and_its_end_is_noticed_in_week_two() -> None:
    assert overdue(starts("weekdays 22:30", 10)) == "Mon 19 Jan 22:35"


def test_every_other_day_is_not_taken_for_some_weekdays() -> None:
    runs = starts("every 2d from 2026-01-08T22:43Z", 4, after="2026-01-07T12:00+01:00")
    # Each of the weekdays on which it ran was seen once: none of the others is expected yet.
    assert overdue(runs) == "Thu 22 Jan 23:48"


def test_a_saturday_on_which_somebody_tried_something_is_not_expected() -> None:
    runs = sorted([*starts("weekdays 22:30", 20), datetime(2026, 1, 10, 21, 30, tzinfo=UTC)])
    assert rhythm(runs) == "weekdays 22:30"


def test_sureness_is_earned() -> None:
    assert taught(starts("daily 02:00", 8)).sureness is Sureness.GUESS
    assert taught(starts("daily 02:00", 16)).sureness is Sureness.FAIRLY_SURE
    assert taught(starts("daily 02:00", 40)).sureness is Sureness.VERY_SURE
    assert sureness(taught(starts("mon 02:00", 8))) == "very sure"


# How patient: what is skipped, and how late runs come.


def test_a_server_that_never_skips_is_overdue_after_the_first() -> None:
    assert taught(starts("daily 02:00", 20)).in_a_row == 1


def test_a_laptop_that_skips_one_weekday_in_fourteen_is_overdue_after_three() -> None:
    runs = [run for number, run in enumerate(starts("weekdays 18:00", 84, late=1800)) if number % 14 != 7]
    learned = taught(runs)
    assert (learned.runs, learned.slots, learned.in_a_row) == (78, 84, 3)
    assert skips(learned) == "skips about one weekday in 14; overdue after 3 in a row"
    assert overdue(runs)[:3] == "Tue"


def test_a_machine_that_people_use_is_waited_for_longer_before_it_skipped_anything() -> None:
    assert taught(starts("weekdays 12:00", 15)).in_a_row == 4
    assert taught(starts("daily 20:00", 20, late=3 * 3600)).in_a_row > 1


def test_one_long_silence_is_news_and_two_are_a_habit() -> None:
    runs = starts("daily 05:30", 60)
    once = taught(runs[:14] + runs[26:])
    assert (write_schedule(once.schedule) if once.schedule else "", once.in_a_row) == ("daily 05:30", 2)
    twice = taught(runs[:14] + runs[20:40] + runs[46:])
    assert twice.in_a_row == 7


def test_how_late_runs_come_and_how_long_they_take_is_waited_for() -> None:
    runs = ran(starts("daily 02:00", 40, late=3600), 3 * HOUR)
    learned = learn(runs, BERLIN)
    assert learned is not None
    assert timedelta(hours=3, minutes=25) < learned.late < 5 * HOUR


def test_reports_that_come_late_now_and_then_are_waited_for() -> None:
    runs = [
        run._replace(reported=run.start + (6 * 3_600_000 if number % 20 == 9 else 300_000))
        for number, run in enumerate(ran(starts("daily 02:00", 60)))
    ]
    learned = learn(runs, BERLIN)
    assert learned is not None
    assert (learned.spread, learned.in_a_row) == (MINUTE, 1)
    assert 6 * HOUR < learned.late < 7 * HOUR


# Clocks.


@pytest.mark.parametrize("after", ["2026-03-20T12:00+01:00", "2026-10-18T12:00+02:00"])
@pytest.mark.parametrize("count", [10, 16, 30])
def test_a_job_by_the_clock_on_the_wall_keeps_its_time_of_day(after: str, count: int) -> None:
    learned = taught(starts("daily 02:00", count, after=after))
    assert (learned.schedule, learned.zone) == (parse_schedule("daily 02:00"), None)


@pytest.mark.parametrize("after", ["2026-03-14T12:00+01:00", "2026-10-10T12:00+02:00"])
@pytest.mark.parametrize("count", [18, 30])
def test_a_job_at_a_fixed_time_of_utc_is_told_apart_once_the_clocks_have_changed(
    after: str, count: int
) -> None:
    found = upcoming(parse_schedule("daily 03:00"), UTC_ZONE, datetime.fromisoformat(after), count)
    learned = taught(found)
    assert (learned.schedule, learned.zone) == (parse_schedule("daily 03:00"), "UTC")


def test_until_then_either_may_be_meant() -> None:
    assert taught(starts("daily 02:00", 20)).clocks_open
    assert not taught(starts("daily 02:00", 20), UTC_ZONE).clocks_open


def test_a_job_by_the_clock_of_another_zone_is_found() -> None:
    found = upcoming(
        parse_schedule("daily 22:00"), ZoneInfo("America/New_York"), datetime(2026, 3, 1, tzinfo=UTC), 20
    )
    assert taught(found, UTC_ZONE).zone == "America/New_York"


def test_midnight_is_in_the_middle_of_its_neighbours() -> None:
    learned = taught(
        at + (-2 * MINUTE if n % 2 else 2 * MINUTE) for n, at in enumerate(starts("daily 00:00", 20))
    )
    assert isinstance(learned.schedule, Weekly)
    assert learned.schedule.times[0] in (time(23, 58), time(0, 2))
    assert 4 * MINUTE <= learned.spread < 5 * MINUTE


# Changes, runs by hand, and no rhythm.


def test_runs_by_hand_do_not_shift_it() -> None:
    runs = starts("daily 05:30", 25)
    extra = [runs[3] - 90 * MINUTE, runs[9] + 9 * HOUR, runs[16] + 13 * HOUR, runs[-1] + 4 * HOUR]
    assert rhythm(runs + extra) == "daily 05:30"
    weekly = starts("mon 14:00", 6)
    assert rhythm([*weekly, weekly[-1] + timedelta(days=3, hours=8)]) == "mon 14:00"


def test_a_slower_rhythm_is_seen_after_two_periods_and_does_not_alarm_by_the_old_one_meanwhile() -> None:
    before = starts("daily 02:00", 30)
    weekly = starts("mon 02:00", 3, after="2026-02-03T12:00+01:00")
    assert rhythm(before + weekly) == "mon 02:00"
    late = overdue(before + weekly[:2])
    assert late in ("Wed 25 Feb 01:40", "Sat 28 Feb 02:42")


def test_earlier_runs_become_the_rhythm() -> None:
    before = starts("daily 11:30", 40)
    earlier = starts("daily 05:30", 4, after="2026-02-14T00:00+01:00")
    assert rhythm(before + earlier).endswith("05:30")


def test_it_may_count_from_the_end_of_the_last_run() -> None:
    chance, at, runs = random.Random(7), datetime(2026, 1, 5, 2, tzinfo=UTC), []
    for _ in range(40):
        end = at + timedelta(minutes=chance.randint(10, 70))
        runs.append(Ran(to_ms(at), to_ms(end)))
        at = end + DAY
    learned = learn(runs, BERLIN)
    assert learned is not None
    assert (learned.counts_from, learned.in_a_row) == (CountsFrom.END, 1)
    assert isinstance(learned.schedule, Interval)
    assert learned.schedule.every == DAY
    assert words(learned) == "learned from 40 runs: every day after the end of the last run ± 1 min"


@pytest.mark.parametrize("count", [12, 20, 40, 120])
def test_without_a_rhythm_a_job_is_overdue_after_more_than_its_longest_silence(count: int) -> None:
    rhythms = 0
    for seed in range(20):
        chance, at, runs = random.Random(seed), datetime(2026, 1, 5, tzinfo=UTC), []
        for _ in range(count):
            at += chance.expovariate(1) * DAY * 2
            runs.append(at)
        learned = taught(runs)
        if learned.schedule is not None:
            rhythms += 1
            continue
        longest = max(later - earlier for earlier, later in pairwise(runs))
        assert learned.longest is not None
        assert learned.longest > 0.3 * longest
        assert learned.sureness is Sureness.GUESS
    assert rhythms <= 2


def test_impossible_times_are_passed_over() -> None:
    nonsense = [Ran(-62_135_596_800_000, None), Ran(253_402_300_799_000, None)]
    assert learn(nonsense + ran(starts("daily 02:00", 10)), BERLIN) == taught(starts("daily 02:00", 10))


# Words and JSON.


@pytest.mark.parametrize(
    ("learned", "sentence"),
    [
        (
            Learned(parse_schedule("daily 02:00"), 6 * MINUTE, 23),
            "learned from 23 runs: every day at 02:00 ± 6 min",
        ),
        (
            Learned(parse_schedule("daily 13:00"), 4 * HOUR, 23),
            "learned from 23 runs: every day at 13:00 ± 4 h",
        ),
        (
            Learned(parse_schedule("every 6h from 2026-01-01T00:00Z"), MINUTE, 23),
            "learned from 23 runs: every 6 hours ± 1 min",
        ),
        (
            Learned(parse_schedule("daily 02:00"), MINUTE, 23, zone="UTC"),
            "learned from 23 runs: every day at 02:00 (UTC) ± 1 min",
        ),
    ],
)
def test_it_is_said_in_words(learned: Learned, sentence: str) -> None:
    assert words(learned) == sentence


def test_skips_are_said_in_words() -> None:
    learned = Learned(parse_schedule("daily 02:00"), MINUTE, 20, slots=20)
    assert skips(learned) == "skips none; overdue after the first missed run"
    patient = Learned(parse_schedule("daily 02:00"), MINUTE, 20, slots=20, in_a_row=2)
    assert skips(patient) == "skipped none of 20 times so far; overdue after 2 in a row"


@pytest.mark.parametrize(
    "text",
    ["daily 02:00", "every 6h from 2026-01-01T00:00Z", "monthly last 02:00", "cron 0 8-18 * * mon-fri"],
)
def test_it_survives_json(text: str) -> None:
    learned = taught(starts(text, 44, late=200))
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


@settings(deadline=None, max_examples=50)
@given(any_starts, st.sampled_from([BERLIN, UTC_ZONE, ZoneInfo("Australia/Lord_Howe")]))
def test_any_starts_give_something_sound_or_nothing(runs: list[datetime], zone: ZoneInfo) -> None:
    learned = learn(ran(runs), zone)
    if learned is not None:
        assert 3 <= learned.runs <= 60
        assert learned.in_a_row >= 1
        assert (learned.schedule is None) == (learned.longest is not None)
        assert from_dict(to_dict(learned)) == learned
        at, due = first_time(learned, zone, max(runs), max(runs))
        assert at is not None
        assert due is not None
        assert max(runs) < at <= due


@settings(deadline=None, max_examples=50)
@given(
    st.times(),
    st.integers(15, 40),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.lists(st.integers(0, 300), min_size=40, max_size=40),
)
def test_daily_runs_are_daily_on_any_date_at_any_time(
    at: time, count: int, after: datetime, late: list[int]
) -> None:
    planned = upcoming(parse_schedule(f"daily {at:%H:%M}"), BERLIN, after.replace(tzinfo=UTC), count)
    learned = taught(run + timedelta(seconds=late[n]) for n, run in enumerate(planned))
    assert isinstance(learned.schedule, Weekly)
    assert len(learned.schedule.days) == 7
    median = datetime.combine(datetime(2026, 1, 1), learned.schedule.times[0])
    shift = (median - datetime.combine(datetime(2026, 1, 1), at.replace(second=0, microsecond=0))) % DAY
    assert shift <= 5 * MINUTE
    assert learned.spread <= 5 * MINUTE
