"""The audit log: every change that a person made."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of `audit`. `at` is in ms; `before` and `after` are JSON objects."""

    id: int
    account_id: int
    at: int
    user: int | None
    who: str
    address: str
    action: str
    subject: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries; empty for all. `action` is a whole one or what stands before its dot; times are ms."""

    who: str = ""
    action: str = ""
    since: int | None = None
    until: int | None = None


# "user" is a word of PostgreSQL's own.
_COLUMNS = ", ".join(f'"{f.name}"' for f in fields(Entry))


def add(
    db: Database,
    *,
    account: int,
    at: int,
    user: int | None,
    who: str,
    address: str,
    action: str,
    subject: str,
    before: str,
    after: str,
) -> None:
    db.execute(
        'INSERT INTO audit (account_id, at, "user", who, address, action, subject, before, after)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (account, at, user, who, address, action, subject, before, after),
    )


def page(
    db: Database, accounts: tuple[int, ...], wanted: Filter, *, before: int | None, limit: int
) -> list[Entry]:
    """The newest entries of some accounts, those with ids below `before` when it is given."""
    where, parameters = [f"account_id IN ({account_filter(accounts)})"], []
    for holds, condition, value in (
        (wanted.who, "who = ?", wanted.who),
        (wanted.since is not None, "at >= ?", wanted.since),
        (wanted.until is not None, "at < ?", wanted.until),
        (before is not None, "id < ?", before),
    ):
        if holds:
            where.append(condition)
            parameters.append(value)
    if wanted.action:
        where.append("(action = ? OR substr(action, 1, ?) = ?)")
        parameters += [wanted.action, len(wanted.action) + 1, f"{wanted.action}."]
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM audit WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?",
        (*parameters, limit),
    )
    return [Entry(*row) for row in rows]


def everything(db: Database, accounts: tuple[int, ...], wanted: Filter, size: int = 500) -> Iterator[Entry]:
    """All entries of some accounts, newest first, a few at a time."""
    before: int | None = None
    while entries := page(db, accounts, wanted, before=before, limit=size):
        yield from entries
        before = entries[-1].id


def prune(db: Database, before: int, limit: int) -> int:
    """Delete what was noted before a time; how many."""
    return db.change(
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)",
        (before, limit),
    )
