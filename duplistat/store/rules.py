"""Rules: who hears of what. What a rule says is JSON, as core.alerts.rule reads it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A row of `rule`."""

    id: int
    account_id: int
    name: str
    enabled: int
    spec: str
    created_at: int


_SELECT = f"SELECT {', '.join(f.name for f in fields(RuleRow))} FROM rule"
_SETTABLE = {"name", "enabled", "spec"}


def add(db: Database, account: int, name: str, spec: str, now: int) -> int | None:
    """The id of a new rule; None when its account has one of that name."""
    return db.insert(
        "INSERT INTO rule (account_id, name, spec, created_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (account_id, name) DO NOTHING RETURNING id",
        (account, name, spec, now),
    )


def update(db: Database, rule: int, changes: Mapping[str, Any]) -> None:
    if not set(changes) <= _SETTABLE:
        raise ValueError(f"not to be set: {sorted(set(changes) - _SETTABLE)}")
    columns = ", ".join(f"{name} = ?" for name in changes)
    db.execute(f"UPDATE rule SET {columns} WHERE id = ?", (*changes.values(), rule))


def delete(db: Database, rule: int) -> None:
    db.execute("DELETE FROM rule WHERE id = ?", (rule,))


def get(db: Database, rule: int) -> RuleRow | None:
    row = db.row(f"{_SELECT} WHERE id = ?", (rule,))
    return RuleRow(*row) if row else None


def by_name(db: Database, account: int, name: str) -> RuleRow | None:
    row = db.row(f"{_SELECT} WHERE account_id = ? AND name = ?", (account, name))
    return RuleRow(*row) if row else None


def seen(db: Database, accounts: tuple[int, ...], rule: int) -> RuleRow | None:
    """The rule of that id, if a caller for these accounts may see it."""
    row = db.row(f"{_SELECT} WHERE id = ? AND account_id IN ({account_filter(accounts)})", (rule,))
    return RuleRow(*row) if row else None


def of_accounts(db: Database, accounts: tuple[int, ...]) -> list[RuleRow]:
    """The rules of accounts, enabled or not, by account and name."""
    rows = db.rows(f"{_SELECT} WHERE account_id IN ({account_filter(accounts)}) ORDER BY account_id, name")
    return [RuleRow(*row) for row in rows]


def page(db: Database, accounts: tuple[int, ...], *, after: int, limit: int) -> list[RuleRow]:
    """Rules of accounts by id, those with a higher id than `after`."""
    rows = db.rows(
        f"{_SELECT} WHERE account_id IN ({account_filter(accounts)}) AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [RuleRow(*row) for row in rows]


def enabled(db: Database) -> list[RuleRow]:
    """All rules that are on."""
    return [RuleRow(*row) for row in db.rows(f"{_SELECT} WHERE enabled = 1 ORDER BY id")]


def by_ids(db: Database, ids: Sequence[int]) -> list[RuleRow]:
    if not ids:
        return []
    return [RuleRow(*row) for row in db.rows(f"{_SELECT} WHERE id IN ({', '.join('?' * len(ids))})", ids)]


def naming(db: Database, channel: int) -> list[RuleRow]:
    """The rules that name a channel."""
    found = [RuleRow(*row) for row in db.rows(f"{_SELECT} ORDER BY id")]
    return [row for row in found if channel in _channels_in(row.spec)]


def _channels_in(spec: str) -> set[int]:
    return {channel for step in json.loads(spec)["steps"] for channel in step["channels"]}
