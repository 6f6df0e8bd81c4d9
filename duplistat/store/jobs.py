"""Jobs: what should run and when, with everything about their latest run in one row."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import compress
from operator import attrgetter, itemgetter, ne
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.pagination import Clause


class _AsStored:
    """What the row holds of the columns that can change, so that only others are written; not there where a row
    was not read to be written."""

    __slots__ = ("stored",)
    stored: tuple[Any, ...]

    def note_stored(self, values: tuple[Any, ...]) -> None:
        self.stored = values


@dataclass(slots=True)
class Job(_AsStored):
    """A row of `job`, column by column, in the order of the table; `docs/schema.md` says what each means.

    Times are ms since 1970, UTC; sizes bytes; flags 0 or 1.
    """

    id: int
    account_id: int
    server_id: int
    name: str
    ref: str
    created_at: int
    # What users set; more of it below, since columns stand in the order in which they were added.
    tags: str
    paused: int
    grace_ms: int | None
    # The schedule that a user set.
    schedule: str | None
    schedule_zone: str | None
    schedule_set_at: int | None
    # What the client announced, and what was learned from past runs.
    told_next: int | None
    told_gap: int | None
    learned: str | None
    # The clock of the sender.
    lag_ms: int | None
    shift_ms: int
    # What is expected, and when the scheduler looks at it next.
    source: str
    expected_at: int | None
    due_at: int | None
    missed: int
    # How it is, since when.
    health: str
    health_at: int
    # The latest backup run, and the latest successful one.
    last_run: int | None
    last_order: int | None
    last_started: int | None
    last_received: int | None
    last_status: str | None
    last_partial: int
    last_duration: int | None
    last_message: str
    last_success_run: int | None
    last_success_at: int | None
    # The latest known values, whichever run reported them.
    size: int | None
    size_before: int | None
    storage: int | None
    files: int | None
    added: int | None
    versions: int | None
    quota_total: int | None
    quota_free: int | None
    # The day squares.
    days: str
    days_to: int
    # A running operation.
    live_state: str
    live_ticks: int | None
    live_at: int | None
    live_started: int | None
    live_phase: str
    live_progress: float | None
    live_error: str
    # The latest restore, and the latest deletion of old versions.
    restore_run: int | None
    restore_at: int | None
    delete_run: int | None
    delete_at: int | None
    # What was collected from its agent.
    collected: int
    agent_schedule: str | None
    agent_zone: str
    agent_schedule_at: int | None
    # What users set: name, pause, maintenance window, archive, snooze.
    alias: str | None
    paused_until: int | None
    maintenance_from: int | None
    maintenance_until: int | None
    archived_at: int | None
    paused_from: int | None
    next_check_at: int | None
    snoozed_until: int | None
    snoozed_as: str | None
    # The latest verification.
    verify_run: int | None
    verify_at: int | None
    verify_failed: int
    verify_broken: int | None
    verify_message: str
    verify_dismissed: int | None
    verify_dismissed_at: int | None
    # The latest restore with a result.
    restored_run: int | None
    restored_at: int | None
    restored_failed: int
    restored_broken: int | None
    restored_message: str
    restored_dismissed: int | None
    restored_dismissed_at: int | None
    # Since when it is being deleted; while it becomes a part of another job.
    deleting_at: int | None = None
    joining_at: int | None = None
    # Since when there is something to learn from that nobody has learned from yet.
    learn_since: int | None = None
    # Until when the latest backup run covers what was expected.
    covered_until: int | None = None
    # The rhythm of its runs for which a person decided to keep the schedule that it has, and the zone of that rhythm.
    kept_schedule: str | None = None
    kept_zone: str | None = None
    # Backup runs in a row: good since something was wrong, up to ENOUGH_GOODS; failed up to the latest, and since when.
    goods: int = 10
    failing_runs: int = 0
    failing_since: int | None = None
    # From when on its backup runs are to be counted into the sums of their days.
    sums_from: int | None = None
    # Its backup runs of all time, those that retention has deleted too.
    runs: int = 0
    # From when on the schedule that a person set counts, where that is not when it was set.
    schedule_from: int | None = None

    def snoozed(self, now: int) -> bool:
        """Whether somebody knows of the state that it is in, and is not to be told again at `now` (ms)."""
        return self.snoozed_until is not None and now < self.snoozed_until

    @property
    def verification_failed(self) -> bool:
        """Whether the latest verification failed, and nobody dismissed that; `stands` is the same in SQL."""
        return bool(self.verify_failed) and (self.verify_at or 0) > (self.verify_dismissed or 0)

    @property
    def restore_failed(self) -> bool:
        """Whether the latest restore failed, and nobody dismissed that."""
        return bool(self.restored_failed) and (self.restored_at or 0) > (self.restored_dismissed or 0)

    @property
    def label(self) -> str:
        return self.alias or self.name

    @property
    def deleting(self) -> bool:
        """Whether it is being deleted."""
        return self.deleting_at is not None

    @property
    def joining(self) -> bool:
        """Whether it is becoming a part of another one."""
        return self.joining_at is not None


def values_of(job: Job) -> list[object]:
    """All columns of a job, in their order."""
    return list(_all_values(job))


def deleting_name(job: int) -> str:
    """What a job is called while it is deleted: its own name is free. No name of a report begins with a blank."""
    return f" deleted:{job}"


def joining_name(merge: int, name: str) -> str:
    """What a job is called while it becomes a part of another one, as `deleting_name`."""
    return f" joined:{merge} {name}"


COLUMNS = tuple(f.name for f in fields(Job))
SELECT = f"SELECT {', '.join(COLUMNS)} FROM job"
_all_values = attrgetter(*COLUMNS)
_FIXED = ("id", "account_id", "server_id", "created_at")
_MUTABLE = tuple(name for name in COLUMNS if name not in _FIXED)
_values = attrgetter(*_MUTABLE)
_mutable_of = itemgetter(*map(COLUMNS.index, _MUTABLE))
# What the passing of time changes. Nothing else is written by it: a person may change that meanwhile.
_IN_TIME = (
    "paused", "expected_at", "due_at", "missed", "health", "health_at", "days", "days_to", "live_state",
    "next_check_at", "snoozed_until", "goods",
)  # fmt: skip
_values_in_time = attrgetter(*_IN_TIME)
_UPDATE_IN_TIME = f"UPDATE job SET {', '.join(f'{name} = ?' for name in _IN_TIME)} WHERE id = ?"
# Columns that say that a job is not what it was, with what stands for none.
_SEEN = (
    ("health", ""), ("due_at", 0), ("last_run", 0), ("live_state", ""), ("live_at", 0), ("missed", 0), ("paused", 0),
    ("paused_until", 0), ("maintenance_from", 0), ("maintenance_until", 0), ("archived_at", 0), ("next_check_at", 0),
    ("snoozed_until", 0), ("verify_at", 0), ("verify_failed", 0), ("verify_dismissed", 0), ("restored_at", 0),
    ("restored_failed", 0), ("restored_dismissed", 0),
)  # fmt: skip
_AS_SEEN = " AND ".join(f"COALESCE({name}, {none!r}) = ?" for name, none in _SEEN)


def resting(now: int, job: str = "job") -> Clause:
    """1 for a job of which nothing is expected at `now` (ms), else 0: what core.health.rests_until says, in SQL.

    `job` is what a statement calls the table.
    """
    return Clause(
        f"CASE WHEN {job}.archived_at IS NOT NULL OR (paused = 1 AND (paused_until IS NULL OR paused_until > ?))"
        " OR (maintenance_from <= ? AND maintenance_until > ?) THEN 1 ELSE 0 END",
        (now, now, now),
    )


def stands(prefix: str) -> str:
    """SQL for 1 where the latest `verify` or `restored` failed and nobody dismissed that, else 0."""
    return (
        f"CASE WHEN {prefix}_failed = 1 AND {prefix}_at > COALESCE({prefix}_dismissed, 0) THEN 1 ELSE 0 END"
    )


def locked(db: Database, server: int, name: str) -> Job | None:
    """The job of that name, held until the transaction ends."""
    row = db.row(f"{SELECT} WHERE server_id = ? AND name = ?{db.for_update}", (server, name))
    if row is None:
        return None
    job = Job(*row)
    job.note_stored(_mutable_of(row))
    return job


def locked_by_id(db: Database, job: int) -> Job | None:
    row = db.row(f"{SELECT} WHERE id = ?{db.for_update}", (job,))
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
    """Write every column that can change; of a job that `locked` gave, those that are not as they were stored.

    An index is kept up to date for each column that a statement names, changed or not: of the hundred columns of a
    job, a report changes twenty.
    """
    values, columns = _values(job), _MUTABLE
    stored = getattr(job, "stored", None)
    if stored is not None:
        changed = [*map(ne, values, stored)]
        columns = tuple(compress(_MUTABLE, changed))
        job.note_stored(values)
        values = tuple(compress(values, changed))
    if columns:
        db.execute(_update_of(columns), (*values, job.id))


@lru_cache(maxsize=1024)
def _update_of(columns: tuple[str, ...]) -> str:
    return f"UPDATE job SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?"


def save_if_unchanged(db: Database, *changes: tuple[Job, Job]) -> list[bool]:
    """Compare and set: write what time changed of jobs, unless they changed since seen: (job, seen). Which it wrote."""
    before = [[getattr(seen, name) or none for name, none in _SEEN] for _, seen in changes]
    values = ([*_values_in_time(job), job.id, *was] for (job, _), was in zip(changes, before, strict=True))
    return [rows == 1 for rows in db.change_each(f"{_UPDATE_IN_TIME} AND {_AS_SEEN}", values)]


def due(db: Database, now: int, limit: int) -> list[Job]:
    """The jobs that the clock has to look at, longest due first."""
    rows = db.rows(
        f"{SELECT} WHERE due_at <= ? OR next_check_at <= ? ORDER BY due_at LIMIT ?", (now, now, limit)
    )
    return [Job(*row) for row in rows]


def next_due(db: Database, now: int) -> int | None:
    """When the next job becomes due after `now`, or begins or ends to rest; None when none will."""
    row = db.row(
        "SELECT MIN(at) FROM (SELECT MIN(due_at) AS at FROM job WHERE due_at > ?"
        " UNION ALL SELECT MIN(next_check_at) FROM job WHERE next_check_at > ?) AS t",
        (now, now),
    )
    return row[0] if row else None


def to_learn(db: Database) -> list[int]:
    """The ids of the jobs that have something to learn from, those that wait longest first."""
    rows = db.rows("SELECT id FROM job WHERE learn_since IS NOT NULL ORDER BY learn_since, id")
    return [job for (job,) in rows]


def locked_to_learn(db: Database, jobs: Sequence[int]) -> list[Job]:
    """Those of some jobs that nobody holds, held until the transaction ends: whoever holds one has more to learn."""
    marks = ", ".join("?" * len(jobs))
    rows = db.rows(f"{SELECT} WHERE id IN ({marks}) ORDER BY id{db.for_update_of_free}", jobs)
    return [Job(*row) for row in rows]


def save_learned(db: Database, job: Job) -> None:
    """Write what was learned, and whether there is something to learn from; nothing else."""
    db.execute(
        "UPDATE job SET learned = ?, told_gap = ?, learn_since = ? WHERE id = ?",
        (job.learned, job.told_gap, job.learn_since, job.id),
    )


def by_id(db: Database, accounts: tuple[int, ...], job: int) -> Job | None:
    row = db.row(f"{SELECT} WHERE id = ? AND account_id IN ({account_filter(accounts)})", (job,))
    return Job(*row) if row else None


def by_ids(db: Database, jobs: Sequence[int]) -> dict[int, Job]:
    if not jobs:
        return {}
    return {
        row[0]: Job(*row) for row in db.rows(f"{SELECT} WHERE id IN ({', '.join('?' * len(jobs))})", jobs)
    }


def server_of(db: Database, job: int) -> int | None:
    """The server of a job; None when the job is gone."""
    row = db.row("SELECT server_id FROM job WHERE id = ?", (job,))
    return row[0] if row else None


def of_server(db: Database, server: int) -> list[Job]:
    """The jobs of a server, the one with the latest backup run first."""
    found = [Job(*row) for row in db.rows(f"{SELECT} WHERE server_id = ?", (server,))]
    return sorted(found, key=lambda job: (job.last_order is None, -(job.last_order or 0), job.name, job.id))


def with_ref(db: Database, server: int, ref: str) -> list[Job]:
    """The jobs of a server that its agent has one id for."""
    rows = db.rows(f"{SELECT} WHERE server_id = ? AND ref = ? ORDER BY id", (server, ref))
    return [Job(*row) for row in rows]


def servers_that_ran(db: Database, servers: Sequence[int]) -> set[int]:
    """Those of some servers that have a backup run."""
    if not servers:
        return set()
    rows = db.rows(
        f"SELECT DISTINCT server_id FROM job WHERE server_id IN ({', '.join('?' * len(servers))})"
        " AND last_run IS NOT NULL AND deleting_at IS NULL",
        servers,
    )
    return {row[0] for row in rows}


def visible(db: Database, accounts: tuple[int, ...], *, archived: bool = False) -> list[Job]:
    """Every job, in order of its name, without those in the archive unless they are asked for."""
    kept = "" if archived else " AND archived_at IS NULL"
    rows = db.rows(f"{SELECT} WHERE account_id IN ({account_filter(accounts)}){kept}")
    # Sorted here: each database has an order of letters of its own.
    return sorted((Job(*row) for row in rows), key=lambda job: (job.name.casefold(), job.id))


def active_by_status(db: Database, accounts: tuple[int, ...], now: int) -> list[tuple[str | None, int]]:
    """(status of the latest backup run or None, how many jobs) of those of which something is expected at `now`."""
    rest = resting(now)
    rows = db.rows(
        f"SELECT last_status, count(*) FROM job WHERE account_id IN ({account_filter(accounts)}) AND {rest.text} = 0"
        " GROUP BY last_status",
        rest.parameters,
    )
    return [(row[0], row[1]) for row in rows]
