"""Codes of links with which the first person comes in, by their hash."""

from duplistat.store.database import Database


def add(db: Database, *, hash: str, now: int) -> None:
    db.execute("INSERT INTO set_up (hash, created_at) VALUES (?, ?)", (hash, now))


def is_good(db: Database, hash: str) -> bool:
    return db.row("SELECT 1 FROM set_up WHERE hash = ?", (hash,)) is not None


def take(db: Database, hash: str) -> bool:
    """Use a code up, and all others with it; False for one that is not good."""
    found = is_good(db, hash)
    if found:
        db.change("DELETE FROM set_up")
    return found


def drop_before(db: Database, at: int) -> None:
    """Forget the codes that were made before a time (ms)."""
    db.change("DELETE FROM set_up WHERE created_at < ?", (at,))
