"""Token buckets: one row each, whichever process or machine asks."""

from duplistat.core import bucket
from duplistat.core.bucket import Limit
from duplistat.store.database import Database


def take(db: Database, name: str, now: int, limit: Limit) -> int:
    """Take one token, in the caller's transaction: 0, or how long to wait for one. Microseconds."""
    statement = f"SELECT full_at FROM bucket WHERE name = ?{db.for_update}"
    row = db.row(statement, (name,))
    if row is None:
        db.execute("INSERT INTO bucket (name, full_at) VALUES (?, 0) ON CONFLICT DO NOTHING", (name,))
        row = db.row(statement, (name,)) or (0,)
    full_at, wait = bucket.take(row[0], now, limit)
    if full_at != row[0]:
        db.execute("UPDATE bucket SET full_at = ? WHERE name = ?", (full_at, name))
    return wait


def wait_for(db: Database, name: str, now: int, limit: Limit) -> int:
    """How long to wait for a token, without taking one; microseconds, 0 when there is one.

    0 too for a bucket that has to be put right first, as `take` does.
    """
    row = db.row("SELECT full_at FROM bucket WHERE name = ?", (name,))
    if row is None:
        return 0
    full_at, wait = bucket.take(row[0], now, limit)
    return wait if full_at == row[0] else 0


def prune(db: Database, before: int, limit: int) -> int:
    """Delete buckets that were full again before a time (ms): they are as if never used; how many."""
    return db.change(
        "DELETE FROM bucket WHERE name IN (SELECT name FROM bucket WHERE full_at < ? LIMIT ?)",
        (before * 1000, limit),
    )
