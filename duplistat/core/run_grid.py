"""When the runs of a rhythm came, as evidence: by weekday and hour where a week shows it, else date by date."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from duplistat.core.learned import CountsFrom, Learned
from duplistat.core.learned_times import EARLY
from duplistat.core.schedule import DAY, Interval, Schedule, Timetable, Weekly, next_after, week_times

HOUR = timedelta(hours=1)
WEEK, HOURS_OF_WEEK = 7 * DAY, 7 * 24
MOST_DATES = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of the week: in `hits` of `chances` a run came. `expected`: the rhythm has a time in it."""

    hits: int
    chances: int
    expected: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A time of the rhythm (aware), and when the run that came for it started; None for one that was skipped."""

    at: datetime
    ran: datetime | None


def is_weekly(learned: Learned) -> bool:
    """Whether a week shows the rhythm: it begins anew with each, or is about daily or more often."""
    match learned.schedule:
        case Weekly() | Timetable():
            return True
        case Interval(every, _):
            return every < 2 * DAY
        case _:
            return False


def grid(learned: Learned, zone: ZoneInfo, starts: Sequence[datetime]) -> list[list[Cell]]:
    """Seven rows, Monday first, of 24 cells, by the clock of `zone`. `starts` (aware, in order) are those of its runs.

    A run that is a little early or late stands in the hour of its time.
    """
    slots = week_times(learned.schedule) if isinstance(learned.schedule, Weekly | Timetable) else []
    early, late = max(EARLY, learned.early), max(EARLY, learned.late)
    marks = sorted(
        {_mark(start.astimezone(zone).replace(tzinfo=None), slots, early, late) for start in starts}
    )
    known, of_hour = set(slots), dict[int, set[datetime]]()
    for mark in marks:
        # Of a time of the rhythm that time, else the hour: two runs by hand in an hour are one.
        exact = _of_week(mark) in known
        of_hour.setdefault(_hour(mark), set()).add(mark if exact else _floor(mark))
    expected = [0] * HOURS_OF_WEEK
    for at in slots:
        expected[at // HOUR] += 1
    chances = _chances(marks)
    cells = [
        Cell(
            min(len(of_hour.get(hour, ())), chances[hour] * max(1, expected[hour])),
            chances[hour] * max(1, expected[hour]),
            bool(expected[hour]),
        )
        for hour in range(HOURS_OF_WEEK)
    ]
    return [cells[day * 24 : day * 24 + 24] for day in range(7)]


def dates(learned: Learned, zone: ZoneInfo, starts: Sequence[datetime]) -> list[Seen]:
    """The latest times of a rhythm of months or of some days, oldest first, and the runs (aware, in order) for them."""
    if learned.schedule is None or not starts:
        return []
    if learned.counts_from is not CountsFrom.CLOCK:
        # Each is expected so long after the one before.
        return [Seen(earlier + learned.gap, later) for earlier, later in pairwise(starts)][-MOST_DATES:]
    early = min(max(EARLY, learned.early), learned.gap / 2)
    times = list(_times(learned.schedule, zone, starts[0] - early, starts[-1] + early))
    found = []
    for number, at in enumerate(times):
        until = times[number + 1] - early if number + 1 < len(times) else starts[-1] + DAY
        found.append(Seen(at, next((start for start in starts if at - early <= start < until), None)))
    return found[-MOST_DATES:]


def _times(schedule: Schedule, zone: ZoneInfo, after: datetime, until: datetime) -> Iterable[datetime]:
    if isinstance(schedule, Interval):
        # It is anchored at its newest run: an interval has no times before its anchor.
        steps = max(0, -((after - schedule.anchor) // schedule.every))
        schedule = Interval(schedule.every, schedule.anchor - steps * schedule.every)
    at = next_after(schedule, zone, after - timedelta(microseconds=1))
    while at is not None and at <= until:
        yield at
        at = next_after(schedule, zone, at)


def _mark(wall: datetime, slots: Sequence[timedelta], early: timedelta, late: timedelta) -> datetime:
    """The time of the rhythm that a run came for, by the clock on the wall; its own where it came for none."""
    if not slots:
        return wall
    of_week = _of_week(wall)
    place = bisect(slots, of_week)
    before = slots[place - 1] - (WEEK if place == 0 else timedelta(0))
    after = slots[place] if place < len(slots) else slots[0] + WEEK
    near = [at for at in (before, after) if -early <= of_week - at <= late]
    at = min(near, key=lambda at: abs(of_week - at), default=of_week)
    return wall + (at - of_week)


def _chances(marks: Sequence[datetime]) -> list[int]:
    """How often each hour of the week was there from the first to the last mark."""
    if not marks:
        return [0] * HOURS_OF_WEEK
    first, last = _floor(marks[0]), _floor(marks[-1])
    weeks, rest = divmod((last - first) // HOUR + 1, HOURS_OF_WEEK)
    chances = [weeks] * HOURS_OF_WEEK
    for step in range(rest):
        chances[(_hour(first) + step) % HOURS_OF_WEEK] += 1
    return chances


def _hour(wall: datetime) -> int:
    return wall.weekday() * 24 + wall.hour


def _of_week(wall: datetime) -> timedelta:
    """The time since Monday 00:00, by the clock on the wall."""
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    return wall - midnight + wall.weekday() * DAY


def _floor(wall: datetime) -> datetime:
    return wall.replace(minute=0, second=0, microsecond=0)
