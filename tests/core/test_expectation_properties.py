"""What holds of every alarm: it never comes before grace is over, silence never ends it, and what is set is exact."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from random import Random
from zoneinfo import ZoneInfo

from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.expectation import EARLY, Expected, Rhythm, Source, expected_after, following
from duplistat.core.learn import learn
from duplistat.core.learn_runs import Ran
from duplistat.core.learned import Learned
from duplistat.core.schedule import Cron, Schedule, upcoming
from duplistat.core.schedule_text import parse_schedule
from duplistat.core.times import to_ms

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
SET = [
    "daily 02:30",
    "weekdays 22:30",
    "mon,thu 02:30,14:00",
    "monthly last 02:30",
    "monthly first sun 03:00",
    "every 6h from 2019-01-01T00:00Z",
    "every 2d from 2019-01-01T01:30Z",
    "cron */20 8-18 * * mon-fri",
]

zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)).map(lambda when: when.replace(tzinfo=UTC))
graces = st.timedeltas(timedelta(0), timedelta(days=2)).map(lambda some: some - some % timedelta(seconds=1))


def learned_from(starts: Sequence[datetime], zone: ZoneInfo) -> Learned | None:
    return learn([Ran(to_ms(start), None) for start in starts], zone)


def some_starts(text: str, zone: ZoneInfo, first: datetime, seed: int) -> list[datetime]:
    """Runs by a schedule: up to an hour late, with some that did not come and some more by hand."""
    luck = Random(seed)
    jitter, skipped = luck.choice((0, 0, 5, 60)), luck.choice((0, 0, 0.1))
    slots = upcoming(parse_schedule(text), zone, first, luck.randint(4, 40))
    starts = [at + timedelta(minutes=luck.uniform(0, jitter)) for at in slots if luck.random() >= skipped]
    if luck.random() < 0.3:
        starts.append(slots[-1] + timedelta(hours=luck.uniform(1, 30)))
    return sorted(starts)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Rhythm, datetime]:
    """All that may be known of a job, of which some is; and the start of its latest run."""
    zone, grace, last = draw(zones), draw(graces), draw(moments)
    text = st.sampled_from(SET)
    quiet: tuple[tuple[datetime, datetime], ...] = ()
    if draw(st.booleans()):
        begin = last + draw(st.timedeltas(timedelta(0), timedelta(days=40)))
        quiet = ((begin, begin + draw(st.timedeltas(timedelta(minutes=1), timedelta(days=9)))),)
    source = draw(st.sampled_from([Source.SET, Source.COLLECTED, Source.TOLD, Source.LEARNED]))
    match source:
        case Source.SET:
            return Rhythm(zone, grace, set_schedule=parse_schedule(draw(text)), quiet=quiet), last
        case Source.COLLECTED:
            return Rhythm(zone, grace, collected=parse_schedule(draw(text)), quiet=quiet), last
        case Source.TOLD:
            ahead = draw(st.timedeltas(timedelta(minutes=1), timedelta(days=9)))
            gap = draw(st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=9)))
            return Rhythm(zone, grace, told_next=last + ahead, told_gap=gap, quiet=quiet), last
        case _:
            starts = some_starts(draw(text), zone, last, draw(st.integers(0, 10**6)))
            learned = learned_from(starts, zone)
            return Rhythm(zone, grace, learned=learned, quiet=quiet), starts[-1]


def silence(rhythm: Rhythm, last: datetime, count: int) -> list[Expected]:
    """What is expected after the latest run, and each time after that while nothing comes."""
    found = [expected_after(rhythm, last, LONG_AGO)]
    while len(found) < count and (missed := found[-1].at) is not None:
        found.append(following(rhythm, missed))
    return found


@settings(deadline=None, max_examples=50)
@given(situations())
def test_no_run_is_overdue_before_it_is_expected_and_its_grace_is_over(
    situation: tuple[Rhythm, datetime],
) -> None:
    rhythm, last = situation
    for expected in silence(rhythm, last, 6):
        assert (expected.at is None) == (expected.due is None)
        if expected.at is not None and expected.due is not None:
            assert expected.at > last
            assert expected.due >= expected.at + rhythm.grace


@settings(deadline=None, max_examples=50)
@given(situations(), st.timedeltas(timedelta(0), timedelta(days=60)))
def test_silence_makes_no_job_less_overdue(situation: tuple[Rhythm, datetime], passed: timedelta) -> None:
    rhythm, last = situation
    found = silence(rhythm, last, 8)
    times = [expected.at for expected in found if expected.at is not None]
    assert all(earlier < later for earlier, later in pairwise(times))
    # From when on it is overdue follows from the latest run alone: nobody who looks later finds it later.
    assert found == silence(rhythm, last, 8)
    # Had it run once more since, it would not be overdue any sooner.
    if found[0].due is not None:
        newer = expected_after(rhythm, last + passed, LONG_AGO)
        assert newer.due is None or newer.due >= found[0].due


fields = st.tuples(
    st.sampled_from(["0", "30", "*/20", "5,35", "59"]),
    st.sampled_from(["*", "2", "*/6", "8-18", "0,23"]),
    st.sampled_from(["*", "1", "15", "28-31"]),
    st.sampled_from(["*", "*/2", "3,10"]),
    st.sampled_from(["*", "mon-fri", "sun", "2,4"]),
).map(" ".join)


def by_cronsim(expression: str, zone: ZoneInfo, after: datetime, count: int) -> list[datetime]:
    """The next moments by a look from three days before: in a repeated hour it may name one that is over."""
    begin = (after - timedelta(days=3)).astimezone(zone)
    found = (at.astimezone(UTC) for at in CronSim(expression, begin))
    return list(islice((at for at in found if at > after), count))


@settings(deadline=None, max_examples=50)
@given(fields, zones, moments, graces)
def test_a_set_schedule_is_as_exact_as_cronsim(
    expression: str, zone: ZoneInfo, last: datetime, grace: timedelta
) -> None:
    assert_exact(Cron(expression), expression, zone, last, grace)


@settings(deadline=None, max_examples=50)
@given(
    st.times().map(lambda at: time(at.hour, at.minute)),
    st.sampled_from([("daily", "*"), ("weekdays", "1-5"), ("sat,sun", "6,0"), ("wed", "3")]),
    zones,
    moments,
    graces,
)
def test_a_set_time_of_day_is_as_exact_as_cronsim(
    at: time, days: tuple[str, str], zone: ZoneInfo, last: datetime, grace: timedelta
) -> None:
    schedule = parse_schedule(f"{days[0]} {at:%H:%M}")
    assert_exact(schedule, f"{at.minute} {at.hour} * * {days[1]}", zone, last, grace)


def assert_exact(
    schedule: Schedule, expression: str, zone: ZoneInfo, last: datetime, grace: timedelta
) -> None:
    """Expected when cronsim says, and due when grace is over, not a second later."""
    rhythm = Rhythm(zone, grace, set_schedule=schedule)
    first, *others = by_cronsim(expression, zone, last, 4)
    found = silence(rhythm, last, 4)
    if found[0].at != first:
        # A run a little before its time is the run of that time.
        assert first - last <= EARLY
        found = [Expected(first, first + grace, Source.SET), *found[:3]]
    assert [expected.at for expected in found] == [first, *others]
    assert [expected.due for expected in found] == [at + grace for at in (first, *others)]
