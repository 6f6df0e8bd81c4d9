"""A write that changes nothing but itself: whether writes succeed is found out by writing."""

import os

from duplistat.store.database import Database

# As much as a report of some length: a disk with room for a few bytes is full.
WHOLE = 1 << 16


def write(db: Database, now: int, size: int = WHOLE) -> None:
    """Commit `size` random bytes at `now` (ms). Raises what the driver raises."""
    with db.transaction():
        if not db.on_sqlite:
            # Whoever asks how the server is must not wait for long.
            db.execute("SET LOCAL statement_timeout = '5s'")
        db.execute(
            "INSERT INTO write_probe (id, at, filler) VALUES (1, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET at = excluded.at, filler = excluded.filler",
            (now, os.urandom(size)),
        )
