"""Jobs: what should run and when, with everything about their latest run in one row."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from duplistat.store.accounts import among
from duplistat.store.database import Database


@dataclass(slots=True)
class Job:
    """A row of `job`, column by column. Times are ms since 1970, UTC; sizes bytes; flags 0 or 1."""

    id: int
    account_id: int
    server_id: int
    name: str
    ref: str
    created_at: int
    tags: str
    paused: int
    grace_ms: int | None
    schedule: str | None
    schedule_zone: str | None
    schedule_set_at: int | None
    told_next: int | None
    told_gap: int | None
    told_at: int | None
    starts: str
    learned: str | None
    lag_ms: int | None
    shift_ms: int
    source: str
    expected_at: int | None
    due_at: int | None
    missed: int
    health: str
    health_at: int
    last_run: int | None
    last_order: int | None
    last_started: int | None
    last_received: int | None
    last_status: str | None
    last_partial: int
    last_duration: int | None
    last_message: str
    good_run: int | None
    good_at: int | None
    size: int | None
    size_before: int | None
    storage: int | None
    files: int | None
    added: int | None
    versions: int | None
    quota_total: int | None
    quota_free: int | None
    days: str
    days_to: int
    live_state: str
    live_ticks: int | None
    live_at: int | None
    live_started: int | None
    live_phase: str
    live_progress: float | None
    live_error: str
    restore_run: int | None
    restore_at: int | None
    delete_run: int | None
    delete_at: int | None
    collected: int
    agent_schedule: str | None
    agent_zone: str
    agent_schedule_at: int | None


COLUMNS = tuple(f.name for f in fields(Job))
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM job"
# Whoever lists jobs has no use for their past starts, the longest of the columns.
SELECT_MANY = _SELECT.replace(" starts,", " '[]',")
_FIXED = ("id", "account_id", "server_id", "created_at")
_MUTABLE = tuple(name for name in COLUMNS if name not in _FIXED)
_values = attrgetter(*_MUTABLE)
_UPDATE = f"UPDATE job SET {', '.join(f'{name} = ?' for name in _MUTABLE)} WHERE id = ?"


def locked(db: Database, server: int, name: str) -> Job | None:
    """The job of that name, held until the transaction ends."""
    row = db.row(f"{_SELECT} WHERE server_id = ? AND name = ?{db.for_update}", (server, name))
    return Job(*row) if row else None


def locked_by_id(db: Database, job: int) -> Job | None:
    row = db.row(f"{_SELECT} WHERE id = ?{db.for_update}", (job,))
    return Job(*row) if row else None


def add(db: Database, account: int, server: int, name: str, ref: str, now: int) -> Job:
    """The job of that name, made now unless another process was first; held until the transaction ends."""
    db.execute(
        "INSERT INTO job (account_id, server_id, name, ref, created_at, health_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (server_id, name) DO NOTHING",
        (account, server, name, ref, now, now),
    )
    found = locked(db, server, name)
    if found is None:
        raise LookupError(f"job {name!r} was there and is gone")
    return found


def save(db: Database, job: Job) -> None:
    """Write every column that can change."""
    db.execute(_UPDATE, (*_values(job), job.id))


def save_if_unchanged(db: Database, job: Job, seen: Job) -> bool:
    """Compare and set: write `job` unless it changed since `seen` was read. True when written."""
    where = (
        " AND health = ? AND COALESCE(due_at, 0) = ? AND COALESCE(last_run, 0) = ? AND live_state = ?"
        " AND COALESCE(live_at, 0) = ? AND missed = ? AND paused = ?"
    )
    parameters = _values(job)
    changed = db.change(
        _UPDATE + where,
        (
            *parameters,
            job.id,
            seen.health,
            seen.due_at or 0,
            seen.last_run or 0,
            seen.live_state,
            seen.live_at or 0,
            seen.missed,
            seen.paused,
        ),
    )
    return changed == 1


def due(db: Database, now: int, limit: int) -> list[Job]:
    """The jobs that the clock has to look at, longest due first."""
    rows = db.rows(f"{_SELECT} WHERE due_at <= ? ORDER BY due_at LIMIT ?", (now, limit))
    return [Job(*row) for row in rows]


def next_due(db: Database, now: int) -> int | None:
    """When the next job becomes due after `now`; None when none will."""
    row = db.row("SELECT MIN(due_at) FROM job WHERE due_at > ?", (now,))
    return row[0] if row else None


def waited_for(db: Database, since: int, until: int) -> list[Job]:
    """The jobs that were expected, or at work, before `until`, and not due yet at `since`."""
    rows = db.rows(f"{_SELECT} WHERE due_at > ? AND (expected_at < ? OR live_state <> '')", (since, until))
    return [Job(*row) for row in rows]


def by_id(db: Database, accounts: tuple[int, ...], job: int) -> Job | None:
    row = db.row(f"{_SELECT} WHERE id = ? AND account_id IN ({among(accounts)})", (job,))
    return Job(*row) if row else None


def by_ids(db: Database, jobs: Sequence[int]) -> dict[int, Job]:
    if not jobs:
        return {}
    return {
        row[0]: Job(*row) for row in db.rows(f"{_SELECT} WHERE id IN ({', '.join('?' * len(jobs))})", jobs)
    }


def server_of(db: Database, job: int) -> int | None:
    """The server of a job; None when the job is gone."""
    row = db.row("SELECT server_id FROM job WHERE id = ?", (job,))
    return row[0] if row else None


def of_server(db: Database, server: int) -> list[Job]:
    """The jobs of a server, the one with the latest backup run first."""
    found = [Job(*row) for row in db.rows(f"{_SELECT} WHERE server_id = ?", (server,))]
    return sorted(found, key=lambda job: (job.last_order is None, -(job.last_order or 0), job.name, job.id))


def visible(db: Database, accounts: tuple[int, ...]) -> list[Job]:
    """Every job, in order of its name; without `starts`."""
    rows = db.rows(f"{SELECT_MANY} WHERE account_id IN ({among(accounts)})")
    # Sorted here: each database has an order of letters of its own.
    return sorted((Job(*row) for row in rows), key=lambda job: (job.name.casefold(), job.id))


def active_by_status(db: Database, accounts: tuple[int, ...]) -> list[tuple[str | None, int]]:
    """(status of the latest backup run or None, how many jobs) of those that are not paused."""
    rows = db.rows(
        f"SELECT last_status, count(*) FROM job WHERE account_id IN ({among(accounts)}) AND paused = 0"
        " GROUP BY last_status"
    )
    return [(row[0], row[1]) for row in rows]
