"""How much is older than it would be kept, before it is decided to keep less."""

from duplistat.store.database import Database

# The column that says how old a row is; each has an index.
_AGE = {
    "run": "received_at",
    "delivery": "received_at",
    "event": "received_at",
    "transition": "at",
    "audit": "at",
}
# More is not counted: it is many. PostgreSQL may have to look at each of these rows, not only at its index.
MOST = 10_000


def older(db: Database, table: str, before: int) -> int:
    """How many rows of a table are from before a time (ms), at most MOST."""
    row = db.row(counting(table), (before, MOST))
    return int(row[0]) if row else 0


def counting(table: str) -> str:
    """The statement that counts. Without an order PostgreSQL may read the whole table for it."""
    age = _AGE[table]
    return f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {age} < ? ORDER BY {age} LIMIT ?) o"
