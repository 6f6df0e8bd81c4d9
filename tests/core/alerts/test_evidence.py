"""The arithmetic of evidence: expected and missed runs, gaps, ages of the newest copy; small cases, and properties."""

from datetime import UTC, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.alerts.evidence import (
    Gap,
    Ran,
    Rule,
    Slot,
    ages,
    gaps,
    joined,
    late,
    missed,
    repairs,
    slots,
)
from duplistat.core.schedule import EVERY_DAY, Weekly
from duplistat.core.times import to_ms

HOUR, DAY = 3_600_000, 86_400_000
BEGIN = to_ms(datetime(2026, 11, 1, tzinfo=UTC))
UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
DAILY = Weekly(EVERY_DAY, (time(2),))
NIGHT = 2 * HOUR


def daily(days: int = 5, *, zone: ZoneInfo = UTC_ZONE, begin: int = BEGIN) -> Rule:
    return Rule(begin, begin + days * DAY, DAILY, zone, grace_ms=HOUR)


def ran(day: float, status: str = "success", *, hours: float = 0.5, partial: bool = False) -> Ran:
    """A run on a day of the span, at 02:00."""
    at = BEGIN + round(day * DAY) + NIGHT
    return Ran(round(day * 100) + 1, at, at + round(hours * HOUR), status, partial=partial)


def test_a_night_without_a_run_is_missed() -> None:
    runs = [ran(0), ran(1), ran(3), ran(4)]
    found = slots([daily()], runs, [], BEGIN + 6 * DAY)
    assert [slot.run for slot in found] == [1, 101, None, 301, 401]
    assert [slot.at for slot in missed(found)] == [BEGIN + 2 * DAY + NIGHT]


def test_a_run_that_is_late_or_early_is_the_run_of_its_time() -> None:
    runs = [ran(0.3), ran(0.98), ran(2)]
    found = slots([daily(3)], runs, [], BEGIN + 6 * DAY)
    assert missed(found) == []
    assert late(found, runs) == 1


def test_a_run_of_two_days_stands_for_all_times_within_it() -> None:
    found = slots([daily(4)], [ran(0, hours=50), ran(3)], [], BEGIN + 6 * DAY)
    assert missed(found) == []


def test_what_is_not_due_yet_and_what_falls_into_a_pause_is_not_expected() -> None:
    quiet = [(BEGIN + DAY, BEGIN + 3 * DAY)]
    found = slots([daily()], [], quiet, BEGIN + 4 * DAY + NIGHT)
    assert [slot.at for slot in found] == [BEGIN + NIGHT, BEGIN + 3 * DAY + NIGHT]


def test_a_schedule_that_changed_counts_for_its_own_time() -> None:
    rules = [daily(2), Rule(BEGIN + 2 * DAY, BEGIN + 5 * DAY, None, UTC_ZONE, 0)]
    assert len(slots(rules, [], [], BEGIN + 9 * DAY)) == 2


def test_the_night_of_an_autumn_change_is_expected_once() -> None:
    begin = to_ms(datetime(2026, 10, 24, 12, tzinfo=UTC))
    found = slots([daily(3, zone=BERLIN, begin=begin)], [], [], begin + 9 * DAY)
    assert [f"{datetime.fromtimestamp(slot.at / 1000, UTC):%d %H}" for slot in found] == [
        "25 00",
        "26 01",
        "27 01",
    ]


def test_a_gap_goes_from_the_first_bad_run_to_the_next_good_one() -> None:
    runs = [ran(0), ran(1, "fatal"), ran(2, "error"), ran(4, "warning")]
    found = gaps(runs, slots([daily()], runs, [], BEGIN + 9 * DAY))
    assert found == [Gap(BEGIN + DAY + NIGHT, BEGIN + 4 * DAY + NIGHT, "failed", 101, 2, 1, "")]
    assert repairs(found) == (3 * DAY, 3 * DAY)


def test_a_gap_that_lasts_has_no_end_and_is_no_repair() -> None:
    found = gaps([ran(0)], slots([daily(2)], [ran(0)], [], BEGIN + 9 * DAY))
    assert found == [Gap(BEGIN + DAY + NIGHT + HOUR, None, "missed", None, 0, 1, "")]
    assert repairs(found) == (None, None)


def test_a_partial_run_ends_no_gap() -> None:
    (gap,) = gaps([ran(0, "fatal"), ran(1, partial=True)], [])
    assert (gap.end, gap.failed) == (None, 2)


