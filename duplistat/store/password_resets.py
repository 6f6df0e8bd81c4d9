"""Codes that were mailed to people who forgot their password, by their hash; each works once."""

from duplistat.store.database import Database


def add(db: Database, *, hash: str, user: int, expires_at: int) -> None:
    db.execute("INSERT INTO recovery (hash, user_id, expires_at) VALUES (?, ?, ?)", (hash, user, expires_at))


def open_of_user(db: Database, user: int, now: int) -> int:
    """How many codes of a user are valid now."""
    row = db.row("SELECT count(*) FROM recovery WHERE user_id = ? AND expires_at > ?", (user, now))
    return int(row[0]) if row else 0


def user_of(db: Database, hash: str, now: int) -> int | None:
    """Whose code it is; None for one that is unknown, used or expired."""
    row = db.row("SELECT user_id FROM recovery WHERE hash = ? AND expires_at > ?", (hash, now))
    return int(row[0]) if row else None


def take(db: Database, hash: str) -> bool:
    """Use a code up; of several that try, one gets True."""
    return bool(db.change("DELETE FROM recovery WHERE hash = ?", (hash,)))


def drop_of_user(db: Database, user: int) -> None:
    db.change("DELETE FROM recovery WHERE user_id = ?", (user,))


def prune(db: Database, before: int, limit: int) -> int:
    """Delete codes that expired before a time; how many."""
    return db.change(
        "DELETE FROM recovery WHERE hash IN (SELECT hash FROM recovery WHERE expires_at < ? LIMIT ?)",
        (before, limit),
    )
