"""Silences: for a time, problems of some jobs are shown and told nobody."""

from dataclasses import dataclass, fields

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.pagination import Clause

ALL = Clause()
# Each job may be silenced for itself.
MOST_IN_SPAN = 20_000


@dataclass(frozen=True, slots=True)
class Silence:
    """A row of `silence`; times in ms. `spec` is a match, as core.alerts.rule reads it."""

    id: int
    account_id: int
    spec: str
    from_at: int
    until_at: int
    why: str
    set_by: str
    created_at: int
    ended_at: int | None

    def holds(self, now: int) -> bool:
        return self.ended_at is None and self.from_at <= now < self.until_at

    def state(self, now: int) -> str:
        """What it is at a time (ms): coming, holding or over."""
        if self.ended_at is not None or self.until_at <= now:
            return "over"
        return "holding" if self.holds(now) else "coming"


_SELECT = f"SELECT {', '.join(f.name for f in fields(Silence))} FROM silence"


def add(
    db: Database, account: int, spec: str, from_at: int, until_at: int, *, why: str, set_by: str, now: int
) -> int:
    """The id of a new silence."""
    new = db.insert(
        "INSERT INTO silence (account_id, spec, from_at, until_at, why, set_by, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (account, spec, from_at, until_at, why, set_by, now),
    )
    if new is None:
        raise LookupError("a silence was not stored")
    return new


def end(db: Database, silence: int, now: int) -> bool:
    """End a silence before its time; False when it has ended."""
    return (
        db.change(
            "UPDATE silence SET ended_at = ? WHERE id = ? AND ended_at IS NULL AND until_at > ?",
            (now, silence, now),
        )
        == 1
    )


def holding(db: Database, now: int) -> list[Silence]:
    """Those that hold now."""
    rows = db.rows(
        f"{_SELECT} WHERE ended_at IS NULL AND until_at > ? AND from_at <= ? ORDER BY id", (now, now)
    )
    return [Silence(*row) for row in rows]


def seen(db: Database, accounts: tuple[int, ...], silence: int) -> Silence | None:
    row = db.row(f"{_SELECT} WHERE id = ? AND account_id IN ({account_filter(accounts)})", (silence,))
    return Silence(*row) if row else None


def current(now: int) -> Clause:
    """Those that hold now, or will."""
    return Clause("ended_at IS NULL AND until_at > ?", (now,))


def over(now: int) -> Clause:
    return Clause("(ended_at IS NOT NULL OR until_at <= ?)", (now,))


def page(
    db: Database,
    accounts: tuple[int, ...],
    *,
    wanted: Clause = ALL,
    before: int | None = None,
    limit: int,
) -> list[Silence]:
    """The silences of accounts that are `wanted`, newest first; `before` is the id where the page before ended."""
    clauses, values = [f"account_id IN ({account_filter(accounts)})"], [*wanted.parameters]
    if wanted.text:
        clauses.append(wanted.text)
    if before is not None:
        clauses.append("id < ?")
        values.append(before)
    rows = db.rows(f"{_SELECT} WHERE {' AND '.join(clauses)} ORDER BY id DESC LIMIT ?", (*values, limit))
    return [Silence(*row) for row in rows]


def in_span(db: Database, accounts: tuple[int, ...], from_at: int, to_at: int) -> list[Silence]:
    """Those that held at some time of a span (ms), oldest first."""
    rows = db.rows(
        f"{_SELECT} WHERE account_id IN ({account_filter(accounts)}) AND from_at < ?"
        " AND COALESCE(ended_at, until_at) > ?"
        " ORDER BY from_at LIMIT ?",
        (to_at, from_at, MOST_IN_SPAN),
    )
    return [Silence(*row) for row in rows]


def get(db: Database, silence: int) -> Silence | None:
    row = db.row(f"{_SELECT} WHERE id = ?", (silence,))
    return Silence(*row) if row else None
