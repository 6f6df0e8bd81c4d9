"""API keys: only their hashes are here."""

from dataclasses import dataclass

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Key:
    """A row of `key`; `suspended_at` is its account's. Times are ms."""

    id: int
    account_id: int
    name: str
    hash: str
    hint: str
    scopes: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None
    last_used_from: str | None
    old_hash: str | None
    old_until: int | None
    suspended_at: int | None


_SELECT = (
    "SELECT k.id, k.account_id, k.name, k.hash, k.hint, k.scopes, k.created_at, k.expires_at, k.revoked_at,"
    " k.last_used_at, k.last_used_from, k.old_hash, k.old_until, a.suspended_at"
    " FROM key k JOIN account a ON a.id = k.account_id"
)


def add(
    db: Database,
    *,
    account: int,
    name: str,
    hash: str,
    hint: str,
    scopes: str,
    now: int,
    expires_at: int | None = None,
) -> int | None:
    """The new key's id; None when the account has a key of that name, or the key is known already."""
    return db.insert(
        "INSERT INTO key (account_id, name, hash, hint, scopes, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (account, name, hash, hint, scopes, now, expires_at),
    )


def by_hash(db: Database, hash: str) -> Key | None:
    """The key with this hash, or the one that had it before its latest rotation."""
    row = db.row(f"{_SELECT} WHERE k.hash = ?", (hash,))
    row = row or db.row(f"{_SELECT} WHERE k.old_hash = ?", (hash,))
    return Key(*row) if row else None


def by_name(db: Database, account: int, name: str) -> Key | None:
    row = db.row(f"{_SELECT} WHERE k.account_id = ? AND k.name = ?", (account, name))
    return Key(*row) if row else None


def by_id(db: Database, accounts: tuple[int, ...], key: int) -> Key | None:
    """The key of that id, if it is of one of these accounts."""
    row = db.row(f"{_SELECT} WHERE k.id = ? AND k.account_id IN ({account_filter(accounts)})", (key,))
    return Key(*row) if row else None


def page(db: Database, accounts: tuple[int, ...], *, before: int | None, limit: int) -> list[Key]:
    """The newest keys of some accounts, those with ids below `before` when it is given."""
    where, parameters = ("AND k.id < ?", (before,)) if before is not None else ("", ())
    rows = db.rows(
        f"{_SELECT} WHERE k.account_id IN ({account_filter(accounts)}) {where} ORDER BY k.id DESC LIMIT ?",
        (*parameters, limit),
    )
    return [Key(*row) for row in rows]


def rotate(db: Database, key: Key, *, hash: str, hint: str, old_until: int) -> None:
    """Give a key another hash; the one it has expires at a time (ms)."""
    db.change(
        "UPDATE key SET old_hash = hash, old_until = ?, hash = ?, hint = ? WHERE id = ?",
        (old_until, hash, hint, key.id),
    )


def of_account(db: Database, account: int | None = None) -> list[Key]:
    """All keys, or those of one account, in order of name."""
    where, parameters = ("WHERE k.account_id = ?", (account,)) if account else ("", ())
    rows = db.rows(f"{_SELECT} {where} ORDER BY k.account_id, k.name", parameters)
    return [Key(*row) for row in rows]


def revoke(db: Database, account: int, name: str, now: int) -> bool:
    """True when a key of that name was valid until now."""
    return bool(
        db.change(
            "UPDATE key SET revoked_at = ?, old_hash = NULL, old_until = NULL"
            " WHERE account_id = ? AND name = ? AND revoked_at IS NULL",
            (now, account, name),
        )
    )


def touch(db: Database, key: int, address: str, now: int) -> None:
    db.change("UPDATE key SET last_used_at = ?, last_used_from = ? WHERE id = ?", (now, address, key))
