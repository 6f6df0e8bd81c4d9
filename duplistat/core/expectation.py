"""When a job is expected next, how we know, and from when on it is overdue. All moments are UTC.

A schedule set by a person goes first, then the one that was collected from the agent itself, then what the client
told with a report, then what its runs have taught.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from duplistat.core.formatting import date_of
from duplistat.core.i18n import ENGLISH, Say
from duplistat.core.learned import Learned
from duplistat.core.learned_times import first_time, next_time, overdue_after, overdue_at
from duplistat.core.learned_words import sureness, words
from duplistat.core.schedule import (
    Interval,
    Schedule,
    Unplanned,
    Within,
    moments_after,
    names_times,
    next_after,
    typical_gap,
)
from duplistat.core.schedule_text import describe, with_zone

# A run this much before its time is that run; one still earlier is an extra one.
EARLY = timedelta(minutes=15)
# One that came before its schedule was set is the run of the schedule's first time when it came this much before that.
SET_AFTERWARDS = timedelta(hours=1)
SHORTEST_TOLD = timedelta(minutes=1)
NO_LONGER_TOLD = timedelta(0)
A_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class Source(StrEnum):
    SET = "set"
    COLLECTED = "collected"
    TOLD = "told"
    LEARNED = "learned"
    NONE = "none"


@dataclass(slots=True)  # not frozen, as core.report.Report
class Rhythm:
    """All that is known of when a job runs. `told_next` is aware, `told_gap` the time from it to the next; zero when
    the client tells of none any more.

    `quiet` are times, from and until (aware, in order), in which nothing is expected because a person said so.
    """

    zone: ZoneInfo
    grace: timedelta
    set_schedule: Schedule | None = None
    told_next: datetime | None = None
    told_gap: timedelta | None = None
    learned: Learned | None = None
    collected: Schedule | None = None
    quiet: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(slots=True)  # not frozen, as core.report.Report
class Expected:
    """A run expected `at`, overdue from `due` on. Both None: none is expected, as `source` has it."""

    at: datetime | None
    due: datetime | None
    source: Source


def expected_after(
    rhythm: Rhythm,
    last_start: datetime | None,
    since: datetime,
    before: datetime | None = None,
    last_end: datetime | None = None,
) -> Expected:
    """The first run that has not come, which may lie in the past: whether it is overdue is for the caller.

    `since` is when the schedule began to count, for a job that has not run since; `before` is the start of its latest
    run before that. A run shortly before its time counts for it; any other early or extra run shifts nothing. What was
    expected between the start of the latest run and its end, `last_end`, was that run.
    """
    begin = last_start or since
    expected = _first_after(rhythm, begin if last_end is None else max(begin, last_end))
    if expected.source is Source.LEARNED and rhythm.learned is not None and last_start is not None:
        end = max(last_start, last_end or last_start)
        at, due = first_time(rhythm.learned, rhythm.zone, last_start, end)
        return _out_of_quiet(rhythm, _expected(at, rhythm.grace, Source.LEARNED, due))
    latest = last_start or before
    if latest is not None and expected.at is not None and expected.source is not Source.TOLD:
        early = expected.at - latest
        if _counts(rhythm, expected.source, early, latest, afterwards=last_start is None):
            expected = _first_after(rhythm, expected.at)
    return _out_of_quiet(rhythm, expected)


def following(rhythm: Rhythm, missed: datetime) -> Expected:
    """The run expected after the one at `missed`, which did not come."""
    return _out_of_quiet(rhythm, _first_after(rhythm, missed))


def each_following(rhythm: Rhythm, missed: datetime) -> Iterator[Expected]:
    """The runs expected after the one at `missed`, each as `following` has it for the one before; the last one at None
    when no more will be."""
    fixed = rhythm.set_schedule if rhythm.set_schedule is not None else rhythm.collected
    if fixed is not None and not rhythm.quiet:
        source = Source.SET if rhythm.set_schedule is not None else Source.COLLECTED
        for at in moments_after(fixed, rhythm.zone, missed):
            yield _expected(at, rhythm.grace, source)
        yield Expected(None, None, source)
        return
    expected = following(rhythm, missed)
    while expected.at is not None:
        yield expected
        expected = following(rhythm, expected.at)
    yield expected


def next_expected(rhythm: Rhythm, expected_at: datetime, count: int) -> list[Expected]:
    """The first `count` runs expected at `expected_at` or later; fewer when no more are known.

    For "the next five and when each would alarm".
    """
    return [_with_all_skips(rhythm, expected) for expected in islice(_from(rhythm, expected_at), count)]


def usual_gap(rhythm: Rhythm) -> timedelta | None:
    """The usual time between two expected runs; None where that is not known.

    `timedelta.max` for a job that only runs when somebody starts it.
    """
    fixed = rhythm.set_schedule or rhythm.collected
    if isinstance(fixed, Unplanned):
        return timedelta.max
    if fixed is None and rhythm.told_next is not None:
        fixed = told_interval(rhythm)
    if fixed is None and rhythm.learned is not None:
        return rhythm.learned.gap
    return _in_a_year(fixed, rhythm.zone) if fixed is not None else None


@lru_cache(maxsize=4096)
def _in_a_year(schedule: Schedule, zone: ZoneInfo) -> timedelta | None:
    """The usual gap of a schedule in a year like any other: steps through a calendar are costly."""
    return typical_gap(schedule, zone, A_YEAR)


def why(
    rhythm: Rhythm, source: Source, say: Say = ENGLISH, when: Callable[[datetime], str] | None = None
) -> str:
    """How we know, in words, with times in the job's zone; a moment may be said as `when` says it."""
    date = when or (lambda moment: _date(moment, rhythm.zone, say))
    if source is Source.SET and rhythm.set_schedule is not None:
        return say.gettext("set by hand: {schedule}").format(schedule=describe(rhythm.set_schedule, say))
    if source is Source.COLLECTED and rhythm.collected is not None:
        schedule = describe(rhythm.collected, say)
        return say.gettext("from Duplicati's schedule: {schedule}").format(schedule=schedule)
    if source is Source.TOLD and rhythm.told_next is not None:
        then, next_run = told_interval(rhythm), date(rhythm.told_next)
        if then is None:
            return say.gettext("from Duplicati's schedule: next run {when}").format(when=next_run)
        text = say.gettext("from Duplicati's schedule: next run {when}, then {schedule}")
        return text.format(when=next_run, schedule=describe(then, say))
    if source is Source.LEARNED and rhythm.learned is not None:
        text = f"{words(rhythm.learned, say)} ({sureness(rhythm.learned, say)})"
    else:
        text = say.gettext("no schedule known yet: duplistat learns one after four runs, or set one")
    if rhythm.told_next is not None and rhythm.told_gap == NO_LONGER_TOLD:
        note = say.gettext(
            "{text}; Duplicati's schedule seems to be switched off: no next run is announced after {when}"
        )
        return note.format(text=text, when=date(rhythm.told_next))
    return text


