"""All rows that belong to one job: counted, to be written elsewhere, and to be deleted a little at a time."""

from collections.abc import Iterator
from typing import Any

from duplistat.store import export, jobs, merges
from duplistat.store.database import Database

# What says that a row belongs to the job, and the column that orders the rows. Parents come first.
_TABLES = {
    "job": ("id = ?", "id"),
    "job_note": ("job_id = ?", "job_id"),
    "run": ("job_id = ?", "id"),
    "run_log": ("run_id IN (SELECT id FROM run WHERE job_id = ?)", "run_id"),
    "transition": ("job_id = ?", "id"),
}
# What told of its runs, and what told of it besides.
_DELIVERIES = (
    "SELECT d.id FROM delivery d JOIN run r ON d.run = r.id WHERE r.job_id = ?"
    " UNION ALL SELECT id FROM delivery WHERE job = ? AND run IS NULL"
)
AT_ONCE = 200


def rows(db: Database, job: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, row) of all that a job has; some in memory at once."""
    for table, (owned, key) in _TABLES.items():
        keys = (
            row[0] for row in db.execute(f"SELECT {key} FROM {table} WHERE {owned} ORDER BY {key}", (job,))
        )
        for row in export.of_keys(db, table, key, keys):
            yield table, row
    keys = (row[0] for row in db.execute(_DELIVERIES, (job, job)))
    for row in export.of_keys(db, "delivery", "id", keys):
        yield "delivery", row


def counted(db: Database, job: int) -> tuple[int, int | None]:
    """How many runs a job has, and when the first of them was (ms)."""
    row = db.row("SELECT count(*), min(order_at) FROM run WHERE job_id = ?", (job,))
    return (row[0], row[1]) if row else (0, None)


def delete_some(db: Database, job: int) -> int:
    """Delete some of what belongs to a job, in the caller's transaction; 0 when nothing but its own row is left."""
    runs = [row[0] for row in db.rows("SELECT id FROM run WHERE job_id = ? LIMIT ?", (job, AT_ONCE))]
    if runs:
        marks = ", ".join("?" * len(runs))
        _forget_moved(db, job, merges.RUN, runs)
        gone = db.change(f"DELETE FROM delivery WHERE run IN ({marks})", runs)
        db.change(f"DELETE FROM run_log WHERE run_id IN ({marks})", runs)
        return gone + db.change(f"DELETE FROM run WHERE id IN ({marks})", runs)
    for table, owned in (("delivery", "job = ? AND run IS NULL"), ("transition", "job_id = ?")):
        gone = db.change(
            f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {owned} LIMIT ?)", (job, AT_ONCE)
        )
        if gone:
            return gone
    return 0


def delete(db: Database, job: int) -> None:
    """Delete a job that has nothing left."""
    _forget_moved(db, job, merges.JOB, [job])
    server = jobs.server_of(db, job)
    if server is not None:
        merges.forget_job(db, server, job)
    db.change("DELETE FROM job_note WHERE job_id = ?", (job,))
    db.change("DELETE FROM job WHERE id = ?", (job,))


def _forget_moved(db: Database, job: int, kind: str, items: list[int]) -> None:
    """Let no undoing of a merge take what has these ids next: on SQLite ids that are free are given again."""
    server = jobs.server_of(db, job)
    if server is not None:
        merges.forget_moved(db, server, kind, items)
