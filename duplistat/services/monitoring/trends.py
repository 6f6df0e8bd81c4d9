"""trend(): how much all jobs together hold and did over time, from the sums of their days."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from duplistat.store import job_days
from duplistat.store.database import Database
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
    # The part in which each job came to be; below zero for one that is older than the range.
    begun = {job.id: (job.created_at // DAY_MS - first) // per for job in jobs}
    held = [_Held(parts) for _ in _HELD]
    for row in job_days.between(db, accounts, first, today, per, server):
        if row.job not in begun:
            continue
        part = (row.day - first) // per
        sums = done[part]
        sums[0] += row.runs
        sums[1] += row.failed
        sums[2] += row.uploaded or 0
        sums[3] += row.duration_ms or 0
        for one, value in zip(held, row[-3:], strict=True):
            if value is not None:
                one.tell(row.job, begun[row.job], part, value)
    for job in jobs:
        for name, one in zip(_HELD, held, strict=True):
            one.tell_if_silent(job.id, begun[job.id], getattr(job, name))
    sizes = [one.sums() for one in held]
    points = [
        Point(first + part * per, *done[part], *(size[part] for size in sizes)) for part in range(parts)
    ]
    return Trend(per, points)


class _Held:
    """What all jobs held in each part, from what each told, in order of the parts: by how much it changed in each."""

    def __init__(self, parts: int) -> None:
        self._changes = [0] * parts
        self._latest: dict[int, int] = {}
        self._first = parts

    def tell(self, job: int, begun: int, part: int, value: int) -> None:
        """What a job, which is there since the part `begun`, told in a part. Before its first word it held as much."""
        before = self._latest.get(job)
        if before is None:
            part = max(0, min(begun, part))
            self._first = min(self._first, part)
        self._changes[part] += value - (before or 0)
        self._latest[job] = value

    def tell_if_silent(self, job: int, begun: int, value: int | None) -> None:
        """What is known now of a job that told of nothing in the range."""
        if value is not None and job not in self._latest and begun < len(self._changes):
            self.tell(job, begun, max(0, begun), value)

    def sums(self) -> list[int | None]:
        """The sums of all parts; None before any job told of any."""
        return [
            value if part >= self._first else None for part, value in enumerate(accumulate(self._changes))
        ]