def why_in_zone(rhythm: Rhythm, source: Source, say: Say = ENGLISH) -> str:
    """The same, with the zone whose clock its times of day mean, where it names any."""
    words = why(rhythm, source, say)
    return with_zone(words, rhythm.zone, say) if lacks_zone(rhythm, source) else words


def counts_from_runs(rhythm: Rhythm, source: Source) -> bool:
    """Whether each run is expected so long after the one before, at whatever time of day that was."""
    learned = rhythm.learned if source is Source.LEARNED else None
    return isinstance(rhythm.set_schedule, Within) or (learned is not None and not learned.by_the_clock)


def lacks_zone(rhythm: Rhythm, source: Source) -> bool:
    """Whether `why` names times of day, which are of some zone, without saying of which."""
    fixed = {Source.SET: rhythm.set_schedule, Source.COLLECTED: rhythm.collected}.get(source)
    if fixed is not None:
        return names_times(fixed)
    learned = rhythm.learned if source is Source.LEARNED else None
    if learned is not None and learned.zone:
        # What was learned by another clock than that of the job names it.
        return False
    return rhythm.told_next is not None or (learned is not None and learned.by_the_clock)


def _first_after(rhythm: Rhythm, moment: datetime) -> Expected:
    """The first expected run strictly after `moment`."""
    if rhythm.set_schedule is not None:
        at = next_after(rhythm.set_schedule, rhythm.zone, moment)
        return _expected(at, rhythm.grace, Source.SET)
    if rhythm.collected is not None:
        at = next_after(rhythm.collected, rhythm.zone, moment)
        return _expected(at, rhythm.grace, Source.COLLECTED)
    if rhythm.told_next is not None:
        if moment < rhythm.told_next:
            return _expected(rhythm.told_next, rhythm.grace, Source.TOLD)
        if then := told_interval(rhythm):
            return _expected(next_after(then, rhythm.zone, moment), rhythm.grace, Source.TOLD)
    if rhythm.learned is not None:
        at = next_time(rhythm.learned, rhythm.zone, moment)
        due = overdue_at(rhythm.learned, rhythm.zone, at, moment) if at is not None else None
        return _expected(at, rhythm.grace, Source.LEARNED, due)
    return Expected(None, None, Source.NONE)


