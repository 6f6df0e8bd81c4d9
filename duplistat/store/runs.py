"""Runs: one execution of one operation of a job, with its log."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from pydantic_core import to_json

from duplistat.core.report import MAX_INTEGER, VERIFICATIONS
from duplistat.core.restore_points import IN_DETAILS
from duplistat.core.verdict import BROKEN_OF_COPY
from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.packing import pack, unpack
from duplistat.store.pagination import Clause, Cursor, newest


@dataclass(slots=True)
class Run:
    """A row of `run`, column by column. Times are ms since 1970, UTC; `started_ticks` 100 ns; sizes bytes."""

    id: int
    job_id: int
    operation: str
    key: str
    precision: str
    status: str
    status_text: str
    order_at: int
    started_at: int | None
    started_ticks: int | None
    ended_at: int | None
    received_at: int
    offset_minutes: int | None
    skew_ms: int
    duration_ms: int | None
    files: int | None
    size: int | None
    storage: int | None
    uploaded: int | None
    downloaded: int | None
    versions: int | None
    files_added: int | None
    files_modified: int | None
    files_deleted: int | None
    files_failed: int | None
    quota_total: int | None
    quota_free: int | None
    messages: int | None
    warnings: int | None
    errors: int | None
    partial: int
    dry_run: int
    message: str
    details: str
    log_lines: int
    is_backup: int
    # No report told of it: its agent was asked for it, or it was imported.
    collected: int
    # The program from whose database it came; "" for none.
    imported: str


# What stands in the details of a run that verified something, of its own or as a step.
VERIFYING = (*(f'"operation":"{name}"' for name in sorted(VERIFICATIONS)), f'"{BROKEN_OF_COPY}":')
_STEPS = '"steps":['
_decoder = json.JSONDecoder()
# Runs that one transaction of retention looks at.
LOOKED_AT = 500
COLUMNS = tuple(f.name for f in fields(Run))
# What a report says of its run: everything but the ids.
VALUES = COLUMNS[2:]
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM run"
_INSERT = (
    f"INSERT INTO run (account_id, job_id, {', '.join(VALUES)}) VALUES (?, ?{', ?' * len(VALUES)})"
    " ON CONFLICT (job_id, operation, key) DO NOTHING RETURNING id"
)
_UPDATE = f"UPDATE run SET job_id = ?, {', '.join(f'{name} = ?' for name in VALUES)} WHERE id = ?"


def add(db: Database, account: int, job: int, values: Sequence[Any]) -> int | None:
    """A new run with `values` in the order of VALUES; None when the job has that run already."""
    return db.insert(_INSERT, (account, job, *values))


def replace(db: Database, run: int, job: int, values: Sequence[Any]) -> None:
    """Other values for a run that keeps its id."""
    db.execute(_UPDATE, (job, *values, run))


def by_key(db: Database, job: int, operation: str, key: str) -> Run | None:
    row = db.row(f"{_SELECT} WHERE job_id = ? AND operation = ? AND key = ?", (job, operation, key))
    return Run(*row) if row else None


def near(db: Database, job: int, operation: str, since: int, until: int) -> list[tuple[Any, ...]]:
    """(id, key, precision, started_at, status, received_at) of the runs that stand between two times (ms)."""
    return db.rows(
        "SELECT id, key, precision, started_at, status, received_at FROM run"
        " WHERE job_id = ? AND order_at BETWEEN ? AND ? AND operation = ? ORDER BY order_at LIMIT 100",
        (job, since, until, operation),
    )


def get(db: Database, run: int) -> Run | None:
    row = db.row(f"{_SELECT} WHERE id = ?", (run,))
    return Run(*row) if row else None


def by_id(db: Database, accounts: tuple[int, ...], run: int) -> Run | None:
    row = db.row(
        f"SELECT {', '.join('r.' + c for c in COLUMNS)} FROM run r JOIN job j ON j.id = r.job_id"
        f" WHERE r.id = ? AND j.account_id IN ({account_filter(accounts)})",
        (run,),
    )
    return Run(*row) if row else None


def by_ids(db: Database, runs: Sequence[int]) -> dict[int, Run]:
    if not runs:
        return {}
    # Parameters, not numbers: each new text of a statement would be kept as one to run again.
    rows = db.rows(f"{_SELECT} WHERE id IN ({', '.join('?' * len(runs))})", runs)
    return {row[0]: Run(*row) for row in rows}


def status_texts(db: Database, runs: Sequence[int]) -> dict[int, str]:
    """{id: the sender's own word for how it ended} of those runs that have one."""
    if not runs:
        return {}
    marks = ", ".join("?" * len(runs))
    return dict(db.rows(f"SELECT id, status_text FROM run WHERE id IN ({marks}) AND status_text <> ''", runs))


def with_restore_points(db: Database, runs: Sequence[int]) -> dict[int, tuple[str, int]]:
    """{id: (details, order_at)} of those runs whose log told of restore points."""
    if not runs:
        return {}
    rows = db.rows(
        f"SELECT id, details, order_at FROM run WHERE id IN ({', '.join('?' * len(runs))}) AND details LIKE ?",
        (*runs, f"%{IN_DETAILS}%"),
    )
    return {id: (details, order_at) for id, details, order_at in rows}


def history(
    db: Database, job: int, *, before: tuple[int, int] | None = None, limit: int = 50, backups: bool = False
) -> list[Run]:
    """Runs of a job, newest first; `before` is the (order_at, id) of the last one of the page before."""
    where, parameters = "job_id = ?", [job]
    if backups:
        where += " AND is_backup = 1"
    if before:
        where += " AND (order_at < ? OR (order_at = ? AND id < ?))"
        parameters += [before[0], before[0], before[1]]
    rows = db.rows(f"{_SELECT} WHERE {where} ORDER BY order_at DESC, id DESC LIMIT ?", (*parameters, limit))
    return [Run(*row) for row in rows]


def latest_of_server(db: Database, server: int, limit: int) -> list[Run]:
    """The latest runs of all jobs of a server, newest first. Reads `limit` runs of each job, not its history."""
    first = db.first_of_each("job", "run", "job_id = o.id ORDER BY order_at DESC, id DESC LIMIT ?")
    rows = db.rows(
        f"SELECT {', '.join('t.' + c for c in COLUMNS)} {first}"
        " WHERE o.server_id = ? ORDER BY t.order_at DESC, t.id DESC LIMIT ?",
        (limit, server, limit),
    )
    return [Run(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs; empty for all. Times in ms: `since` is included, `until` is not."""

    server: int | None = None
    job: int | None = None
    status: str = ""
    operation: str = ""
    since: int | None = None
    until: int | None = None


def page(
    db: Database, accounts: tuple[int, ...], wanted: Filter, *, before: Cursor | None = None, limit: int = 50
) -> tuple[list[Run], Cursor | None]:
    """Runs, newest first, and where to go on; `before` is where the page before ended. At most 3 statements."""
    owner, owners = "account", list(accounts)
    if wanted.job is not None or wanted.server is not None:
        which = Clause.all_of(("id = ?", wanted.job), ("server_id = ?", wanted.server))
        rows = db.rows(
            f"SELECT id FROM job WHERE {which.text} AND account_id IN ({account_filter(accounts)})",
            which.parameters,
        )
        owner, owners = "job", [row[0] for row in rows]
    found = newest(
        db,
        "run",
        owner,
        owners,
        since=wanted.since,
        until=wanted.until,
        wanted=Clause.all_of(("t.status = ?", wanted.status), ("t.operation = ?", wanted.operation)),
        before=before,
        limit=limit,
    )
    return found.page(by_ids(db, found.ids))


def all_of_job(db: Database, job: int) -> Iterator[Run]:
    """Every run of a job, oldest first."""
    for row in db.rows(f"{_SELECT} WHERE job_id = ? ORDER BY order_at, id", (job,)):
        yield Run(*row)


def telling(db: Database, job: int, operations: Collection[str]) -> Iterator[Run]:
    """The runs of a job that are of these operations, or verified something, newest first; some in memory at once."""
    steps = " OR ".join(["details LIKE ?"] * len(VERIFYING))
    which = f"(operation IN ({', '.join('?' * len(operations))}) OR {steps})"
    wanted = (*operations, *(f"%{mark}%" for mark in VERIFYING))
    at, last = MAX_INTEGER, 0
    while True:
        rows = db.rows(
            f"{_SELECT} WHERE job_id = ? AND (order_at < ? OR (order_at = ? AND id < ?)) AND {which}"
            " ORDER BY order_at DESC, id DESC LIMIT 50",
            (job, at, at, last, *wanted),
        )
        for row in rows:
            run = Run(*row)
            at, last = run.order_at, run.id
            yield run
        if len(rows) < 50:
            return


def between(db: Database, job: int, since: int, until: int) -> list[Run]:
    """The runs of a job that stand from one time (ms) to before another."""
    rows = db.rows(f"{_SELECT} WHERE job_id = ? AND order_at >= ? AND order_at < ?", (job, since, until))
    return [Run(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Times:
    """When a run was, ms; what its sender's clock said, and when the report arrived. `behind`: by how much its agent
    said that its clock is behind ours, of a run that was collected and where that is known."""

    order_at: int
    started_at: int | None
    ended_at: int | None
    received_at: int
    collected: bool
    behind: int | None


def times_of_backups(db: Database, job: int, limit: int) -> list[Times]:
    """When the newest backup runs of a job were, oldest first."""
    rows = db.rows(
        "SELECT order_at, started_at, ended_at, received_at, CASE WHEN collected = 1 THEN details END FROM run"
        " WHERE job_id = ? AND is_backup = 1 ORDER BY order_at DESC, id DESC LIMIT ?",
        (job, limit),
    )
    return [
        Times(
            *(order_at, started_at, ended_at, received_at),
            collected=details is not None,
            behind=json.loads(details).get("behind") if details else None,
        )
        for order_at, started_at, ended_at, received_at, details in reversed(rows)
    ]


def hours_of_backups(db: Database, job: int, since: int, limit: int) -> list[int]:
    """When the first backup run of each hour since a time was (ms), oldest first; the newest `limit` hours."""
    rows = db.rows(
        "SELECT min(order_at) FROM run WHERE job_id = ? AND is_backup = 1 AND order_at >= ?"
        " GROUP BY order_at / 3600000 ORDER BY 1 DESC LIMIT ?",
        (job, since, limit),
    )
    return [at for (at,) in reversed(rows)]


def told_by_reports(db: Database, job: int, limit: int) -> list[tuple[int, int | None]]:
    """(start, next run that the report told of or None), oldest first, of the newest backup runs of a job of which a
    report told. In ms by the sender's clock."""
    rows = db.rows(
        "SELECT COALESCE(started_at, order_at), details FROM run"
        " WHERE job_id = ? AND is_backup = 1 AND collected = 0 AND precision <> 'live'"
        " ORDER BY order_at DESC, id DESC LIMIT ?",
        (job, limit),
    )
    return [(start, json.loads(details).get("next_run")) for start, details in reversed(rows)]


def numbers_of_backups(db: Database, jobs: Sequence[int]) -> dict[int, int]:
    """How many backup runs are known of some jobs; those without any are not in it."""
    if not jobs:
        return {}
    marks = ", ".join("?" * len(jobs))
    rows = db.rows(
        f"SELECT job_id, COUNT(*) FROM run WHERE job_id IN ({marks}) AND is_backup = 1 GROUP BY job_id", jobs
    )
    return {row[0]: row[1] for row in rows}


class LatestNumbers(NamedTuple):
    """What the latest backup run of a job reported, None for what it did not; `uploaded` are bytes."""

    warnings: int | None = None
    errors: int | None = None
    uploaded: int | None = None


def latest_numbers(db: Database, accounts: tuple[int, ...]) -> dict[int, LatestNumbers]:
    """{job: numbers of its latest backup run} of all jobs of some accounts."""
    rows = db.rows(
        "SELECT j.id, r.warnings, r.errors, r.uploaded FROM job j JOIN run r ON r.id = j.last_run"
        f" WHERE j.account_id IN ({account_filter(accounts)})"
    )
    return {job: LatestNumbers(*numbers) for job, *numbers in rows}


def newest_of_job(db: Database, job: int, limit: int) -> list[Run]:
    """The newest runs of a job, oldest first."""
    return history(db, job, limit=limit)[::-1]


def previous_good(db: Database, run: Run) -> Run | None:
    """The good backup before this run, to compare with."""
    row = db.row(
        f"{_SELECT} WHERE job_id = ? AND order_at < ? AND is_backup = 1 AND partial = 0"
        " AND status IN ('success', 'warning') ORDER BY order_at DESC LIMIT 1",
        (run.job_id, run.order_at),
    )
    return Run(*row) if row else None


def steps_in(details: str) -> list[dict[str, Any]]:
    """The steps that the details of a run tell of, without a look at the rest of them."""
    # Within a text, a quotation mark has a backslash before it.
    at = details.find(_STEPS)
    steps: list[dict[str, Any]] = _decoder.raw_decode(details, at + len(_STEPS) - 1)[0] if at >= 0 else []
    return steps


def write_log(lines: Sequence[tuple[str, str, str, int | None]]) -> bytes:
    """Lines of (level, tag, text, time in ms or None), as they are stored."""
    return to_json(lines)


def save_log(db: Database, run: int, written: bytes) -> None:
    """Keep what `write_log` made, in place of what the run had."""
    db.execute(
        "INSERT INTO run_log (run_id, lines) VALUES (?, ?)"
        " ON CONFLICT (run_id) DO UPDATE SET lines = excluded.lines",
        (run, pack(written)),
    )


def drop_log(db: Database, run: int) -> None:
    db.execute("DELETE FROM run_log WHERE run_id = ?", (run,))


def log_of(db: Database, run: int) -> list[tuple[str, str, str, int | None]]:
    """The log of a run: (level, tag, text, time in ms or None) a line; empty when it has none."""
    row = db.row("SELECT lines FROM run_log WHERE run_id = ?", (run,))
    return [tuple(line) for line in json.loads(unpack(bytes(row[0])))] if row else []


def prune(
    db: Database, before: int, limit: int, after: tuple[int, int] = (0, 0)
) -> tuple[int, tuple[int, int] | None]:
    """Delete runs received before a time, but never a job's latest or latest good one: how many, and up to where it
    looked (received_at, id), None at the end. It looks at no more than LOOKED_AT, from `after` on.

    What a verification or a restore among them found stays known of its job, without a link.
    """
    rows = db.rows(
        "SELECT r.id, r.received_at, r.job_id, r.id IN (j.last_run, COALESCE(j.last_success_run, 0))"
        " FROM run r JOIN job j ON j.id = r.job_id WHERE (r.received_at, r.id) > (?, ?) AND r.received_at < ?"
        " ORDER BY r.received_at, r.id LIMIT ?",
        (*after, before, LOOKED_AT),
    )
    old = [(run, job) for run, _, job, kept in rows if not kept]
    if len(old) > limit:
        rows = rows[: 1 + [row[0] for row in rows].index(old[limit - 1][0])]
        old = old[:limit]
    elif len(rows) < LOOKED_AT:
        rows = []
    reached = (rows[-1][1], rows[-1][0]) if rows else None
    if not old:
        return 0, reached
    ids, marks = [run for run, _ in old], ", ".join("?" * len(old))
    of = list({job for _, job in old})
    for column in ("verify_run", "restored_run"):
        db.execute(
            f"UPDATE job SET {column} = NULL WHERE id IN ({', '.join('?' * len(of))}) AND {column} IN ({marks})",
            (*of, *ids),
        )
    return db.change(f"DELETE FROM run WHERE id IN ({marks})", ids), reached
