"""Processor time that learning one job takes, by how its runs came."""

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bench.result import Bench
from duplistat.core.learn import learn
from duplistat.core.learn_runs import MOST, Ran
from duplistat.core.times import to_ms

# Its clocks change: such a job is tried by the clocks of other zones as well.
ZONE = ZoneInfo("Europe/Berlin")
FIRST = datetime(2025, 1, 6, tzinfo=ZONE)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WANTED_MS = 10.0


def measure(bench: Bench) -> None:
    for name, runs in histories().items():
        times = []
        for _ in range(bench.size(25, 7)):
            begun = time.process_time()
            learned = learn(runs, ZONE)
            times.append((time.process_time() - begun) * 1000)
            if learned is None:
                raise RuntimeError(f"nothing was learned of {len(runs)} runs of a job that is {name}")
        middle = statistics.median(times)
        what = f"learning a job of {len(runs)} runs, {name}: processor time"
        bench.add("learning", what, middle, "ms", f"< {WANTED_MS:.0f} ms", middle < WANTED_MS)


def histories(count: int = MOST) -> dict[str, list[Ran]]:
    """The runs of a job of each kind, oldest first."""
    kinds = {
        "daily": _at(range(2 * 60, 2 * 60 + 1), late=20 / 60),
        "hourly in office hours": _at(range(8 * 60, 19 * 60, 60), late=20 / 60, weekdays=5),
        "quarter-hourly": _at(range(0, 24 * 60, 15), late=20 / 60),
        "daily with 45 minutes of jitter": _at(range(2 * 60, 2 * 60 + 1), late=45),
        "irregular": _irregular(),
    }
    return {name: list(_ran(list(islice(starts, count)))) for name, starts in kinds.items()}


def _at(minutes: Sequence[int], *, late: float, weekdays: int = 7) -> Iterator[datetime]:
    """Starts at these minutes of each day, up to `late` minutes late, by the wall clock of ZONE."""
    luck, day = random.Random(1), FIRST
    while True:
        if day.weekday() < weekdays:
            for minute in minutes:
                at = day.replace(hour=minute // 60, minute=minute % 60).astimezone(UTC)
                yield at + luck.random() * late * MINUTE
        day += DAY


def _irregular() -> Iterator[datetime]:
    luck, at = random.Random(2), FIRST.astimezone(UTC)
    while True:
        at += timedelta(minutes=luck.expovariate(1 / (20 * 60)))
        yield at


def _ran(starts: Sequence[datetime]) -> Iterator[Ran]:
    luck = random.Random(3)
    for start in starts:
        end = start + timedelta(seconds=20 + luck.random() * 90)
        yield Ran(to_ms(start), to_ms(end), to_ms(end + timedelta(seconds=1)))
