"""Background tasks: what takes long. Whoever works on one holds it until a time; others keep off."""

from dataclasses import dataclass, fields

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class BackgroundTask:
    """A row of `chore`: times in ms. `state` and `by` (who asked, as an argument of a command) are JSON."""

    id: int
    kind: str
    account_id: int
    subject: str
    by: str
    asked_at: int
    taken_until: int | None
    ended_at: int | None
    state: str
    problem: str


_COLUMNS = ", ".join(f'"{f.name}"' for f in fields(BackgroundTask))
_GOOD = "ended_at IS NOT NULL AND problem = ''"
_FREE = "ended_at IS NULL AND (taken_until IS NULL OR taken_until <= ?)"


def add(db: Database, *, kind: str, account: int, subject: str, by: str, now: int, state: str) -> int:
    """A new background task; its id."""
    new = db.insert(
        'INSERT INTO chore (kind, account_id, subject, "by", asked_at, state) VALUES (?, ?, ?, ?, ?, ?) RETURNING id',
        (kind, account, subject, by, now, state),
    )
    if new is None:
        raise LookupError("the database gave no id to a background task")
    return new


def under_way(db: Database, kind: str, subject: str) -> bool:
    """Whether there is such a background task that has not ended."""
    row = db.row(
        "SELECT 1 FROM chore WHERE kind = ? AND subject = ? AND ended_at IS NULL LIMIT 1", (kind, subject)
    )
    return row is not None


def unended(db: Database, kind: str) -> list[BackgroundTask]:
    """The background tasks of a kind that have not ended, oldest first."""
    rows = db.rows(f"SELECT {_COLUMNS} FROM chore WHERE kind = ? AND ended_at IS NULL ORDER BY id", (kind,))
    return [BackgroundTask(*row) for row in rows]


def finish(db: Database, kind: str, subject: str, now: int) -> None:
    """It is done, whoever holds it: in the transaction that did the last of it."""
    db.change(
        "UPDATE chore SET ended_at = ?, taken_until = NULL WHERE kind = ? AND subject = ? AND ended_at IS NULL",
        (now, kind, subject),
    )


def any_free(db: Database, now: int) -> bool:
    return db.row(f"SELECT 1 FROM chore WHERE {_FREE} LIMIT 1", (now,)) is not None


def take(db: Database, now: int, until: int) -> BackgroundTask | None:
    """The first background task that nobody works on, held until a time; None for none."""
    row = db.row(
        f"UPDATE chore SET taken_until = ? WHERE id = (SELECT min(id) FROM chore WHERE {_FREE}) AND {_FREE}"
        f" RETURNING {_COLUMNS}",
        (until, now, now),
    )
    return BackgroundTask(*row) if row else None


def hold_on(db: Database, task: int, until: int, again: int, state: str) -> bool:
    """Note how far it is, and hold it until `again`; False for whoever no longer holds it."""
    return bool(
        db.change(
            "UPDATE chore SET taken_until = ?, state = ? WHERE id = ? AND taken_until = ? AND ended_at IS NULL",
            (again, state, task, until),
        )
    )


def let_go(db: Database, task: int, until: int) -> None:
    """Leave it to whoever comes next."""
    db.change("UPDATE chore SET taken_until = NULL WHERE id = ? AND taken_until = ?", (task, until))


def end(db: Database, task: int, until: int, now: int, state: str, problem: str) -> None:
    """It is done, or cannot be; by whoever still holds it."""
    db.change(
        "UPDATE chore SET ended_at = ?, taken_until = NULL, state = ?, problem = ? WHERE id = ? AND taken_until = ?",
        (now, state, problem, task, until),
    )


def latest(db: Database, accounts: tuple[int, ...], kind: str, limit: int = 1) -> list[BackgroundTask]:
    """The newest background tasks of a kind that were asked for in these accounts, newest first."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM chore WHERE kind = ? AND account_id IN ({account_filter(accounts)})"
        " ORDER BY id DESC LIMIT ?",
        (kind, limit),
    )
    return [BackgroundTask(*row) for row in rows]


def page(
    db: Database, accounts: tuple[int, ...], *, kind: str, before: int | None, limit: int
) -> list[BackgroundTask]:
    """Those of a kind of these accounts, newest first; with ids below `before` when it is given."""
    older, values = ("", ()) if before is None else (" AND id < ?", (before,))
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM chore WHERE kind = ? AND account_id IN ({account_filter(accounts)}){older}"
        " ORDER BY id DESC LIMIT ?",
        (kind, *values, limit),
    )
    return [BackgroundTask(*row) for row in rows]


def get(db: Database, task: int) -> BackgroundTask | None:
    row = db.row(f"SELECT {_COLUMNS} FROM chore WHERE id = ?", (task,))
    return BackgroundTask(*row) if row else None


def end_at_once(db: Database, task: int, now: int) -> None:
    """It is done, by whoever added it."""
    db.change("UPDATE chore SET ended_at = ? WHERE id = ?", (now, task))


def newest(db: Database, kind: str) -> BackgroundTask | None:
    """The one of a kind that was asked for last, whether or not it has ended."""
    return _newest(db, kind, "true")


def newest_ended(db: Database, kind: str) -> BackgroundTask | None:
    return _newest(db, kind, "ended_at IS NOT NULL")


def newest_good(db: Database, kind: str) -> BackgroundTask | None:
    """The last one of a kind that came to its end without a problem."""
    return _newest(db, kind, _GOOD)


def _newest(db: Database, kind: str, which: str) -> BackgroundTask | None:
    row = db.row(f"SELECT {_COLUMNS} FROM chore WHERE kind = ? AND {which} ORDER BY id DESC LIMIT 1", (kind,))
    return BackgroundTask(*row) if row else None


def prune(db: Database, before: int, limit: int, remembered: str = "own_backup") -> int:
    """Delete tasks that ended before a time, but for the last good one of the kind `remembered`; how many."""
    return db.change(
        "DELETE FROM chore WHERE id IN (SELECT id FROM chore WHERE ended_at < ? AND id <> coalesce("
        f"(SELECT max(id) FROM chore WHERE kind = ? AND {_GOOD}), 0) LIMIT ?)",
        (before, remembered, limit),
    )
