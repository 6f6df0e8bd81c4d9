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
# More is not counted: it is many.
MOST = 1_000_000


def older(db: Database, table: str, before: int) -> int:
    """How many rows of a table are from before a time (ms), at most MOST."""
    row = db.row(
        f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {_AGE[table]} < ? LIMIT ?) o", (before, MOST)
    )
    return int(row[0]) if row else 0
