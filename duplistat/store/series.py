"""What the backup runs of a job measured over time: run by run, or by day where there are too many to draw."""

from typing import NamedTuple

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.totals import DAY_MS

# Points that are worth drawing, and runs that are looked at for them: so a long history costs no more than these.
POINTS = 2_000
LOOKED_AT = 50_000

_MEASURES = ("duration_ms", "size", "uploaded", "storage", "files", "versions")
FAILED = "CASE WHEN status IN ('error', 'fatal', 'interrupted') THEN 1 ELSE 0 END"
WHOLE = "CASE WHEN status IN ('success', 'warning') AND partial = 0 THEN 1 ELSE 0 END"
_LATEST = (
    f"(SELECT id, order_at, status, partial, is_backup, {', '.join(_MEASURES)} FROM run"
    " WHERE job_id = ? AND order_at >= ? ORDER BY order_at DESC LIMIT ?) AS r WHERE is_backup = 1"
)


class Point(NamedTuple):
    """One run, or the `runs` of some days: then the longest and the largest, and what they uploaded in all.

    `at` is in ms: when the run began, or the middle of the days. `run` is None for days.
    `whole` are those that ended well, and were not stopped.
    """

    at: int
    run: int | None
    runs: int
    failed: int
    whole: int
    duration_ms: int | None
    size: int | None
    uploaded: int | None
    storage: int | None
    files: int | None
    versions: int | None


def of_job(db: Database, job: int, since: int, now: int, shift: int) -> tuple[int, list[Point]]:
    """(days a point, 0 for run by run; the points, oldest first, POINTS of them at most). Three statements at most.

    `since` and `now` are in ms. Days are those of a clock that is `shift` ms ahead of UTC, all year.
    """
    rows = db.rows(
        f"SELECT order_at, id, 1, {FAILED}, {WHOLE}, {', '.join(_MEASURES)} FROM run"
        " WHERE job_id = ? AND order_at >= ? AND is_backup = 1 ORDER BY order_at DESC LIMIT ?",
        (job, since, POINTS + 1),
    )
    if len(rows) <= POINTS:
        return 0, [Point(*row) for row in reversed(rows)]
    first = db.row("SELECT min(order_at) FROM run WHERE job_id = ? AND order_at >= ?", (job, since))
    days = max(1, -(-(now - first[0]) // (DAY_MS * POINTS))) if first else 1
    length = days * DAY_MS
    largest = ", ".join(f"{'sum' if name == 'uploaded' else 'max'}({name})" for name in _MEASURES)
    found = db.rows(
        f"SELECT (order_at + ?) / {length} AS part, count(*), sum({FAILED}), sum({WHOLE}), {largest} FROM {_LATEST}"
        " GROUP BY 1 ORDER BY 1",
        (shift, job, since, LOOKED_AT),
    )
    points = [
        Point(
            part * length + length // 2 - shift, None, runs, int(failed), int(whole), *map(integer, measures)
        )
        for part, runs, failed, whole, *measures in found
    ]
    return days, points[-POINTS:]


def integer(number: object) -> int | None:
    """PostgreSQL sums integers as decimals."""
    return None if number is None else int(str(number))


class Held(NamedTuple):
    """What a job held at some time, in bytes; None where no run told of it."""

    size: int | None
    storage: int | None


def held_since(db: Database, accounts: tuple[int, ...], since: int) -> dict[int, Held]:
    """{job: what its first whole backup since then (ms) told that it held}, of jobs that are not in the archive.

    One statement, which reads a few runs of each job.
    """

    def first(column: str) -> str:
        return (
            f"(SELECT {column} FROM run WHERE job_id = job.id AND order_at >= ? AND is_backup = 1 AND {WHOLE} = 1"
            f" AND {column} IS NOT NULL ORDER BY order_at LIMIT 1)"
        )

    rows = db.rows(
        f"SELECT id, {first('size')}, {first('storage')} FROM job"
        f" WHERE account_id IN ({account_filter(accounts)}) AND archived_at IS NULL",
        (since, since),
    )
    return {job: Held(size, storage) for job, size, storage in rows}
