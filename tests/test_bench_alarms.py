"""The made-up fleets are what their patterns say, and who plays them counts rightly."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench.alarms import fleets, played
from bench.alarms.fleets import Life, life, lives
from bench.alarms.holidays import easter
from bench.alarms.patterns import PATTERNS, Pattern
from bench.alarms.pure import play
from bench.alarms.result import Alarm, by_pattern, outcome_of, table
from bench.result import Bench

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIVE_AND_TOLD = ("a long run each Saturday, live status", "told by the client, runs by hand besides")
NAMED = {pattern.name: pattern for pattern in PATTERNS}


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_life_is_healthy_until_it_stops(pattern: Pattern) -> None:
    one = life(pattern, 1)
    assert one == life(pattern, 1)
    assert len(one.runs) >= 12
    assert all(run.start < run.end < run.arrives for run in one.runs)
    assert [run.arrives for run in one.runs] == sorted(run.arrives for run in one.runs)
    assert len({run.start for run in one.runs}) == len(one.runs)
    last = max(run.start for run in one.runs)
    assert last < one.missing <= last + max(4 * one.gap, 4 * DAY)
    assert all(since < until <= one.runs[-1].arrives for since, until in one.surprises)


def test_names_are_told_apart_and_chosen_by() -> None:
    assert len(NAMED) == len(PATTERNS)
    assert {one.pattern for one in lives("laptop", range(2))} == {name for name in NAMED if "laptop" in name}


def test_lives_begin_on_every_weekday_unless_one_is_named() -> None:
    first = {life(NAMED["daily"], seed, 60).runs[0].start.weekday() for seed in range(40)}
    assert first == set(range(7))
    monday = [life(NAMED["weekdays, from a Monday on"], seed, 60) for seed in range(8)]
    assert {one.runs[0].start.astimezone(one.zone).weekday() for one in monday} == {0}


@pytest.mark.parametrize("name", ["six-hourly by the wall clock", "daily at a fixed UTC time"])
def test_the_clocks_change_within_each_life(name: str) -> None:
    for seed in range(3):
        one = life(NAMED[name], seed)
        assert len({run.start.astimezone(one.zone).utcoffset() for run in one.runs}) == 2
    assert {life(NAMED[name], seed).zone.key for seed in range(3)} == {
        "Europe/Berlin",
        "America/New_York",
        "Australia/Sydney",
    }


def test_the_wall_clock_and_utc_are_kept() -> None:
    by_wall, by_utc = (
        life(NAMED["six-hourly by the wall clock"], 0),
        life(NAMED["daily at a fixed UTC time"], 0),
    )
    hours = {run.start.astimezone(by_wall.zone).hour for run in by_wall.runs}
    # A time that the change in spring skips comes an hour later.
    assert len(hours) in (4, 5)
    assert len({run.start.strftime("%H:%M") for run in by_utc.runs}) == 1


def test_a_part_of_days_is_skipped() -> None:
    one = life(NAMED["home desktop, absent on 10 %"], 0, 300)
    assert 0.85 < len(one.runs) / 300 < 0.95


def test_reports_come_back_after_our_own_absence() -> None:
    one = life(NAMED["our own server away, hourly"], 0)
    assert one.away
    for since, until in one.away:
        assert not [run for run in one.runs if since <= run.arrives < until]
        assert [run for run in one.runs if until <= run.arrives < until + HOUR and run.end < until]


def test_a_week_of_absence_is_one_surprise() -> None:
    one = life(NAMED["a week of absence"], 0)
    ((since, until),) = one.surprises
    assert until - since > 7 * DAY
    assert max(later.start - earlier.start for earlier, later in pairwise(one.runs)) > 7 * DAY


def test_a_run_tells_of_the_next_one_that_nobody_starts_by_hand() -> None:
    one = life(NAMED["told by the client, runs by hand besides"], 0)
    scheduled = [run for run in one.runs if run.tells]
    assert 0 < len(one.runs) - len(scheduled) < 0.2 * len(one.runs)
    starts = [run.start for run in scheduled[1:]] + [one.missing]
    assert [run.tells for run in scheduled] == [start.replace(second=0) for start in starts]


def test_easter_is_where_it_is() -> None:
    assert [easter(year) for year in (2024, 2025, 2026, 2027)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
    ]


def test_a_daily_job_raises_no_false_alarm_and_its_stop_is_heard_of_after_its_grace() -> None:
    outcome = play(life(NAMED["daily"], 0, 60))
    assert outcome.false == []
    assert outcome.delay is not None
    assert 2 / 24 <= outcome.delay < 0.2


def test_an_alarm_counts_as_false_as_a_surprise_or_as_the_stop() -> None:
    one = _three_days()
    first, second, third = one.runs

    def alarm(at_hours: float, after: int) -> Alarm:
        return Alarm(first.start + at_hours * HOUR, one.runs[after], one.runs[after].start, None, "")

    outcome = outcome_of(one, [alarm(23, 0), alarm(47, 1), alarm(72 + 12, 2)])
    assert [each.after for each in outcome.false] == [second]
    assert (outcome.surprised, outcome.delay) == (1, 0.5)
    assert outcome_of(one, []).delay is None
    # Too late to be of use to anybody.
    assert outcome_of(one, [alarm(72 + 61 * 24, 2)]).delay is None
    # Before the run was missing at all: false, and heard of all the same.
    early = outcome_of(one, [alarm(50, 2)])
    assert ([each.after for each in early.false], early.delay) == ([third], 0)


def test_the_table_sums_up() -> None:
    one = _three_days()
    after = one.runs[1]
    outcomes = [outcome_of(one, []), outcome_of(one, [Alarm(after.end + HOUR, after, after.start, None, "")])]
    (counted,) = by_pattern(outcomes)
    assert (counted.runs, counted.false, counted.stops, counted.missed) == (6, 1, 2, 2)
    assert counted.per_thousand == pytest.approx(166.67, abs=0.01)
    assert "| daily   | 6    | 1     | 166.7     | 0 of 2    | 2     | 2      |" in table([counted])


@pytest.mark.parametrize(
    "name", ["daily", "laptop, weekdays, absent on 7 %", "our own server away", *LIVE_AND_TOLD]
)
def test_the_services_say_what_the_learner_says(name: str, tmp_path: Path) -> None:
    one = life(NAMED[name], 3, 10 if "live" in name else 30)
    by_learner = play(one)
    (by_services,) = played.play_in(tmp_path, [one])
    assert len(by_services.false) == len(by_learner.false)
    assert by_services.delay == pytest.approx(by_learner.delay, abs=0.01)
    if by_services.false:
        assert by_services.false[0].after == by_learner.false[0].after
        assert "Overdue by" in next(by_services.shown())


def test_a_quick_bench_counts_every_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleets, "PATTERNS", (NAMED["weekly"], NAMED["daily"]))
    bench = Bench(tmp_path, quick=True)
    played.measure(bench)
    assert [(row.group, row.what.partition(":")[0], row.wanted) for row in bench.rows] == [
        ("alarms", "daily", "< 1"),
        ("alarms", "daily", "0"),
        ("alarms", "weekly", "< 1"),
        ("alarms", "weekly", "0"),
    ]
    assert any(note.startswith("| weekly ") for note in bench.notes)


def _three_days() -> Life:
    one = life(NAMED["daily"], 0, 60)
    runs = one.runs[:3]
    start = runs[0].start
    surprises = ((runs[0].arrives, runs[1].arrives),)
    return Life("daily", 0, ZoneInfo("UTC"), 2 * HOUR, DAY, runs, start + 3 * DAY, surprises)
