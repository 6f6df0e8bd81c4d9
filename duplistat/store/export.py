"""All rows that belong to some accounts: to be written elsewhere, and to be deleted a little at a time."""

from array import array
from collections.abc import Iterable, Iterator
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

# What says that a row belongs to one of the accounts, and the column that orders the rows. Parents come first.
_OWNED = ("account_id IN ({accounts})", "id")
_OF_RUN = ("run_id IN (SELECT id FROM run WHERE account_id IN ({accounts}))", "run_id")
_OF_JOB = ("job_id IN (SELECT id FROM job WHERE account_id IN ({accounts}))", "id")
TABLES = {
    "account": ("id IN ({accounts})", "id"),
    "account_user": _OWNED,
    "key": _OWNED,
    "client": _OWNED,
    "service": _OWNED,
    "server": _OWNED,
    "job": _OWNED,
    "job_note": ("job_id IN (SELECT id FROM job WHERE account_id IN ({accounts}))", "job_id"),
    "run": _OWNED,
    "run_log": _OF_RUN,
    "transition": _OF_JOB,
    "event": _OWNED,
    "delivery": _OWNED,
    "audit": _OWNED,
}
AT_ONCE = 500
# Rows that are in memory at once, where each may hold a whole body or log.
HEAVY_AT_ONCE = 10
_HEAVY = ("delivery", "run_log")
# The tables whose rows can be many: they are emptied first, so that no transaction is long.
_LARGE = ("delivery", "event", "transition", "run_log", "run", "audit")


def rows(db: Database, table: str, accounts: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """The rows of a table, column by column, in order; some in memory at once.

    Which they are is asked once: an index finds either what an account owns, or what comes next.
    """
    owned, key = TABLES[table]
    cursor = db.execute(
        f"SELECT {key} FROM {table} WHERE {owned.format(accounts=account_filter(accounts))} ORDER BY {key}"
    )
    yield from of_keys(db, table, key, (row[0] for row in cursor))


def of_keys(db: Database, table: str, key: str, wanted: Iterable[int]) -> Iterator[dict[str, Any]]:
    """The rows of a table with these keys, column by column; some in memory at once."""
    keys = array("q", wanted)
    size = min(AT_ONCE, HEAVY_AT_ONCE) if table in _HEAVY else AT_ONCE
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        cursor = db.execute(
            f"SELECT * FROM {table} WHERE {key} IN ({', '.join('?' * len(some))}) ORDER BY {key}", tuple(some)
        )
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))


def newest(db: Database, accounts: tuple[int, ...]) -> int | None:
    """The id of the newest delivery: another one, once anything has come in."""
    row = db.row(f"SELECT max(id) FROM delivery WHERE account_id IN ({account_filter(accounts)})")
    return row[0] if row else None


def delete_some(db: Database, accounts: tuple[int, ...]) -> int:
    """Delete a few hundred rows of the large tables, in the caller's transaction; 0 when none are left."""
    for table in _LARGE:
        owned, key = TABLES[table]
        gone = db.change(
            f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table}"
            f" WHERE {owned.format(accounts=account_filter(accounts))} LIMIT ?)",
            (AT_ONCE,),
        )
        if gone:
            return gone
    # What merges of servers put away.
    return db.change(
        "DELETE FROM merge_row WHERE (merge_id, kind, item) IN (SELECT m.merge_id, m.kind, m.item FROM merge_row m"
        f" JOIN server_merge s ON s.id = m.merge_id WHERE s.account_id IN ({account_filter(accounts)}) LIMIT ?)",
        (AT_ONCE,),
    )
