"""Digests: summaries of an account that go out by the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Digest:
    """A row of `digest`; times in ms. `channels` is a JSON list of ids; `last_state` is for services.alerts.digests."""

    id: int
    account_id: int
    name: str
    period: str
    hour: int
    day: int
    channels: str
    skip_unchanged: int
    enabled: int
    next_at: int
    last_at: int | None
    last_state: str
    created_at: int


_COLUMNS = tuple(f.name for f in fields(Digest))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM digest"
_SETTABLE = frozenset(_COLUMNS) - {"id", "account_id", "created_at"}


def add(db: Database, values: Mapping[str, Any]) -> int | None:
    """The id of a new digest, `values` by column; None when its account has one of that name."""
    return db.insert(
        f"INSERT INTO digest ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
        " ON CONFLICT (account_id, name) DO NOTHING RETURNING id",
        list(values.values()),
    )


def update(db: Database, digest: int, changes: Mapping[str, Any]) -> None:
    """Set some columns."""
    if not set(changes) <= _SETTABLE:
        raise ValueError(f"not to be set: {sorted(set(changes) - _SETTABLE)}")
    columns = ", ".join(f"{name} = ?" for name in changes)
    db.execute(f"UPDATE digest SET {columns} WHERE id = ?", (*changes.values(), digest))


def advance(db: Database, digest: int, seen: int, next_at: int) -> bool:
    """Compare and set: whoever moves it on from the time that it `seen` (ms) sends it; False for all others."""
    statement = "UPDATE digest SET next_at = ? WHERE id = ? AND next_at = ? AND enabled = 1"
    return db.change(statement, (next_at, digest, seen)) == 1


def delete(db: Database, digest: int) -> None:
    db.execute("DELETE FROM digest WHERE id = ?", (digest,))


def get(db: Database, digest: int) -> Digest | None:
    row = db.row(f"{_SELECT} WHERE id = ?", (digest,))
    return Digest(*row) if row else None


def seen(db: Database, accounts: tuple[int, ...], digest: int) -> Digest | None:
    """The digest of that id, if a caller for these accounts may see it."""
    row = db.row(f"{_SELECT} WHERE id = ? AND account_id IN ({account_filter(accounts)})", (digest,))
    return Digest(*row) if row else None


def by_name(db: Database, account: int, name: str) -> Digest | None:
    row = db.row(f"{_SELECT} WHERE account_id = ? AND name = ?", (account, name))
    return Digest(*row) if row else None


def of_accounts(db: Database, accounts: tuple[int, ...]) -> list[Digest]:
    """The digests of accounts, by account and name."""
    rows = db.rows(f"{_SELECT} WHERE account_id IN ({account_filter(accounts)}) ORDER BY account_id, name")
    return [Digest(*row) for row in rows]


def due(db: Database, now: int, limit: int) -> list[Digest]:
    """Those that are on and whose time has come, longest due first."""
    rows = db.rows(f"{_SELECT} WHERE enabled = 1 AND next_at <= ? ORDER BY next_at, id LIMIT ?", (now, limit))
    return [Digest(*row) for row in rows]


def sizes_then(
    db: Database, accounts: tuple[int, ...], since: int, until: int
) -> dict[int, tuple[int | None, int | None]]:
    """{job: (source size, backup size)} of the latest backup run of each that began in a time (ms) and ended well.

    It reads the runs of that time at most, by an index.
    """
    first = db.first_of_each(
        "job",
        "run",
        "job_id = o.id AND order_at >= ? AND order_at < ? AND is_backup = 1 AND partial = 0"
        " AND status IN ('success', 'warning') ORDER BY order_at DESC, id DESC LIMIT 1",
    )
    rows = db.rows(
        f"SELECT o.id, t.size, t.storage {first} WHERE o.account_id IN ({account_filter(accounts)})",
        (since, until),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def gone(
    db: Database, accounts: tuple[int, ...], since: int, until: int, limit: int
) -> Sequence[tuple[str, str, int, int, str, str]]:
    """(action, subject, account, at, before, after) of jobs that were deleted, joined or renamed in a time (ms)."""
    rows = db.rows(
        "SELECT action, subject, account_id, at, before, after FROM audit"
        f" WHERE account_id IN ({account_filter(accounts)}) AND at >= ? AND at < ?"
        " AND (action IN ('job.delete', 'job.join') OR (action = 'job.set' AND before LIKE '%\"alias\":%'))"
        " ORDER BY at DESC, id DESC LIMIT ?",
        (since, until, limit),
    )
    return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]


def keys_that_expire(
    db: Database, accounts: tuple[int, ...], since: int, until: int, limit: int
) -> list[tuple[str, int, int]]:
    """(name, account, expires_at) of the keys that hold and expire in a time (ms), the first to expire first."""
    rows = db.rows(
        f"SELECT name, account_id, expires_at FROM key WHERE account_id IN ({account_filter(accounts)})"
        " AND revoked_at IS NULL AND expires_at >= ? AND expires_at < ? ORDER BY expires_at, id LIMIT ?",
        (since, until, limit),
    )
    return [(row[0], row[1], row[2]) for row in rows]
