"""Problems: what is wrong with a job, a channel or this server, from when it began until it is over."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields

from duplistat.core.alerts.problem import Problem
from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

COLUMNS = tuple(f.name for f in fields(Problem))
_MUTABLE = tuple(
    name
    for name in COLUMNS
    if name not in ("id", "uid", "account_id", "subject", "family", "job_id", "channel_id", "opened_at")
)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM problem"
_UPDATE = f"UPDATE problem SET {', '.join(f'{name} = ?' for name in _MUTABLE)} WHERE id = ? AND changes = ?"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def new_uid() -> str:
    """A name that nobody guesses and nobody has: 26 letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(26))


def of_job(job: int) -> str:
    """The subject of a job's problems."""
    return f"job:{job}"


def of_channel(channel: int) -> str:
    return f"channel:{channel}"


def add(db: Database, problem: Problem) -> int | None:
    """The id of a new problem; None when one of its subject and family is open already."""
    names = COLUMNS[1:]
    return db.insert(
        f"INSERT INTO problem ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        " ON CONFLICT DO NOTHING RETURNING id",
        [getattr(problem, name) for name in names],
    )


def save_if_unchanged(db: Database, problem: Problem, seen: Problem) -> bool:
    """Compare and set: write it unless it changed since `seen` was read. True when written."""
    values = [getattr(problem, name) for name in _MUTABLE]
    return db.change(_UPDATE, (*values, problem.id, seen.changes)) == 1


def set_next(db: Database, problem: int, next_at: int | None, changes: int) -> None:
    """When to look at it next, unless it changed meanwhile."""
    db.execute(
        "UPDATE problem SET next_at = ? WHERE id = ? AND changes = ?",
        (next_at, problem, changes),
    )


def wake_closed(db: Database, problem: int, now: int) -> bool:
    """Have a problem that is over looked at, since somebody was told of it only now; False for one that is open."""
    return (
        db.change(
            "UPDATE problem SET next_at = ?, changes = changes + 1 WHERE id = ? AND closed_at IS NOT NULL",
            (now, problem),
        )
        == 1
    )


def hold(db: Database, ids: Sequence[int]) -> dict[int, Problem]:
    """Problems by id; until the transaction ends nobody else changes them."""
    if not ids:
        return {}
    rows = db.rows(
        f"{_SELECT} WHERE id IN ({', '.join('?' * len(ids))}) ORDER BY id{db.for_own_use}", list(ids)
    )
    return {row[0]: Problem(*row) for row in rows}


def open_of(db: Database, subject: str, family: str, *, held: bool = False) -> Problem | None:
    """The open problem of a subject; with `held` nobody else changes it until the transaction ends."""
    row = db.row(
        f"{_SELECT} WHERE subject = ? AND family = ? AND closed_at IS NULL{db.for_own_use if held else ''}",
        (subject, family),
    )
    return Problem(*row) if row else None


def earlier(db: Database, subject: str, since: int) -> list[tuple[int, int | None]]:
    """(opened_at, closed_at) of the problems of a subject that were open at some time since (ms), at most 50."""
    rows = db.rows(
        "SELECT opened_at, closed_at FROM problem WHERE subject = ? AND closed_at >= ?"
        " ORDER BY opened_at DESC LIMIT 50",
        (subject, since),
    )
    return [(row[0], row[1]) for row in rows]


def due(db: Database, now: int, limit: int) -> list[Problem]:
    """Problems at which it is time to look, open or just over, those first that waited longest."""
    rows = db.rows(
        f"{_SELECT} WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, id LIMIT ?", (now, limit)
    )
    return [Problem(*row) for row in rows]


def soon(db: Database, until: int, limit: int) -> list[Problem]:
    """Problems at which it will be time to look by then (ms), oldest first."""
    rows = db.rows(
        f"{_SELECT} WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY id LIMIT ?", (until, limit)
    )
    return [Problem(*row) for row in rows]


def get(db: Database, problem: int) -> Problem | None:
    row = db.row(f"{_SELECT} WHERE id = ?", (problem,))
    return Problem(*row) if row else None


def by_ids(db: Database, ids: Sequence[int]) -> dict[int, Problem]:
    if not ids:
        return {}
    rows = db.rows(f"{_SELECT} WHERE id IN ({', '.join('?' * len(ids))})", list(ids))
    return {row[0]: Problem(*row) for row in rows}


def seen(db: Database, accounts: tuple[int, ...], problem: int) -> Problem | None:
    """The problem of that id, if a caller for these accounts may see it."""
    row = db.row(f"{_SELECT} WHERE id = ? AND account_id IN ({account_filter(accounts)})", (problem,))
    return Problem(*row) if row else None


