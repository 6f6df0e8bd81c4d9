"""Accounts: a tree. Who sees an account sees what is below it."""

from collections.abc import Collection
from dataclasses import dataclass

from duplistat.store.database import Database

MAIN = "main"


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    parent_id: int | None
    name: str
    path: str
    created_at: int


_COLUMNS = "id, parent_id, name, path, created_at"


def create(db: Database, name: str, parent: Account | None, now: int) -> Account | None:
    """A new account; None when the name is taken. A parentless one is a root of its own."""
    new = db.insert(
        "INSERT INTO account (parent_id, name, path, created_at) VALUES (?, ?, '', ?)"
        " ON CONFLICT (name) DO NOTHING RETURNING id",
        (parent.id if parent else None, name, now),
    )
    if new is None:
        return None
    path = f"{parent.path if parent else '/'}{new}/"
    db.change("UPDATE account SET path = ? WHERE id = ?", (path, new))
    return Account(new, parent.id if parent else None, name, path, now)


def by_name(db: Database, name: str) -> Account | None:
    row = db.row(f"SELECT {_COLUMNS} FROM account WHERE name = ?", (name,))
    return Account(*row) if row else None


def by_id(db: Database, account: int) -> Account | None:
    row = db.row(f"SELECT {_COLUMNS} FROM account WHERE id = ?", (account,))
    return Account(*row) if row else None


def all_accounts(db: Database) -> list[Account]:
    """Every account, parents before their children."""
    found = [Account(*row) for row in db.rows(f"SELECT {_COLUMNS} FROM account")]
    return sorted(found, key=lambda account: [int(id) for id in account.path.strip("/").split("/")])


def names(db: Database, accounts: Collection[int]) -> dict[int, str]:
    """{id: name} of some accounts."""
    if not accounts:
        return {}
    return dict(db.rows(f"SELECT id, name FROM account WHERE id IN ({among(tuple(accounts))})"))


def visible(db: Database, account: int) -> tuple[int, ...]:
    """The ids of an account and of all below it: what a caller for it may see."""
    rows = db.rows(
        "SELECT a.id FROM account a, account top WHERE top.id = ? AND a.path LIKE top.path || '%'",
        (account,),
    )
    return tuple(row[0] for row in rows)


def among(accounts: tuple[int, ...]) -> str:
    """SQL text that lists account ids; ids are integers of our own, never a caller's text."""
    return ",".join(str(int(account)) for account in accounts) or "NULL"
