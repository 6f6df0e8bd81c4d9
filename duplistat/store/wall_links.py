"""Links to the wall display: only their hashes are here."""

from dataclasses import dataclass

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class WallLink:
    """A row of `wall_link`; `suspended_at` is its account's. Times are ms."""

    id: int
    account_id: int
    name: str
    created_at: int
    used_at: int | None
    suspended_at: int | None


_SELECT = (
    "SELECT w.id, w.account_id, w.name, w.created_at, w.used_at, a.suspended_at"
    " FROM wall_link w JOIN account a ON a.id = w.account_id"
)


def add(db: Database, account: int, name: str, hash: str, now: int) -> int:
    """The id of a new link."""
    made = db.insert(
        "INSERT INTO wall_link (account_id, name, hash, created_at) VALUES (?, ?, ?, ?) RETURNING id",
        (account, name, hash, now),
    )
    if made is None:
        raise LookupError("a link was not stored")
    return made


def by_hash(db: Database, hash: str) -> WallLink | None:
    row = db.row(f"{_SELECT} WHERE w.hash = ?", (hash,))
    return WallLink(*row) if row else None


def by_id(db: Database, accounts: tuple[int, ...], link: int) -> WallLink | None:
    """The link of that id, if it is of one of these accounts."""
    row = db.row(f"{_SELECT} WHERE w.id = ? AND w.account_id IN ({account_filter(accounts)})", (link,))
    return WallLink(*row) if row else None


def of_accounts(db: Database, accounts: tuple[int, ...], limit: int) -> list[WallLink]:
    """Newest first."""
    rows = db.rows(
        f"{_SELECT} WHERE w.account_id IN ({account_filter(accounts)}) ORDER BY w.id DESC LIMIT ?", (limit,)
    )
    return [WallLink(*row) for row in rows]


def page(db: Database, accounts: tuple[int, ...], *, after: int, limit: int) -> list[WallLink]:
    """Links of these accounts with ids above `after`, by id."""
    rows = db.rows(
        f"{_SELECT} WHERE w.account_id IN ({account_filter(accounts)}) AND w.id > ? ORDER BY w.id LIMIT ?",
        (after, limit),
    )
    return [WallLink(*row) for row in rows]


def count(db: Database, account: int) -> int:
    """How many links an account has."""
    row = db.row("SELECT COUNT(*) FROM wall_link WHERE account_id = ?", (account,))
    return int(row[0]) if row else 0


def touch(db: Database, link: int, now: int) -> None:
    db.change("UPDATE wall_link SET used_at = ? WHERE id = ?", (now, link))


def delete(db: Database, link: int) -> bool:
    """False when it is gone already."""
    return db.change("DELETE FROM wall_link WHERE id = ?", (link,)) == 1