def open_in(db: Database, accounts: tuple[int, ...], limit: int) -> list[Problem]:
    """Open problems of accounts, newest first."""
    rows = db.rows(
        f"{_SELECT} WHERE closed_at IS NULL AND account_id IN ({account_filter(accounts)}) ORDER BY opened_at DESC, id"
        " DESC LIMIT ?",
        (limit,),
    )
    return [Problem(*row) for row in rows]


def closed_in(db: Database, accounts: tuple[int, ...], *, before: int | None, limit: int) -> list[Problem]:
    """Problems of accounts that are over, newest first; `before` is the id where the page before ended."""
    clause, values = (" AND id < ?", [before]) if before is not None else ("", [])
    rows = db.rows(
        f"{_SELECT} WHERE closed_at IS NOT NULL AND account_id IN ({account_filter(accounts)}){clause}"
        " ORDER BY id DESC LIMIT ?",
        (*values, limit),
    )
    return [Problem(*row) for row in rows]


def page(
    db: Database,
    accounts: tuple[int, ...],
    *,
    open_only: bool,
    job: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Problem]:
    """Problems of accounts, or of one job of theirs, newest first; `before` is the id where the page before ended."""
    clauses = [f"account_id IN ({account_filter(accounts)})"]
    values: list[object] = []
    if open_only:
        clauses.append("closed_at IS NULL")
    if job is not None:
        clauses.append("job_id = ?")
        values.append(job)
    if before is not None:
        clauses.append("id < ?")
        values.append(before)
    rows = db.rows(f"{_SELECT} WHERE {' AND '.join(clauses)} ORDER BY id DESC LIMIT ?", (*values, limit))
    return [Problem(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenCount:
    kind: str
    acked: bool
    count: int


def open_counts(db: Database, accounts: tuple[int, ...], now: int) -> list[OpenCount]:
    """How many problems of accounts are open, by kind and whether somebody acknowledged them."""
    rows = db.rows(
        "SELECT kind, CASE WHEN acked_until > ? THEN 1 ELSE 0 END, count(*) FROM problem WHERE closed_at IS NULL"
        f" AND account_id IN ({account_filter(accounts)}) GROUP BY 1, 2 ORDER BY 1, 2",
        (now,),
    )
    return [OpenCount(row[0], bool(row[1]), row[2]) for row in rows]


def prune(db: Database, before: int, limit: int) -> int:
    """Delete problems that ended before a time; how many."""
    return db.change(
        "DELETE FROM problem WHERE id IN (SELECT id FROM problem WHERE closed_at < ? ORDER BY id LIMIT ?)",
        (before, limit),
    )


_GONE = (
    "closed_at IS NULL AND family = 'health' AND (job_id IS NULL OR job_id IN"
    " (SELECT id FROM job WHERE archived_at IS NOT NULL OR deleting_at IS NOT NULL))"
)


def any_gone(db: Database) -> bool:
    """Whether a problem is open whose job is no longer there, or archived."""
    return db.row(f"SELECT 1 FROM problem WHERE {_GONE} LIMIT 1") is not None


def close_gone(db: Database, now: int, limit: int) -> int:
    """End problems of jobs that are no longer there, or archived, so many at most; how many."""
    return db.change(
        "UPDATE problem SET closed_at = ?, closed_how = 'gone', next_at = NULL, changes = changes + 1"
        f" WHERE id IN (SELECT id FROM problem WHERE {_GONE} LIMIT ?)",
        (now, limit),
    )


def came_and_went(db: Database, account: int, since: int, until: int) -> int:
    """How many problems at or below an account began and ended in a time (ms), of which nobody was told."""
    row = db.row(
        "SELECT count(*) FROM problem p JOIN account a ON a.id = p.account_id, account top WHERE top.id = ?"
        " AND a.path LIKE top.path || '%' AND p.opened_at >= ? AND p.opened_at < ? AND p.closed_at < ?"
        " AND p.closed_how <> 'gone' AND NOT EXISTS (SELECT 1 FROM told t WHERE t.problem_id = p.id)",
        (account, since, until, until),
    )
    return row[0] if row else 0


def acknowledge(db: Database, problem: int, until: int | None, *, by: str, why: str, now: int) -> bool:
    """Note that somebody knows of an open problem until then (ms), or takes that back (None); False when it is over."""
    return (
        db.change(
            "UPDATE problem SET acked_at = ?, acked_until = ?, acked_by = ?, acked_why = ?, next_at = ?,"
            " changes = changes + 1 WHERE id = ? AND closed_at IS NULL",
            (None if until is None else now, until, by, why, now, problem),
        )
        == 1
    )


def look_at(db: Database, account: int, now: int) -> int:
    """Have the open problems at or below an account looked at now; how many."""
    return db.change(
        "UPDATE problem SET next_at = ? WHERE closed_at IS NULL AND account_id IN (SELECT a.id FROM account a,"
        " account top WHERE top.id = ? AND a.path LIKE top.path || '%')",
        (now, account),
    )
