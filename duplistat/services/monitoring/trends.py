"""trend(): how much all jobs together hold and did over time, from the sums of their days."""

from collections.abc import Sequence
from typing import NamedTuple

from duplistat.store import job_days
from duplistat.store.database import Database
from duplistat.store.job_days import JobDay
from duplistat.store.jobs import Job
from duplistat.store.totals import DAY_MS

# Of a longer range, a point stands for a week; of so many jobs and points together, for more days.
LONG, WEEK = 120, 7
MOST_CELLS = 100_000
_HELD = ("size", "storage", "files")


class Point(NamedTuple):
    """Some days, from `day` (counted from 1970) on: what was done in them, and how much there was. Bytes and ms.

    What is held is None where no job had told of any until then.
    """

    day: int
    runs: int
    failed: int
    uploaded: int
    duration_ms: int
    size: int | None
    storage: int | None
    files: int | None


class Trend(NamedTuple):
    """Points, oldest first, each for `per` days; the last one for those until today."""

    per: int
    points: list[Point]

    @property
    def runs(self) -> int:
        return sum(point.runs for point in self.points)

    @property
    def failed(self) -> int:
        return sum(point.failed for point in self.points)

    @property
    def uploaded(self) -> int:
        return sum(point.uploaded for point in self.points)

    @property
    def duration_ms(self) -> int:
        return sum(point.duration_ms for point in self.points)


def trend(
    db: Database,
    accounts: tuple[int, ...],
    jobs: Sequence[Job],
    today: int,
    days: int,
    server: int | None = None,
) -> Trend:
    """Of `jobs`, which are all of the accounts, or of the server, that are in use; `days` up to `today`. One statement.

    A job holds what it told of last until it tells of something else. One that is older than the range, and told of
    nothing in it, holds what is known of it now.
    """
    per = max(WEEK if days > LONG else 1, -(-len(jobs) * days // MOST_CELLS))
    first = today - days + 1
    parts = -(-days // per)
    done = [[0, 0, 0, 0] for _ in range(parts)]
    by_job: dict[int, list[JobDay]] = {job.id: [] for job in jobs}
    for row in job_days.between(db, accounts, first, today, per, server):
        if row.job in by_job:
            by_job[row.job].append(row)
            sums = done[(row.day - first) // per]
            for place, number in enumerate((row.runs, row.failed, row.uploaded or 0, row.duration_ms or 0)):
                sums[place] += number
    held = {name: _held(name, jobs, by_job, first, per, parts) for name in _HELD}
    points = [
        Point(first + part * per, *done[part], *(held[name][part] for name in _HELD)) for part in range(parts)
    ]
    return Trend(per, points)


def _held(
    name: str, jobs: Sequence[Job], by_job: dict[int, list[JobDay]], first: int, per: int, parts: int
) -> list[int | None]:
    """What all jobs held in each part."""
    sums, told = [0] * parts, [False] * parts
    for job in jobs:
        known = {
            (row.day - first) // per: value
            for row in by_job[job.id]
            if (value := getattr(row, name)) is not None
        }
        begun = (job.created_at // DAY_MS - first) // per
        # Before its first word in the range, one that is older held as much.
        value = known[min(known)] if known else getattr(job, name)
        if value is None:
            continue
        for part in range(max(0, min(begun, min(known, default=begun))), parts):
            value = known.get(part, value)
            sums[part] += value
            told[part] = True
    return [number if is_told else None for number, is_told in zip(sums, told, strict=True)]
