"""Ping keys of accounts: encrypted to be shown again, and matched by their hashes."""

from dataclasses import dataclass

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class PingKey:
    """A row of `ping_key`; `secret` is encrypted, `suspended_at` its account's. Times are ms."""

    id: int
    account_id: int
    name: str
    secret: str
    hash: str
    made_at: int
    used_at: int | None
    suspended_at: int | None


_SELECT = (
    "SELECT k.id, k.account_id, k.name, k.secret, k.hash, k.made_at, k.used_at, a.suspended_at"
    " FROM ping_key k JOIN account a ON a.id = k.account_id"
)


def add(db: Database, account: int, name: str, secret: str, hash: str, now: int) -> int | None:
    """A new key; its id, None when the account has one of that name, or the key is known already."""
    return db.insert(
        "INSERT INTO ping_key (account_id, name, secret, hash, made_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (account, name, secret, hash, now),
    )


def by_hash(db: Database, hash: str) -> PingKey | None:
    row = db.row(f"{_SELECT} WHERE k.hash = ?", (hash,))
    return PingKey(*row) if row else None


def by_name(db: Database, account: int, name: str) -> PingKey | None:
    row = db.row(f"{_SELECT} WHERE k.account_id = ? AND k.name = ?", (account, name))
    return PingKey(*row) if row else None


def by_id(db: Database, accounts: tuple[int, ...], key: int) -> PingKey | None:
    """The key of that id, if it is of one of these accounts."""
    row = db.row(f"{_SELECT} WHERE k.id = ? AND k.account_id IN ({account_filter(accounts)})", (key,))
    return PingKey(*row) if row else None


def of_accounts(db: Database, accounts: tuple[int, ...]) -> list[PingKey]:
    """All of these accounts, the oldest first."""
    rows = db.rows(
        f"{_SELECT} WHERE k.account_id IN ({account_filter(accounts)}) ORDER BY k.account_id, k.id"
    )
    return [PingKey(*row) for row in rows]


def replace(db: Database, key: int, secret: str, hash: str, now: int) -> None:
    db.change(
        "UPDATE ping_key SET secret = ?, hash = ?, made_at = ?, used_at = NULL WHERE id = ?",
        (secret, hash, now, key),
    )


def touch(db: Database, key: int, now: int) -> None:
    """Note when it was used."""
    db.execute("UPDATE ping_key SET used_at = ? WHERE id = ?", (now, key))


def drop(db: Database, key: int) -> None:
    db.change("DELETE FROM ping_key WHERE id = ?", (key,))
