"""What evidence reads: the runs, deliveries, problems and changes of a time, job by job, each by an index."""

from collections.abc import Iterator
from typing import NamedTuple

from duplistat.core.alerts.problem import Problem
from duplistat.store.accounts import account_filter
from duplistat.store.audit import Entry
from duplistat.store.database import Database
from duplistat.store.problems import COLUMNS as PROBLEM_COLUMNS
from duplistat.store.runs import VERIFYING

MOST_PROBLEMS = 1000


class RunRow(NamedTuple):
    """A run; times in ms, sizes in bytes. `telling` is its details where it verified or restored something."""

    id: int
    operation: str
    at: int
    ended_at: int | None
    received_at: int
    status: str
    partial: int
    is_backup: int
    dry_run: int
    skew_ms: int
    duration_ms: int | None
    size: int | None
    storage: int | None
    files: int | None
    message: str
    telling: str | None


class DeliveryRow(NamedTuple):
    run: int
    id: int
    sha256: str


_TELLING = " OR ".join("details LIKE ?" for _ in VERIFYING)
_MARKS = tuple(f"%{mark}%" for mark in VERIFYING)
_COLUMNS = (
    "id, operation, order_at, ended_at, received_at, status, partial, is_backup, dry_run, skew_ms, duration_ms, size,"
    " storage, files, message"
)


def runs(db: Database, job: int, begin: int, end: int) -> list[RunRow]:
    """The runs of a job that began in a time (ms), of all operations, oldest first."""
    rows = db.rows(
        f"SELECT {_COLUMNS}, CASE WHEN is_backup = 0 OR {_TELLING} THEN details END FROM run"
        " WHERE job_id = ? AND order_at >= ? AND order_at < ? ORDER BY order_at, id",
        (*_MARKS, job, begin, end),
    )
    return [RunRow(*row) for row in rows]


def any_run(db: Database, job: int, begin: int, end: int) -> bool:
    """Whether a run of a job began in a time (ms)."""
    statement = "SELECT 1 FROM run WHERE job_id = ? AND order_at >= ? AND order_at < ? LIMIT 1"
    return db.row(statement, (job, begin, end)) is not None


def last_good(db: Database, job: int, begin: int) -> RunRow | None:
    """The last whole backup run of a job that began before a time (ms)."""
    row = db.row(
        f"SELECT {_COLUMNS}, NULL FROM run WHERE job_id = ? AND order_at < ? AND is_backup = 1 AND partial = 0"
        " AND status IN ('success', 'warning') ORDER BY order_at DESC, id DESC LIMIT 1",
        (job, begin),
    )
    return RunRow(*row) if row else None


def deliveries(db: Database, job: int, begin: int, end: int) -> list[DeliveryRow]:
    """The requests that told of the runs of a job that began in a time (ms), by run and arrival."""
    rows = db.rows(
        "SELECT d.run, d.id, d.sha256 FROM run r JOIN delivery d ON d.run = r.id"
        " WHERE r.job_id = ? AND r.order_at >= ? AND r.order_at < ? ORDER BY r.order_at, d.run, d.id",
        (job, begin, end),
    )
    return [DeliveryRow(*row) for row in rows]


def problems(db: Database, job: int, begin: int, end: int) -> list[Problem]:
    """The problems of a job that were open at some time of a time (ms), oldest first."""
    rows = db.rows(
        f"SELECT {', '.join(PROBLEM_COLUMNS)} FROM problem WHERE job_id = ? AND opened_at < ?"
        " AND (closed_at IS NULL OR closed_at >= ?) ORDER BY opened_at, id LIMIT ?",
        (job, end, begin, MOST_PROBLEMS),
    )
    return [Problem(*row) for row in rows]


def changes(db: Database, accounts: tuple[int, ...], begin: int) -> Iterator[Entry]:
    """What was set on jobs of accounts since a time (ms), oldest first."""
    rows = db.rows(
        'SELECT id, account_id, at, "user", who, address, action, subject, before, after FROM audit'
        f" WHERE account_id IN ({account_filter(accounts)}) AND at >= ? AND action = 'job.set' ORDER BY id",
        (begin,),
    )
    for row in rows:
        yield Entry(*row)


def downtimes(db: Database, begin: int, end: int) -> list[tuple[int, int]]:
    """The times within a time (ms) in which this server did not look."""
    rows = db.rows(
        "SELECT from_at, to_at FROM away WHERE to_at > ? AND from_at < ? ORDER BY from_at", (begin, end)
    )
    return [(row[0], row[1]) for row in rows]
