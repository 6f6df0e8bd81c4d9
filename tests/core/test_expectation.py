"""What is expected next, from which knowledge, and when it is overdue."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.expectation import Expected, Rhythm, Source, expected_after, following, next_expected, why
from duplistat.core.learned import CountsFrom, Learned
from duplistat.core.schedule_text import parse_schedule

ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def by_hand(text: str) -> Rhythm:
    return Rhythm(ZONE, HOUR, set_schedule=parse_schedule(text))


def learned(text: str, minutes: int, runs: int = 23) -> Learned:
    spread = timedelta(minutes=minutes)
    return Learned(parse_schedule(text), spread, runs, late=spread, early=2 * spread, slots=runs)


def at(rhythm: Rhythm, last: str) -> str:
    expected = expected_after(rhythm, moment(last), LONG_AGO)
    return expected.at.strftime("%m-%d %H:%M") if expected.at else ""


# 2024-01-01 is a Monday.
SET = [
    ("daily 14:00", "2024-01-03T14:00:09Z", "01-04 14:00"),
    ("daily 14:00", "2024-01-03T22:00Z", "01-04 14:00"),
    ("daily 14:00", "2024-01-04T13:59Z", "01-05 14:00"),
    ("daily 14:00", "2024-01-04T13:45Z", "01-05 14:00"),
    ("daily 14:00", "2024-01-04T13:44Z", "01-04 14:00"),
    ("daily 05:30", "2024-01-04T04:00Z", "01-04 05:30"),
    ("mon 14:00", "2024-01-01T14:00Z", "01-08 14:00"),
    ("mon 14:00", "2024-01-04T22:00Z", "01-08 14:00"),
    ("weekdays 08:00", "2024-01-05T08:00Z", "01-08 08:00"),
    ("every 6h from 2024-01-01T08:00Z", "2024-01-05T20:00Z", "01-06 02:00"),
    ("every 90m from 2024-01-01T08:00Z", "2024-01-01T08:00Z", "01-01 09:30"),
    ("every 10m from 2024-01-01T08:00Z", "2024-01-01T08:08:59Z", "01-01 08:10"),
    ("every 10m from 2024-01-01T08:00Z", "2024-01-01T08:09Z", "01-01 08:20"),
    ("every 36h from 2024-01-01T08:00Z", "2024-01-01T08:00Z", "01-02 20:00"),
    ("monthly 31 08:00", "2024-01-31T08:00Z", "02-29 08:00"),
    ("unplanned", "2024-01-01T08:00Z", ""),
]


@pytest.mark.parametrize(("text", "last", "expected"), SET)
def test_a_set_schedule_is_not_shifted_by_early_or_extra_runs(text: str, last: str, expected: str) -> None:
    assert at(by_hand(text), last) == expected


def test_the_first_run_that_did_not_come_is_expected_however_long_ago() -> None:
    assert at(by_hand("daily 14:00"), "2023-05-01T14:00Z") == "05-02 14:00"


def test_a_job_that_never_ran_is_expected_since_its_schedule_counts() -> None:
    expected = expected_after(by_hand("daily 14:00"), None, moment("2024-01-01T13:59Z"))
    assert expected == Expected(moment("2024-01-01T14:00Z"), moment("2024-01-01T15:00Z"), Source.SET)


def test_grace_is_added_in_absolute_time() -> None:
    rhythm = Rhythm(BERLIN, 2 * HOUR, set_schedule=parse_schedule("daily 01:30"))
    expected = expected_after(rhythm, moment("2026-03-28T01:30+01:00"), LONG_AGO)
    assert expected.at == moment("2026-03-29T01:30+01:00")
    assert expected.due == moment("2026-03-29T04:30+02:00")


def test_unplanned_is_never_due() -> None:
    assert expected_after(by_hand("unplanned"), None, LONG_AGO) == Expected(None, None, Source.SET)


TOLD = [
    ("2026-01-27T02:00Z", "01-28 02:00"),
    ("2026-01-28T01:59:59Z", "01-28 02:00"),
    ("2026-01-28T02:00Z", "01-29 02:00"),
    ("2026-01-28T17:00Z", "01-29 02:00"),
    ("2026-01-30T02:05Z", "01-31 02:00"),
]


@pytest.mark.parametrize(("last", "expected"), TOLD)
def test_a_told_run_is_only_met_by_one_that_starts_no_earlier(last: str, expected: str) -> None:
    told = Rhythm(ZONE, HOUR, told_next=moment("2026-01-28T02:00Z"), told_gap=timedelta(days=1))
    assert at(told, last) == expected


def test_told_days_keep_the_time_of_day_when_clocks_change() -> None:
    told = Rhythm(BERLIN, HOUR, told_next=moment("2026-03-28T04:00+01:00"), told_gap=timedelta(days=1))
    expected = expected_after(told, moment("2026-03-28T04:00+01:00"), LONG_AGO)
    assert expected.at == moment("2026-03-29T04:00+02:00")


@pytest.mark.parametrize("gap", [None, timedelta(seconds=59)])
def test_told_without_a_gap_falls_back_once_it_is_met(gap: timedelta | None) -> None:
    told = moment("2026-01-28T02:00Z")
    alone = Rhythm(ZONE, HOUR, told_next=told, told_gap=gap)
    taught = Rhythm(ZONE, HOUR, told_next=told, told_gap=gap, learned=learned("daily 02:00", 6))
    assert expected_after(alone, None, LONG_AGO).at == told
    assert expected_after(alone, told, LONG_AGO) == Expected(None, None, Source.NONE)
    assert expected_after(taught, told, LONG_AGO).source is Source.LEARNED
    assert following(taught, told).at == moment("2026-01-29T02:00Z")


LEARNED = [
    (6, "2026-01-28T00:59Z", "01-28 02:00"),
    (6, "2026-01-28T01:00Z", "01-29 02:00"),
    (45, "2026-01-28T00:30Z", "01-29 02:00"),
    (45, "2026-01-28T00:29Z", "01-28 02:00"),
    (600, "2026-01-27T13:59Z", "01-28 02:00"),
]


@pytest.mark.parametrize(("spread", "last", "expected"), LEARNED)
def test_a_learned_run_may_start_as_early_as_it_is_used_to(spread: int, last: str, expected: str) -> None:
    assert at(Rhythm(ZONE, HOUR, learned=learned("daily 02:00", spread)), last) == expected


def test_a_learned_run_is_due_after_grace_and_spread() -> None:
    rhythm = Rhythm(ZONE, HOUR, learned=learned("daily 02:00", 6))
    expected = expected_after(rhythm, moment("2026-01-27T02:03Z"), LONG_AGO)
    assert expected.due == moment("2026-01-28T03:06Z")


def test_a_job_that_skips_times_is_due_after_as_many_as_it_may_skip() -> None:
    rhythm = Rhythm(ZONE, HOUR, learned=replace(learned("weekdays 18:00", 30), in_a_row=3))
    monday, wednesday = moment("2026-01-26T18:10Z"), moment("2026-01-28T18:00Z")
    expected = expected_after(rhythm, monday, LONG_AGO)
    assert (expected.at, expected.due) == (moment("2026-01-27T18:00Z"), moment("2026-01-29T19:30Z"))
    # Once it is overdue each time counts, and the list of the next ones says when each would be.
    assert following(rhythm, moment("2026-01-27T18:00Z")).due == wednesday + 1.5 * HOUR
    assert [each.due for each in next_expected(rhythm, wednesday, 2)] == [
        moment("2026-01-30T19:30Z"),
        moment("2026-02-02T19:30Z"),
    ]


@pytest.mark.parametrize(("counts_from", "due"), [("start", "29 08:00"), ("end", "29 11:00")])
def test_what_is_learned_by_the_stopwatch_counts_from_the_latest_run(counts_from: str, due: str) -> None:
    every = replace(learned("every 6h from 2020-01-01T00:00Z", 0), counts_from=CountsFrom(counts_from))
    rhythm = Rhythm(ZONE, HOUR, learned=every)
    start = moment("2026-01-29T01:00Z")
    assert waited(expected_after(rhythm, start, LONG_AGO, last_end=start + 3 * HOUR))[1] == due


def test_the_next_ones_of_what_counts_from_the_latest_run_begin_with_the_expected_one() -> None:
    interval = replace(learned("every 1d from 2024-01-01T00:00Z", 6), counts_from=CountsFrom("end"))
    for known, step in (
        (interval, timedelta(days=1)),
        (Learned(None, timedelta(0), 9, longest=timedelta(days=12)), timedelta(days=12)),
    ):
        rhythm = Rhythm(ZONE, HOUR, learned=known)
        first = moment("2024-01-11T03:40Z")
        found = next_expected(rhythm, first, 3)
        assert [each.at for each in found] == [first, first + step, first + 2 * step]
        assert [each.due for each in found] == [
            at + HOUR + known.late for at in (first, first + step, first + 2 * step)
        ]


def test_a_limit_counts_from_the_end_of_the_run_before_and_keeps_no_time_of_day() -> None:
    rhythm, start = by_hand("within 25h"), moment("2024-01-03T02:00Z")
    assert waited(expected_after(rhythm, start, LONG_AGO)) == ("04 03:00", "04 04:00")
    expected = expected_after(rhythm, start, LONG_AGO, last_end=start + 2 * HOUR)
    assert waited(expected) == ("04 05:00", "04 06:00")
    assert expected.at is not None
    assert waited(following(rhythm, expected.at))[0] == "05 06:00"
    nexts = [each.at for each in next_expected(rhythm, expected.at, 2)]
    assert nexts == [expected.at, expected.at + 25 * HOUR]


@pytest.mark.parametrize("knows", ["set_schedule", "collected", "learned", "told"])
def test_a_run_covers_each_time_until_its_end(knows: str) -> None:
    told: dict[str, Any] = {"told_next": moment("2026-01-30T02:00Z"), "told_gap": 24 * HOUR}
    daily = learned("daily 02:00", 0) if knows == "learned" else parse_schedule("daily 02:00")
    rhythm = replace(Rhythm(ZONE, HOUR), **(told if knows == "told" else {knows: daily}))
    start = moment("2026-01-29T02:00Z")
    assert waited(expected_after(rhythm, start, LONG_AGO, last_end=start + 28 * HOUR))[0] == "31 02:00"


@pytest.mark.parametrize(
    ("change", "latest", "due"),
    [
        # By UTC, the same job would come an hour later on the clock of spring, and is not late then.
        ("spring", "2026-03-28T02:30+01:00", "2026-03-29T05:00+02:00"),
        ("autumn", "2026-10-24T02:30+02:00", "2026-10-25T05:00+01:00"),
    ],
)
def test_until_a_change_of_the_clocks_was_seen_it_may_come_by_either_clock(
    change: str, latest: str, due: str
) -> None:
    rhythm = Rhythm(BERLIN, HOUR, learned=replace(learned("daily 03:00", 0), clocks_open=True))
    expected = expected_after(rhythm, moment(latest) + HOUR / 2, LONG_AGO)
    assert expected.due == moment(due)
    closed = replace(rhythm, learned=learned("daily 03:00", 0))
    usual = expected_after(closed, moment(latest) + HOUR / 2, LONG_AGO).due
    assert usual is not None
    assert expected.due == usual + HOUR


def test_a_job_without_a_rhythm_is_due_after_its_longest_silence() -> None:
    silent = Learned(None, timedelta(0), 9, longest=timedelta(days=12))
    rhythm = Rhythm(ZONE, HOUR, learned=silent)
    last = moment("2026-01-29T02:00Z")
    assert waited(expected_after(rhythm, last, LONG_AGO)) == ("10 02:00", "10 03:00")
    assert why(rhythm, Source.LEARNED) == (
        "no regular times in 9 runs: overdue after 12 days without a run (a guess)"
    )


def test_days_of_the_week_that_were_not_seen_yet_are_left_out() -> None:
    every = replace(
        learned("every 6h from 2020-01-01T00:00Z", 0),
        counts_from=CountsFrom.START,
        weekdays=frozenset({0, 1, 2}),
        gap=6 * HOUR,
    )
    # From Wednesday 20:00 on, next on Monday.
    expected = expected_after(Rhythm(ZONE, HOUR, learned=every), moment("2026-01-28T20:00Z"), LONG_AGO)
    assert waited(expected)[0] == "02 02:00"


def test_a_person_goes_before_the_client_and_the_client_before_what_was_learned() -> None:
    told, known = moment("2026-01-28T02:00Z"), learned("daily 04:00", 6)
    last = moment("2026-01-27T12:00Z")
    all_three = Rhythm(ZONE, HOUR, parse_schedule("daily 06:00"), told, None, known)
    assert expected_after(all_three, last, LONG_AGO).source is Source.SET
    assert expected_after(Rhythm(ZONE, HOUR, None, told, None, known), last, LONG_AGO).source is Source.TOLD
    assert (
        expected_after(Rhythm(ZONE, HOUR, None, None, None, known), last, LONG_AGO).source is Source.LEARNED
    )
    assert expected_after(Rhythm(ZONE, HOUR), last, LONG_AGO) == Expected(None, None, Source.NONE)


def test_after_a_missed_run_comes_the_next() -> None:
    assert following(by_hand("mon 14:00"), moment("2024-01-01T14:00Z")).at == moment("2024-01-08T14:00Z")
    told = Rhythm(ZONE, HOUR, told_next=moment("2026-01-28T02:00Z"), told_gap=6 * HOUR)
    assert following(told, moment("2026-01-28T02:00Z")).at == moment("2026-01-28T08:00Z")


def test_the_next_ones_begin_with_the_expected_one() -> None:
    first = moment("2026-01-28T02:00Z")
    found = next_expected(by_hand("daily 02:00"), first, 2)
    assert [(e.at, e.due) for e in found] == [
        (moment("2026-01-28T02:00Z"), moment("2026-01-28T03:00Z")),
        (moment("2026-01-29T02:00Z"), moment("2026-01-29T03:00Z")),
    ]
    told = Rhythm(ZONE, HOUR, told_next=first, learned=learned("daily 02:00", 6))
    assert [e.source for e in next_expected(told, first, 3)] == [Source.TOLD, Source.LEARNED, Source.LEARNED]
    assert next_expected(by_hand("unplanned"), first, 5) == []


def test_why_says_how_we_know() -> None:
    told = moment("2026-01-28T01:00Z")
    rhythm = Rhythm(
        BERLIN, HOUR, parse_schedule("daily 02:00"), told, timedelta(days=1), learned("daily 02:00", 6)
    )
    assert why(rhythm, Source.SET) == "set by hand: every day at 02:00"
    assert why(rhythm, Source.TOLD) == "from Duplicati's schedule: next run 28 Jan 02:00, then every day"
    assert (
        why(Rhythm(BERLIN, HOUR, told_next=told), Source.TOLD)
        == "from Duplicati's schedule: next run 28 Jan 02:00"
    )
    assert why(rhythm, Source.LEARNED) == "learned from 23 runs: every day at 02:00 ± 6 min (very sure)"
    unknown = "no schedule known yet: duplistat learns one after four runs, or set one"
    assert why(rhythm, Source.NONE) == unknown
    assert why(Rhythm(BERLIN, HOUR), Source.SET) == unknown


def test_the_end_of_the_calendar_is_no_accident() -> None:
    end = datetime.max.replace(tzinfo=UTC)
    told = Rhythm(BERLIN, HOUR, told_next=end, told_gap=HOUR)
    assert expected_after(told, None, LONG_AGO) == Expected(end, end, Source.TOLD)
    assert expected_after(told, end, LONG_AGO) == Expected(None, None, Source.TOLD)
    assert why(told, Source.TOLD) == "from Duplicati's schedule: next run 31 Dec 23:59, then every hour"


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda when: when.replace(tzinfo=UTC))
texts = st.sampled_from(
    [
        "daily 02:30",
        "mon,thu 02:30,14:00",
        "monthly last 02:30",
        "every 6h from 2019-01-01T00:00Z",
        "cron 5 4 * * *",
    ]
)


@given(texts, moments, st.booleans())
def test_what_is_expected_moves_forward(text: str, last: datetime, known: bool) -> None:
    rhythm = (
        Rhythm(BERLIN, HOUR, learned=learned(text, 9))
        if known
        else Rhythm(BERLIN, HOUR, parse_schedule(text))
    )
    expected = expected_after(rhythm, last, LONG_AGO)
    assert expected.at is not None
    assert expected.at > last
    later = following(rhythm, expected.at)
    assert later.at is not None
    assert later.at > expected.at
    # A run at the expected time leads to the very next one.
    assert expected_after(rhythm, expected.at, LONG_AGO) == later


def test_what_was_collected_stands_between_what_was_set_and_what_was_told() -> None:
    rhythm = Rhythm(
        ZONE,
        HOUR,
        told_next=moment("2024-01-02T03:00Z"),
        told_gap=24 * HOUR,
        learned=learned("daily 04:00", 5),
        collected=parse_schedule("daily 02:00"),
    )
    expected = expected_after(rhythm, moment("2024-01-01T02:00Z"), LONG_AGO)
    assert expected == Expected(moment("2024-01-02T02:00Z"), moment("2024-01-02T03:00Z"), Source.COLLECTED)
    assert why(rhythm, Source.COLLECTED) == "from Duplicati's schedule: every day at 02:00"
    assert (
        at(replace(rhythm, set_schedule=parse_schedule("daily 01:00")), "2024-01-01T02:00Z") == "01-02 01:00"
    )


def test_a_run_a_little_before_a_collected_time_is_the_run_of_it() -> None:
    rhythm = Rhythm(ZONE, HOUR, collected=parse_schedule("daily 14:00"))
    assert at(rhythm, "2024-01-04T13:50Z") == "01-05 14:00"


def quiet(text: str, *times: tuple[str, str]) -> Rhythm:
    return replace(by_hand(text), quiet=tuple((moment(start), moment(end)) for start, end in times))


NIGHT = ("2024-01-04T01:00Z", "2024-01-04T05:00Z")


def waited(expected: Expected) -> tuple[str, str]:
    assert expected.at is not None
    assert expected.due is not None
    return f"{expected.at:%d %H:%M}", f"{expected.due:%d %H:%M}"


@pytest.mark.parametrize(
    ("schedule", "last", "waited_for"),
    [
        # In the window: at its end, with all the grace.
        ("daily 02:00", "2024-01-03T02:00Z", ("04 05:00", "04 06:00")),
        # Waited for when it begins: what was left of the grace is left at its end.
        ("daily 00:30", "2024-01-03T00:30Z", ("04 00:30", "04 05:30")),
        # Before and after it nothing is otherwise.
        ("daily 00:00", "2024-01-03T00:00Z", ("04 00:00", "04 01:00")),
        ("daily 05:00", "2024-01-03T05:00Z", ("04 05:00", "04 06:00")),
        # A run in the window is the run of its time.
        ("daily 02:00", "2024-01-04T02:00Z", ("05 02:00", "05 03:00")),
        ("daily 02:00", "2024-01-04T01:50Z", ("05 02:00", "05 03:00")),
        # What was missed before it is overdue as ever.
        ("daily 02:00", "2024-01-01T02:00Z", ("02 02:00", "02 03:00")),
    ],
)
def test_a_quiet_time_puts_off_what_is_expected_in_it(
    schedule: str, last: str, waited_for: tuple[str, str]
) -> None:
    assert waited(expected_after(quiet(schedule, NIGHT), moment(last), LONG_AGO)) == waited_for


def test_one_quiet_time_after_another_puts_it_off_again() -> None:
    rhythm = quiet("daily 02:00", NIGHT, ("2024-01-04T04:00Z", "2024-01-04T09:00Z"))
    assert waited(expected_after(rhythm, moment("2024-01-03T02:00Z"), LONG_AGO)) == ("04 09:00", "04 10:00")


def test_a_told_run_without_a_rhythm_is_not_forgotten_in_a_quiet_time() -> None:
    told = Rhythm(ZONE, HOUR, told_next=moment("2024-01-04T02:00Z"), quiet=quiet("unplanned", NIGHT).quiet)
    assert waited(expected_after(told, moment("2024-01-03T02:00Z"), LONG_AGO)) == ("04 05:00", "04 06:00")


def test_a_quiet_time_that_begins_while_a_learned_run_is_waited_for_puts_it_off_in_the_list_too() -> None:
    rhythm = Rhythm(ZONE, HOUR, learned=learned("daily 00:30", 0), quiet=quiet("daily 00:30", NIGHT).quiet)
    expected = expected_after(rhythm, moment("2024-01-03T00:30Z"), LONG_AGO)
    assert expected.at is not None
    assert waited(expected) == ("04 00:30", "04 05:30")
    assert waited(next_expected(rhythm, expected.at, 1)[0]) == ("04 00:30", "04 05:30")


def test_times_in_a_quiet_time_come_once_and_then_the_schedule_goes_on() -> None:
    rhythm = quiet("every 1h from 2024-01-01T00:00Z", NIGHT)
    first = expected_after(rhythm, moment("2024-01-04T00:00Z"), LONG_AGO)
    assert waited(first)[0] == "04 05:00"
    assert waited(following(rhythm, moment("2024-01-04T05:00Z")))[0] == "04 06:00"
    assert first.at is not None
    listed = [waited(one)[0] for one in next_expected(rhythm, first.at, 3)]
    assert listed == ["04 05:00", "04 06:00", "04 07:00"]


def test_what_was_put_off_stands_first_of_the_next_ones() -> None:
    rhythm = quiet("daily 02:00", NIGHT)
    assert [waited(one) for one in next_expected(rhythm, moment("2024-01-04T05:00Z"), 2)] == [
        ("04 05:00", "04 06:00"),
        ("05 02:00", "05 03:00"),
    ]


# A schedule that is set after a run.


@pytest.mark.parametrize(
    ("schedule", "ran", "set_at", "at"),
    [
        ("daily 02:00", "2024-01-02T01:58Z", "2024-01-02T01:59Z", "2024-01-03T02:00Z"),
        ("daily 02:00", "2024-01-02T01:01Z", "2024-01-02T01:30Z", "2024-01-03T02:00Z"),
        ("daily 02:00", "2024-01-02T02:03Z", "2024-01-02T02:20Z", "2024-01-03T02:00Z"),
        ("daily 02:30", "2024-01-02T02:03Z", "2024-01-02T02:20Z", "2024-01-03T02:30Z"),
        ("daily 02:00", "2024-01-02T00:59Z", "2024-01-02T01:30Z", "2024-01-02T02:00Z"),
        ("daily 02:00", "2024-01-01T02:03Z", "2024-01-02T01:59Z", "2024-01-02T02:00Z"),
        ("monthly 2 02:00", "2024-01-02T01:30Z", "2024-01-02T01:40Z", "2024-02-02T02:00Z"),
        ("cron 0 * * * *", "2024-01-02T01:40Z", "2024-01-02T01:50Z", "2024-01-02T03:00Z"),
        ("cron 0 * * * *", "2024-01-02T01:20Z", "2024-01-02T01:50Z", "2024-01-02T02:00Z"),
        ("cron */10 * * * *", "2024-01-02T01:52Z", "2024-01-02T01:53Z", "2024-01-02T02:00Z"),
    ],
)
def test_a_run_of_the_hour_in_which_its_schedule_is_set_counts(
    schedule: str, ran: str, set_at: str, at: str
) -> None:
    rhythm = Rhythm(ZoneInfo("UTC"), HOUR, parse_schedule(schedule))
    assert expected_after(rhythm, None, moment(set_at), moment(ran)).at == moment(at)


def test_a_run_after_its_schedule_was_set_counts_only_shortly_before_its_time() -> None:
    rhythm = Rhythm(ZoneInfo("UTC"), HOUR, parse_schedule("daily 02:00"))
    early = moment("2024-01-02T01:30Z")
    assert expected_after(rhythm, early, LONG_AGO).at == moment("2024-01-02T02:00Z")
