"""All rows that belong to some accounts: to be written elsewhere, and to be deleted a little at a time."""

from collections.abc import Iterator
from typing import Any

from duplistat.store.accounts import among
from duplistat.store.database import Database

# What says that a row belongs to one of the accounts, and the column that orders the rows. Parents come first.
_OWNED = ("account_id IN ({accounts})", "id")
_OF_RUN = ("run_id IN (SELECT id FROM run WHERE account_id IN ({accounts}))", "run_id")
_OF_JOB = ("job_id IN (SELECT id FROM job WHERE account_id IN ({accounts}))", "id")
TABLES = {
    "account": ("id IN ({accounts})", "id"),
    "key": _OWNED,
    "client": _OWNED,
    "server": _OWNED,
    "job": _OWNED,
    "run": _OWNED,
    "run_log": _OF_RUN,
    "transition": _OF_JOB,
    "event": _OWNED,
    "delivery": _OWNED,
}
AT_ONCE = 500
# The tables whose rows can be many: they are emptied first, so that no transaction is long.
_LARGE = ("delivery", "event", "transition", "run_log", "run")


def rows(db: Database, table: str, accounts: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """The rows of a table, column by column, in order; a few hundred in memory at once."""
    owned, key = TABLES[table]
    last = -1
    while True:
        cursor = db.execute(
            f"SELECT * FROM {table} WHERE {owned.format(accounts=among(accounts))} AND {key} > ?"
            f" ORDER BY {key} LIMIT ?",
            (last, AT_ONCE),
        )
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        yield from found
        if len(found) < AT_ONCE:
            return
        last = found[-1][key]


def delete_some(db: Database, accounts: tuple[int, ...]) -> int:
    """Delete a few hundred rows of the large tables, in the caller's transaction; 0 when none are left."""
    for table in _LARGE:
        owned, key = TABLES[table]
        gone = db.change(
            f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table}"
            f" WHERE {owned.format(accounts=among(accounts))} LIMIT ?)",
            (AT_ONCE,),
        )
        if gone:
            return gone
    return 0