def test_the_copy_is_as_old_as_the_start_of_its_run_and_there_when_it_ended() -> None:
    found = ages([ran(0, hours=1), ran(1, hours=1)], None, BEGIN, BEGIN + 2 * DAY)
    # From 03:00 on the first day on; its start is 25 hours old when the second one has ended.
    assert (found.longest, found.without) == (25 * HOUR, 3 * HOUR)
    assert found.known == 2 * DAY - 3 * HOUR


def test_a_copy_from_before_counts_and_without_any_nothing_is_known() -> None:
    before = Ran(9, BEGIN - 10 * HOUR, BEGIN - 9 * HOUR, "success")
    assert ages([], before, BEGIN, BEGIN + DAY).longest == 34 * HOUR
    nothing = ages([], None, BEGIN, BEGIN + DAY)
    assert (nothing.longest, nothing.p95, nothing.known, nothing.without) == (None, None, 0, DAY)


spans = st.lists(
    st.tuples(st.integers(-40, 120), st.integers(0, 12)).map(
        lambda it: Ran(it[0], it[0], it[0] + it[1], "success")
    ),
    max_size=12,
    unique_by=lambda run: run.at,
).map(lambda runs: sorted(runs, key=lambda run: run.at))


@given(spans)
def test_ages_are_those_that_one_sees_who_looks_each_moment(runs: list[Ran]) -> None:
    earlier = [run for run in runs if run.at < 0]
    found = ages([run for run in runs if run.at >= 0], earlier[-1] if earlier else None, 0, 100)
    known = earlier[-1:] + [run for run in runs if run.at >= 0]
    seen = []
    for moment in range(100):
        there = [run.at for run in known if run.ended_at <= moment]
        if there:
            seen.append(moment - max(there))
    assert (found.known, found.without) == (len(seen), 100 - len(seen))
    if seen:
        # Each moment stands for the one that follows: an age grows by 1 within it.
        assert found.longest == max(seen) + 1
        assert found.p95 is not None
        assert sum(age < found.p95 for age in seen) * 100 >= 95 * len(seen)
        assert sum(age + 1 < found.p95 for age in seen) * 100 <= 95 * len(seen)
    else:
        assert found.longest is None


statuses = st.sampled_from(["success", "warning", "error", "fatal", "interrupted"])


@given(st.lists(st.tuples(st.integers(0, 29), statuses), unique_by=lambda it: it[0]), st.integers(1, 30))
def test_each_expected_time_has_a_run_or_is_missed_and_each_bad_one_is_in_a_gap(
    made: list[tuple[int, str]], days: int
) -> None:
    runs = [ran(day, status) for day, status in sorted(made) if day < days]
    found = slots([daily(days)], runs, [], BEGIN + 99 * DAY)
    assert len(found) == days
    assert len(missed(found)) == days - len(runs)
    stretches = gaps(runs, found)
    assert sum(gap.missed for gap in stretches) == len(missed(found))
    assert sum(gap.failed for gap in stretches) == sum(not run.restorable for run in runs)
    assert all(gap.end is not None for gap in stretches[:-1])
    assert all(one.end <= two.begin for one, two in pairwise(stretches) if one.end)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_joined_times_have_the_same_moments_and_do_not_touch(times: list[tuple[int, int]]) -> None:
    found = joined(times, 10, 40)
    inside = {moment for first, last in times for moment in range(max(first, 10), min(last, 40))}
    assert {moment for first, last in found for moment in range(first, last)} == inside
    assert all(one[1] < two[0] for one, two in pairwise(found))


def test_nothing_is_expected_of_a_job_without_a_schedule() -> None:
    empty: list[Slot] = slots([Rule(BEGIN, BEGIN + DAY, None, UTC_ZONE, 0)], [ran(0)], [], BEGIN + DAY)
    assert empty == []


def test_a_rhythm_that_counts_from_each_run_misses_what_stays_away_and_not_what_drifts() -> None:
    drifting = [ran(0), ran(1.1), ran(2.2), ran(5.3)]
    rule = Rule(BEGIN, BEGIN + 6 * DAY, None, UTC_ZONE, 6 * HOUR, gap_ms=DAY)
    found = slots([rule], drifting, [], BEGIN + 9 * DAY)
    assert [slot.run for slot in found] == [111, 221, None, None, 531]