def _from(rhythm: Rhythm, expected_at: datetime) -> Iterator[Expected]:
    # What fell into a quiet time is expected at its end: looked for from where that began.
    begin = next((start for start, end in rhythm.quiet if end == expected_at), expected_at)
    # A microsecond back, so that the first is found as any other, with its own source and due time.
    expected = following(rhythm, begin - timedelta(microseconds=1))
    learned = rhythm.learned
    if isinstance(rhythm.set_schedule, Within):
        # As below: it counts from the run before, of which `begin` was made.
        expected = _out_of_quiet(rhythm, _expected(begin, rhythm.grace, Source.SET))
    elif expected.source is Source.LEARNED and learned is not None and not learned.by_the_clock:
        # It counts from the latest run, from which the first was found: only those after it count from the one before.
        late = overdue_at(learned, rhythm.zone, begin, begin)
        expected = _out_of_quiet(rhythm, _expected(begin, rhythm.grace, Source.LEARNED, late))
    while expected.at is not None:
        yield expected
        expected = following(rhythm, expected.at)


def _with_all_skips(rhythm: Rhythm, expected: Expected) -> Expected:
    """When it is overdue that from this time on nothing comes: a learned rhythm may skip some."""
    if expected.source is not Source.LEARNED or rhythm.learned is None or expected.at is None:
        return expected
    due = overdue_after(rhythm.learned, rhythm.zone, expected.at, expected.at)
    return _out_of_quiet(rhythm, replace(expected, due=due.astimezone(UTC) + rhythm.grace))


def _out_of_quiet(rhythm: Rhythm, expected: Expected) -> Expected:
    """What is expected in a quiet time is expected at its end, with all its grace; the grace of a run that was
    waited for when it began goes on at its end."""
    at, due = expected.at, expected.due
    if at is None or due is None:
        return expected
    for start, end in rhythm.quiet:
        if start <= at < end:
            at, due = end, due + (end - at)
        elif at < start < due:
            due += end - start
    return replace(expected, at=at, due=due)


def _expected(
    at: datetime | None, grace: timedelta, source: Source, late: datetime | None = None
) -> Expected:
    """`late` is when a run expected `at` is late, grace apart, where that is later."""
    if at is None:
        return Expected(None, None, source)
    at = at.astimezone(UTC)
    try:
        return Expected(at, (late or at).astimezone(UTC) + grace, source)
    except OverflowError:  # the calendar ends with the year 9999
        return Expected(at, datetime.max.replace(tzinfo=UTC), source)


def _counts(rhythm: Rhythm, source: Source, early: timedelta, near: datetime, *, afterwards: bool) -> bool:
    """Whether a run that started so much before its time is the run of that time.

    `afterwards`: the schedule was set after it. Whoever sets it knows of that run, and waits for no other one within
    the hour.
    """
    schedule = rhythm.collected if source is Source.COLLECTED else rhythm.set_schedule
    if schedule is None or early > (SET_AFTERWARDS if afterwards else EARLY):
        return False  # as nearly always; the gap takes longer to find
    gap = typical_gap(schedule, rhythm.zone, near)
    if gap is None:
        return False
    if afterwards and early <= gap / 2:
        return True
    # Never more than half a gap: that run may as well be a late one for the time before.
    return early <= min(EARLY, gap / 10)


def told_interval(rhythm: Rhythm) -> Interval | None:
    """What the client told, as a schedule: whole days keep the time of day in the zone, as a client does."""
    if rhythm.told_next is None or rhythm.told_gap is None or rhythm.told_gap < SHORTEST_TOLD:
        return None
    return Interval(timedelta(seconds=round(rhythm.told_gap.total_seconds())), rhythm.told_next)


def _date(moment: datetime, zone: ZoneInfo, say: Say) -> str:
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        local = moment
    return f"{date_of(local, say)} {local:%H:%M}"
