"""Transitions: each change of a job's health, with its reason; and each run that leaves it as wrong as it was.

They are what alerts are made of: the scheduler routes each of them once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Transition:
    id: int
    job_id: int
    at: int
    before: str
    after: str
    reason: str
    run: int | None


def add_transition(
    db: Database, job: int, at: int, before: str, after: str, reason: str, run: int | None
) -> None:
    db.execute(
        "INSERT INTO transition (job_id, at, before, after, reason, run) VALUES (?, ?, ?, ?, ?, ?)",
        (job, at, before, after, reason, run),
    )


def transitions(db: Database, job: int, limit: int = 20) -> list[Transition]:
    """The latest changes of a job's health, newest first."""
    rows = db.rows(
        "SELECT id, job_id, at, before, after, reason, run FROM transition WHERE job_id = ? AND before <> after"
        " ORDER BY at DESC, id DESC LIMIT ?",
        (job, limit),
    )
    return [Transition(*row) for row in rows]


def of_overdue(db: Database, job: int, limit: int) -> list[Transition]:
    """The latest changes of a job's health to overdue and away from it, newest first."""
    rows = db.rows(
        "SELECT id, job_id, at, before, after, reason, run FROM transition"
        " WHERE job_id = ? AND (before = 'overdue' OR after = 'overdue') ORDER BY at DESC, id DESC LIMIT ?",
        (job, limit),
    )
    return [Transition(*row) for row in rows]


def prune_transitions(db: Database, before: int, limit: int) -> int:
    """Delete changes of health before a time; how many."""
    return db.change(
        "DELETE FROM transition WHERE id IN (SELECT id FROM transition WHERE at < ? ORDER BY at LIMIT ?)",
        (before, limit),
    )


def unrouted(db: Database, limit: int) -> list[Transition]:
    """The first ones that alerts have not taken in, oldest first."""
    rows = db.rows(
        "SELECT id, job_id, at, before, after, reason, run FROM transition WHERE routed_at IS NULL"
        " ORDER BY id LIMIT ?",
        (limit,),
    )
    return [Transition(*row) for row in rows]


def route(db: Database, transition: int, now: int) -> bool:
    """Compare and set: note that alerts took it in; False when they had."""
    statement = "UPDATE transition SET routed_at = ? WHERE id = ? AND routed_at IS NULL"
    return db.change(statement, (now, transition)) == 1


def of_jobs(db: Database, jobs: Sequence[int], since: int, limit: int) -> list[Transition]:
    """Changes of some jobs since a time (ms), further runs included, oldest first."""
    if not jobs:
        return []
    rows = db.rows(
        "SELECT id, job_id, at, before, after, reason, run FROM transition"
        f" WHERE job_id IN ({', '.join(str(int(job)) for job in jobs)}) AND at >= ? ORDER BY at, id LIMIT ?",
        (since, limit),
    )
    return [Transition(*row) for row in rows]


def any_unrouted(db: Database) -> bool:
    return db.row("SELECT 1 FROM transition WHERE routed_at IS NULL LIMIT 1") is not None


def latest_id(db: Database, job: int) -> int:
    """The id of the latest change of a job; 0 for none."""
    row = db.row("SELECT max(id) FROM transition WHERE job_id = ?", (job,))
    return row[0] or 0 if row else 0


def keep_quiet(db: Database, job: int, after: int, now: int) -> None:
    """Note that alerts have nothing to do with the changes of a job behind the one with the id `after`."""
    db.execute(
        "UPDATE transition SET routed_at = ? WHERE job_id = ? AND id > ? AND routed_at IS NULL",
        (now, job, after),
    )
