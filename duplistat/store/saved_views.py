"""Saved views of the overview: of one person, or shared within an account."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class SavedView:
    """A row of `saved_view`. `user_id` is the person whose it is, None where it is shared within its account; `state`
    is the JSON of a core.overview_view.ViewState. Times are ms."""

    id: int
    account_id: int
    user_id: int | None
    name: str
    state: str
    created_at: int
    changed_at: int


_COLUMNS = tuple(f.name for f in fields(SavedView))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM saved_view"
_SETTABLE = frozenset({"user_id", "name", "state", "changed_at"})


def add(db: Database, values: Mapping[str, Any]) -> int | None:
    """The id of a new view, `values` by column; None when its person, or its account, has one of that name."""
    return db.insert(
        f"INSERT INTO saved_view ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
        " ON CONFLICT DO NOTHING RETURNING id",
        list(values.values()),
    )


def update(db: Database, view: int, changes: Mapping[str, Any]) -> None:
    """Set some columns."""
    if not set(changes) <= _SETTABLE:
        raise ValueError(f"not to be set: {sorted(set(changes) - _SETTABLE)}")
    columns = ", ".join(f"{name} = ?" for name in changes)
    db.execute(f"UPDATE saved_view SET {columns} WHERE id = ?", (*changes.values(), view))


def delete(db: Database, view: int) -> None:
    db.execute("DELETE FROM saved_view WHERE id = ?", (view,))


def get(db: Database, view: int) -> SavedView | None:
    row = db.row(f"{_SELECT} WHERE id = ?", (view,))
    return SavedView(*row) if row else None


def by_name(db: Database, account: int, user: int | None, name: str) -> SavedView | None:
    """The view of that name of a person, or the shared one of an account."""
    row = db.row(
        f"{_SELECT} WHERE account_id = ? AND COALESCE(user_id, 0) = ? AND name = ?",
        (account, user or 0, name),
    )
    return SavedView(*row) if row else None


def count(db: Database, account: int, user: int | None) -> int:
    """How many views a person has in an account, or how many an account shares."""
    row = db.row(
        "SELECT COUNT(*) FROM saved_view WHERE account_id = ? AND COALESCE(user_id, 0) = ?",
        (account, user or 0),
    )
    return int(row[0]) if row else 0


def of_person(db: Database, account: int, user: int) -> list[SavedView]:
    """Those that a person sees in an account: the shared ones, then their own, by name."""
    rows = db.rows(f"{_SELECT} WHERE account_id = ? AND (user_id IS NULL OR user_id = ?)", (account, user))
    found = [SavedView(*row) for row in rows]
    return sorted(found, key=lambda view: (view.user_id is not None, view.name.casefold(), view.id))


def shared(db: Database, accounts: tuple[int, ...], view: int) -> SavedView | None:
    """The view of that id, if it is shared within one of these accounts."""
    row = db.row(
        f"{_SELECT} WHERE id = ? AND user_id IS NULL AND account_id IN ({account_filter(accounts)})", (view,)
    )
    return SavedView(*row) if row else None


def page_of_shared(db: Database, accounts: tuple[int, ...], *, after: int, limit: int) -> list[SavedView]:
    """Those that some accounts share, by id, with an id after another one."""
    rows = db.rows(
        f"{_SELECT} WHERE user_id IS NULL AND account_id IN ({account_filter(accounts)}) AND id > ?"
        " ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [SavedView(*row) for row in rows]
