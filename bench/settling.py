"""Waiting until the clock of a server has nothing left to do with what was filled in, or has just come in."""

import time

from duplistat.store.database import Database

# Jobs that are due or to be learned, and changes and problems that nobody was told of yet.
_BUSY = (
    "SELECT EXISTS (SELECT 1 FROM job WHERE due_at <= ? OR learn_since IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM transition WHERE routed_at IS NULL)"
    " OR EXISTS (SELECT 1 FROM problem WHERE next_at <= ?)"
)


def settle(db: Database, patience: float = 300.0) -> float:
    """Wait until a server over this database is at rest; how long that took, seconds."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < patience:
        now = int(time.time() * 1000)
        if db.row(_BUSY, (now, now)) == (0,):
            break
        time.sleep(0.5)
    return time.perf_counter() - begun
