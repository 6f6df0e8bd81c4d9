"""Accounts: a tree. Who sees an account sees what is below it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from duplistat.store.database import Database

MAIN = "main"
# Of an account that is the one with this path, or below it. Paths are digits and slashes.
BELOW = "path LIKE ? || '%'"


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    parent_id: int | None
    name: str
    path: str
    created_at: int
    suspended_at: int | None = None
    timezone: str = ""

    @property
    def lineage(self) -> tuple[int, ...]:
        """The ids of those above it, a root first, and its own."""
        return tuple(int(id) for id in self.path.strip("/").split("/"))


def is_main(account: Account) -> bool:
    """Whether it is the account of requests without a key."""
    return account.name == MAIN and account.parent_id is None


_COLUMNS = "id, parent_id, name, path, created_at, suspended_at, timezone"


@contextmanager
def changing(db: Database) -> Iterator[None]:
    """A transaction that changes the tree: no other one changes it at the same time."""
    with db.transaction():
        db.one_at_a_time("account")
        yield


def create(db: Database, name: str, parent: Account | None, now: int, timezone: str = "") -> Account | None:
    """A new account; None when another one below the same account has the name. A parentless one is a root of its own.

    Nothing but the root `main` is called so. Below a suspended account it is suspended, too.
    """
    if name == MAIN and parent is not None:
        return None
    suspended_at = parent.suspended_at if parent else None
    new = db.insert(
        "INSERT INTO account (parent_id, name, path, created_at, suspended_at, timezone)"
        " VALUES (?, ?, '', ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (parent.id if parent else None, name, now, suspended_at, timezone),
    )
    if new is None:
        return None
    path = f"{parent.path if parent else '/'}{new}/"
    db.change("UPDATE account SET path = ? WHERE id = ?", (path, new))
    return Account(new, parent.id if parent else None, name, path, now, suspended_at, timezone)


def move(db: Database, account: Account, parent: Account | None) -> None:
    """Put an account, with all below it, below another one, or make it a root of its own (None).

    In the caller's transaction; that `parent` is not below it is the caller's business.
    """
    path = f"{parent.path if parent else '/'}{account.id}/"
    db.change("UPDATE account SET parent_id = ? WHERE id = ?", (parent.id if parent else None, account.id))
    db.change(
        f"UPDATE account SET path = ? || substr(path, ?) WHERE {BELOW}",
        (path, len(account.path) + 1, account.path),
    )


def set_suspended(db: Database, account: Account, at: int | None) -> int:
    """Suspend an account and all below it, or reactivate them (None); how many changed."""
    unless = "suspended_at IS NULL" if at is not None else "suspended_at IS NOT NULL"
    return db.change(f"UPDATE account SET suspended_at = ? WHERE {BELOW} AND {unless}", (at, account.path))


def reactivate(db: Database, accounts: tuple[int, ...]) -> None:
    """Reactivate these accounts, and no other."""
    db.change(f"UPDATE account SET suspended_at = NULL WHERE id IN ({account_filter(accounts)})")


def set_timezone(db: Database, account: Account, timezone: str) -> None:
    db.change("UPDATE account SET timezone = ? WHERE id = ?", (timezone, account.id))


def rename(db: Database, account: Account, name: str) -> None:
    """Give it another name, which no other one below the same account has."""
    db.change("UPDATE account SET name = ? WHERE id = ?", (name, account.id))


def below(db: Database, account: Account) -> list[Account]:
    """An account and all below it, parents before their children."""
    rows = db.rows(f"SELECT {_COLUMNS} FROM account WHERE {BELOW}", (account.path,))
    return sorted((Account(*row) for row in rows), key=lambda account: account.lineage)


def delete(db: Database, account: Account) -> None:
    """Delete an account with everything that belongs to it; none may be below it."""
    db.change("DELETE FROM account WHERE id = ?", (account.id,))


def main(db: Database) -> Account | None:
    """The account of requests without a key."""
    return child(db, None, MAIN)


def child(db: Database, parent: int | None, name: str) -> Account | None:
    """The account of a name below another one, or (None) among the roots."""
    row = db.row(
        f"SELECT {_COLUMNS} FROM account WHERE COALESCE(parent_id, 0) = ? AND name = ?", (parent or 0, name)
    )
    return Account(*row) if row else None


def by_id(db: Database, account: int) -> Account | None:
    row = db.row(f"SELECT {_COLUMNS} FROM account WHERE id = ?", (account,))
    return Account(*row) if row else None


def seen(db: Database, accounts: tuple[int, ...], account: int) -> Account | None:
    """The account of that id, if it is one of those that a caller may see."""
    return by_id(db, account) if account in accounts else None


def all_accounts(db: Database) -> list[Account]:
    """Every account, parents before their children."""
    found = [Account(*row) for row in db.rows(f"SELECT {_COLUMNS} FROM account")]
    return sorted(found, key=lambda account: account.lineage)


def names(db: Database, accounts: Collection[int]) -> dict[int, str]:
    """{id: name} of some accounts."""
    if not accounts:
        return {}
    return dict(db.rows(f"SELECT id, name FROM account WHERE id IN ({account_filter(tuple(accounts))})"))


def name_of(db: Database, account: int) -> str:
    """The name of an account; "" for one that is not there."""
    return names(db, [account]).get(account, "")


def counts(db: Database, table: str, accounts: Collection[int]) -> dict[int, int]:
    """{account: how many rows of "job" or "server" it has}, of those that have some."""
    if table not in ("job", "server"):
        raise ValueError(f"not to be counted: {table}")
    if not accounts:
        return {}
    listed = account_filter(tuple(accounts))
    return dict(
        db.rows(
            f"SELECT account_id, count(*) FROM {table} WHERE account_id IN ({listed}) GROUP BY account_id"
        )
    )


def timezones(db: Database, accounts: tuple[int, ...]) -> list[tuple[int, str]]:
    """(account, the name of its zone or "")."""
    rows = db.rows(f"SELECT id, timezone FROM account WHERE id IN ({account_filter(accounts)})")
    return [(row[0], row[1]) for row in rows]


def visible(db: Database, account: int) -> tuple[int, ...]:
    """The ids of an account and of all below it: what a caller for it may see."""
    rows = db.rows(
        "SELECT a.id FROM account a, account top WHERE top.id = ? AND a.path LIKE top.path || '%'",
        (account,),
    )
    return tuple(row[0] for row in rows)


def account_filter(accounts: tuple[int, ...]) -> str:
    """SQL text that lists account ids; ids are integers of our own, never a caller's text."""
    return ",".join(str(int(account)) for account in accounts) or "NULL"
