"""Lives of made-up jobs: healthy runs by a known pattern, and then no more. Seeded: the same seed, the same life."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from bench.alarms.patterns import PATTERNS, Pattern
from bench.alarms.slots import Slot

FIRST_BEGIN, BEGINS = date(2025, 1, 1), 700
GRACE = timedelta(hours=2)
AWAY_EVERY_DAYS = 20.0
RETRIED = (1.0, 30.0)

Time = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Run:
    """A healthy run. All UTC; `arrives` is when its report reaches us, `status` a word of ours.

    `tells` is what its report says of the next one.
    """

    start: datetime
    end: datetime
    arrives: datetime
    status: str
    tells: datetime | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """A job from its first run until it stopped.

    `runs` are in order of arrival. `gap` is the usual time between two of its slots. `missing` is when the first run
    began that did not come. In `surprises` (from one arrival to the next) the job was silent as never before: an alarm
    there is right, or at least nobody could know better. In `away` nobody listened: deadlines are extended by it.
    With `live` the job says all the time that it is at work.
    """

    pattern: str
    seed: int
    zone: ZoneInfo
    grace: timedelta
    gap: timedelta
    runs: tuple[Run, ...]
    missing: datetime
    surprises: tuple[Time, ...] = ()
    away: tuple[Time, ...] = ()
    live: bool = False


def life(pattern: Pattern, seed: int, days: int | None = None) -> Life:
    """One life of so many days, by default of a length that the seed decides."""
    luck = Random(f"{pattern.name} {seed}")
    zone = ZoneInfo(pattern.zones[seed % len(pattern.zones)])
    days = days or luck.randint(*pattern.days)
    begin = _begin(pattern, luck, zone)
    stop = datetime(begin.year, begin.month, begin.day, tzinfo=UTC) + timedelta(days=days + luck.random())
    slots, missing = _until(pattern.slots(luck, zone, begin, days), stop)
    away = tuple(_absences(luck, slots[0].start, stop)) if pattern.away else ()
    tells = _told(slots, missing) if pattern.tells else [None] * len(slots)
    runs = [_run(slot, next_run, luck, away) for slot, next_run in zip(slots, tells, strict=True)]
    came = sorted((run for run in runs if run is not None), key=lambda run: run.arrives)
    return Life(
        pattern.name,
        seed,
        zone,
        GRACE,
        pattern.gap,
        tuple(came),
        missing,
        tuple(_surprises(slots, runs, pattern)),
        away,
        pattern.live,
    )


def lives(name: str = "", seeds: range = range(6), at_most: int | None = None) -> Iterator[Life]:
    """The fleet: lives of each pattern whose name contains `name`, of `at_most` so many days, or else 16 gaps."""
    for pattern in PATTERNS:
        if name in pattern.name:
            days = at_most and max(min(at_most, pattern.days[1]), 16 * pattern.gap // timedelta(days=1))
            yield from (life(pattern, seed, days) for seed in seeds)


def _begin(pattern: Pattern, luck: Random, zone: ZoneInfo) -> date:
    begin = FIRST_BEGIN + timedelta(days=luck.randrange(BEGINS))
    if pattern.over_a_change:
        begin = _next_change(begin, zone) - timedelta(days=luck.randint(8, 50))
    if pattern.weekday is not None:
        begin += timedelta(days=(pattern.weekday - begin.weekday()) % 7)
    return begin


def _next_change(after: date, zone: ZoneInfo) -> date:
    """The day on which the clocks of the zone change; `after` where they never do."""

    def offset(day: date) -> timedelta | None:
        return datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset()

    for ahead in range(366):
        day = after + timedelta(days=ahead)
        if offset(day) != offset(after):
            return day
    return after


def _until(slots: Iterator[Slot], stop: datetime) -> tuple[list[Slot], datetime]:
    """The slots before the stop, the last of which ran, and the start of the one after them."""
    found: list[Slot] = []
    for slot in slots:
        if slot.start >= stop and any(slot.ran for slot in found):
            break
        found.append(slot)
    missing = slot.start
    while not found[-1].ran or found[-1].extra:
        last = found.pop()
        missing = missing if last.extra else last.start
    return found, missing


def _absences(luck: Random, begin: datetime, stop: datetime) -> Iterator[Time]:
    """When our own server was away: for one to ten hours, each few weeks."""
    moment = begin
    for _ in count():
        moment += timedelta(days=luck.expovariate(1 / AWAY_EVERY_DAYS))
        until = moment + timedelta(hours=luck.uniform(1, 10))
        if until >= stop:
            return
        yield moment, until
        moment = until


def _told(slots: list[Slot], missing: datetime) -> list[datetime | None]:
    """What each run says of the next one, to the minute: nothing, when somebody started it by hand."""
    found: list[datetime | None] = []
    for slot in reversed(slots):
        found.append(None if slot.extra else missing.replace(second=0, microsecond=0))
        missing = missing if slot.extra else slot.start
    return found[::-1]


def _run(slot: Slot, tells: datetime | None, luck: Random, away: tuple[Time, ...]) -> Run | None:
    if not slot.ran:
        return None
    end = slot.start + timedelta(minutes=slot.minutes)
    arrives = end + timedelta(minutes=slot.lag)
    for since, until in away:
        if since <= arrives < until:
            # Who sends it tries again.
            arrives = until + timedelta(minutes=luck.uniform(*RETRIED))
    return Run(slot.start, end, arrives, slot.status, tells)


def _surprises(slots: list[Slot], runs: list[Run | None], pattern: Pattern) -> Iterator[Time]:
    """The silences that were longer than any before, where the pattern says that such come unannounced."""
    longest, latest, streak, before = 0, 0.0, 0, slots[0].start
    for slot, run in zip(slots, runs, strict=True):
        if run is None:
            streak += 1
            continue
        record = pattern.unannounced and (streak > longest or slot.lag > max(latest, 60.0))
        if (record or slot.changed) and before != slots[0].start:
            yield before, run.arrives
        longest, latest, streak, before = max(longest, streak), max(latest, slot.lag), 0, run.arrives
