"""What a person may type, what is stored, and what is said back."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duplistat.core.schedule import (
    LAST,
    Cron,
    Interval,
    Monthly,
    MonthlyNth,
    Schedule,
    Timetable,
    Unplanned,
    Weekly,
)
from duplistat.core.schedule_text import describe, parse_schedule, write_schedule

ANCHOR = datetime(2026, 1, 5, 2, tzinfo=UTC)
FROM = "from 2026-01-05T02:00Z"

TYPED = [
    # typed, kept, said
    ("every 6h", f"every 6h {FROM}", "every 6 hours"),
    ("every 90m", f"every 90m {FROM}", "every 90 minutes"),
    ("Every 60 minutes", f"every 1h {FROM}", "every hour"),
    ("every hour", f"every 1h {FROM}", "every hour"),
    ("every 1d12h", f"every 36h {FROM}", "every 36 hours"),
    ("every 90 s", f"every 90s {FROM}", "every 90 seconds"),
    ("every 14 days", f"every 2w {FROM}", "every 2 weeks"),
    ("every 400d", f"every 400d {FROM}", "every 400 days"),
    ("every 2d from 2026-02-01T02:00Z", "every 2d from 2026-02-01T02:00Z", "every 2 days"),
    ("every 2d from 2026-02-01 03:00+01:00", "every 2d from 2026-02-01T02:00Z", "every 2 days"),
    ("every 2d from 2026-02-01t02:00:07z", "every 2d from 2026-02-01T02:00:07Z", "every 2 days"),
    ("within 25h", "within 25h", "at most 1 d 1 h after the run before"),
    ("Within 1 day", "within 1d", "at most 1 d after the run before"),
    ("daily 02:00", "daily 02:00", "every day at 02:00"),
    ("  DAILY   at 2:00 , 14:00 ", "daily 02:00,14:00", "every day at 02:00 and 14:00"),
    ("daily 14:00,02:00,14:00,20:00", "daily 02:00,14:00,20:00", "every day at 02:00, 14:00 and 20:00"),
    ("weekdays 22:30", "weekdays 22:30", "Monday to Friday at 22:30"),
    ("mon-fri 02:00", "weekdays 02:00", "Monday to Friday at 02:00"),
    ("Monday - Thursday 02:00", "mon,tue,wed,thu 02:00", "Monday to Thursday at 02:00"),
    ("fri,mon,wed 02:00", "mon,wed,fri 02:00", "Monday, Wednesday and Friday at 02:00"),
    ("sat-mon 02:00", "mon,sat,sun 02:00", "Monday, Saturday and Sunday at 02:00"),
    ("weekends 02:00", "sat,sun 02:00", "Saturday and Sunday at 02:00"),
    ("tuesday 02:00", "tue 02:00", "every Tuesday at 02:00"),
    ("mon-sun 02:00", "daily 02:00", "every day at 02:00"),
    ("monthly 1 02:00", "monthly 1 02:00", "on the 1st of the month at 02:00"),
    ("monthly 22nd 02:00", "monthly 22 02:00", "on the 22nd of the month at 02:00"),
    ("monthly 31 02:00", "monthly 31 02:00", "on the 31st of the month (or its last day) at 02:00"),
    ("monthly last 01:00", "monthly last 01:00", "on the last day of the month at 01:00"),
    ("monthly second tue 03:00", "monthly second tue 03:00", "on the second Tuesday of the month at 03:00"),
    (
        "monthly 2nd Tuesday at 3:00",
        "monthly second tue 03:00",
        "on the second Tuesday of the month at 03:00",
    ),
    ("monthly last fri 02:00", "monthly last fri 02:00", "on the last Friday of the month at 02:00"),
    ("cron 0 2 * * mon-fri", "cron 0 2 * * mon-fri", "at 02:00 on Monday through Friday"),
    ("CRON  0 2 * *  MON, FRI", "cron 0 2 * * mon,fri", "at 02:00 on Monday and Friday"),
    (
        "sat 10:00 ; Weekdays 22:00",
        "weekdays 22:00; sat 10:00",
        "Monday to Friday at 22:00 and every Saturday at 10:00",
    ),
    ("unplanned", "unplanned", "manual job"),
    ("not planned", "unplanned", "manual job"),
]


@pytest.mark.parametrize(("typed", "kept", "said"), TYPED)
def test_what_is_typed_is_kept_and_said_back(typed: str, kept: str, said: str) -> None:
    schedule = parse_schedule(typed, anchor=ANCHOR)
    assert write_schedule(schedule) == kept
    assert describe(schedule) == said


def test_text_means_a_schedule() -> None:
    assert parse_schedule("mon,wed 02:00,14:30") == Weekly(frozenset({0, 2}), (time(2), time(14, 30)))
    assert parse_schedule("monthly last 02:00") == Monthly(LAST, time(2))
    assert parse_schedule("monthly fifth sun 02:00") == MonthlyNth(5, 6, time(2))
    assert parse_schedule(f"every 6h {FROM}") == Interval(timedelta(hours=6), ANCHOR)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("every day at 02:00", "daily 02:00"),
        ("every night 02:00", "daily 02:00"),
        ("Every weekday at 03:00, 15:00", "weekdays 03:00,15:00"),
        ("every weekend 03:00", "weekends 03:00"),
        ("every monday at 02:00", "mon 02:00"),
        ("every mon-fri 02:00", "weekdays 02:00"),
    ],
)
def test_a_schedule_is_understood_as_people_say_it(text: str, same: str) -> None:
    assert parse_schedule(text) == parse_schedule(same)


WRONG = [
    ("", "the schedule is empty"),
    ("dayly 02:00", '"dayly 02:00" does not begin with daily'),
    ("mon- 02:00", "does not begin with"),
    ("daily", '"daily" needs times of day'),
    ("daily 02:00 14:00", '"daily" needs times of day'),
    ("daily 25:00", '"25:00" is not a time of day'),
    ("daily 02:60", '"02:60" is not a time of day'),
    ("daily 02:00,", '"" is not a time of day'),
    ("every day at 25:00", '"25:00" is not a time of day'),
    ("every", '"" is not a length of time'),
    ("every now and then", '"now and then" is not a length of time'),
    ("every 5x", '"x" is not a unit of time'),
    ("every 30s", '"30s" is not between 1 minute and 400 days'),
    ("every 401d", '"401d" is not between 1 minute and 400 days'),
    ("every 999999999w", "is not between 1 minute and 400 days"),
    ("every 0h", '"0h" is not between'),
    ("every 6h", "does not say when it begins"),
    ("every 6h from 2026-01-05T02:00", '"2026-01-05t02:00" is not a date, time and zone'),
    ("every 6h from yesterday", '"yesterday" is not a date, time and zone'),
    ("monthly 32 02:00", '"32 02:00" is not a day'),
    ("monthly sixth tue 02:00", '"sixth tue 02:00" is not a day'),
    ("monthly 1", '"1" is not a day'),
    ("cron 0 99 * * *", r'"0 99 \* \* \*" is not a cron expression \(bad hour\)'),
    ("cron 0 2 * *", r"it needs five fields"),
    ("cron 0 0 30 2 *", r"bad day-of-month"),
    ("daily 02:00; every 6h", "does not say when it begins"),
    ("daily 02:00; monthly 1 02:00", "only times of day on weekdays can be put together"),
    ("daily 02:00;", "only times of day on weekdays can be put together"),
    ("daily " + "02:00," * 50, "at most 200 characters"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_an_error_says_what_is_wrong_and_gives_an_example(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        parse_schedule(text)
    example = str(caught.value).split('write for example "')[1].rstrip('"')
    parse_schedule(example, anchor=ANCHOR)


times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
schedules: st.SearchStrategy[Schedule] = st.one_of(
    st.builds(
        Interval,
        st.integers(60, 400 * 86400).map(lambda seconds: timedelta(seconds=seconds)),
        st.datetimes().map(lambda at: at.replace(tzinfo=UTC, fold=0)),
    ),
    st.builds(
        Weekly,
        st.frozensets(st.integers(0, 6), min_size=1),
        st.lists(times, min_size=1, max_size=9).map(tuple),
    ),
    st.builds(Monthly, st.sampled_from([LAST, *range(1, 32)]), times),
    st.builds(MonthlyNth, st.sampled_from([LAST, 1, 2, 3, 4, 5]), st.integers(0, 6), times),
    st.builds(lambda at: Cron(f"{at.minute} */2 {at.hour + 1} * *"), times),
    st.just(Unplanned()),
    st.lists(
        st.builds(Weekly, st.frozensets(st.integers(0, 6), min_size=1), times.map(lambda at: (at,))),
        min_size=2,
        max_size=4,
    ).map(lambda parts: Timetable(tuple(parts))),
)


@given(schedules)
def test_what_is_written_reads_back_the_same(schedule: Schedule) -> None:
    text = write_schedule(schedule)
    assert parse_schedule(text) == schedule
    assert write_schedule(parse_schedule(text.upper())) == text


WORDS = ["every", "daily", "mon-fri", "cron", "monthly", "6h", "02:00", "from", "*", "last", "1"]


@given(st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_a_schedule_or_a_value_error(text: str) -> None:
    try:
        schedule = parse_schedule(text, anchor=ANCHOR)
    except ValueError:
        return
    assert parse_schedule(write_schedule(schedule)) == schedule
