"""What the backups of each job counted on each day, kept up to date by the clock."""

from collections.abc import Sequence
from typing import NamedTuple

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.series import FAILED, WHOLE, integer


class Counted(NamedTuple):
    """A backup run, as far as it counts; bytes and ms, None for what it did not tell.

    `whole` is 1 for one that ended well and was not stopped.
    """

    at: int
    failed: int
    whole: int
    uploaded: int | None
    duration_ms: int | None
    size: int | None
    storage: int | None
    files: int | None


class JobDay(NamedTuple):
    """A job on a day, or on some days: what was done is summed, of how much there is it is the most."""

    job: int
    day: int
    runs: int
    failed: int
    uploaded: int | None
    duration_ms: int | None
    size: int | None
    storage: int | None
    files: int | None


def noted(db: Database) -> list[int]:
    """The ids of the jobs of which something has to be counted."""
    return [job for (job,) in db.rows("SELECT id FROM job WHERE sums_from IS NOT NULL ORDER BY id")]


def locked(db: Database, jobs: Sequence[int]) -> list[tuple[int, int]]:
    """(job, from when on (ms) something has to be counted) of those of some jobs that nobody holds, held until the
    transaction ends. It waits for none: whoever holds one has something more to count."""
    marks = ", ".join("?" * len(jobs))
    rows = db.rows(
        f"SELECT id, sums_from FROM job WHERE id IN ({marks}) AND sums_from IS NOT NULL ORDER BY id"
        f"{db.for_update_of_free}",
        jobs,
    )
    return [(row[0], row[1]) for row in rows]


def backups_since(db: Database, job: int, since: int, limit: int) -> list[Counted]:
    """The backup runs of a job that began at a time (ms) or later, oldest first."""
    rows = db.rows(
        f"SELECT order_at, {FAILED}, {WHOLE}, uploaded, duration_ms, size, storage, files FROM run"
        " WHERE job_id = ? AND order_at >= ? AND is_backup = 1 ORDER BY order_at LIMIT ?",
        (job, since, limit),
    )
    return [Counted(*row) for row in rows]


def put(db: Database, job: int, first: int, last: int, days: Sequence[JobDay]) -> None:
    """Let `days` be all that is known of a job from the day `first` to `last`."""
    db.execute("DELETE FROM job_day WHERE job_id = ? AND day BETWEEN ? AND ?", (job, first, last))
    if days:
        row = f"({', '.join('?' * len(JobDay._fields))})"
        db.execute(
            "INSERT INTO job_day (job_id, day, runs, failed, uploaded, duration_ms, size, storage, files)"
            f" VALUES {', '.join([row] * len(days))}",
            [value for day in days for value in day],
        )


def forget(db: Database, job: int) -> None:
    """Forget all sums of a job; the caller notes from when on they are to be counted anew."""
    db.execute("DELETE FROM job_day WHERE job_id = ?", (job,))


def forget_before(db: Database, job: int, day: int) -> None:
    db.execute("DELETE FROM job_day WHERE job_id = ? AND day < ?", (job, day))


def count_from(db: Database, job: int, since: int | None) -> None:
    """Note from when on (ms) something is to be counted of a job; None for nothing."""
    db.execute("UPDATE job SET sums_from = ? WHERE id = ?", (since, job))


def between(
    db: Database, accounts: tuple[int, ...], first: int, last: int, per: int, server: int | None = None
) -> list[JobDay]:
    """Of each job that is not in the archive, `per` days together from the day `first` to `last`; `day` is the first of
    them. By job and day. One statement."""
    where, parameters = "", list[int]()
    if server is not None:
        where, parameters = " AND j.server_id = ?", [server]
    which = (
        " FROM job j JOIN job_day d ON d.job_id = j.id"
        f" WHERE j.account_id IN ({account_filter(accounts)}) AND j.archived_at IS NULL{where}"
        " AND d.day BETWEEN ? AND ?"
    )
    if per == 1:
        names = ", ".join(f"d.{name}" for name in ("job_id", *JobDay._fields[1:]))
        rows = db.rows(f"SELECT {names}{which} ORDER BY d.job_id, d.day", (*parameters, first, last))
        return [JobDay(*row) for row in rows]
    rows = db.rows(
        f"SELECT d.job_id, (d.day - ?) / {per} AS part, sum(d.runs), sum(d.failed), sum(d.uploaded),"
        f" sum(d.duration_ms), max(d.size), max(d.storage), max(d.files){which}"
        " GROUP BY d.job_id, part ORDER BY d.job_id, part",
        (first, *parameters, first, last),
    )
    return [JobDay(job, first + part * per, *map(integer, counts)) for job, part, *counts in rows]  # type: ignore[arg-type]  # runs and failed are never null
