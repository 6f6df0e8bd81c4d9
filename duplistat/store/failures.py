"""Sign-ins that failed, each under the names that it counts for: an e-mail and an address."""

from duplistat.store.database import Database


def add(db: Database, names: tuple[str, ...], now: int) -> None:
    for name in names:
        db.execute("INSERT INTO failure (name, at) VALUES (?, ?)", (name, now))


def most(db: Database, names: tuple[str, ...], since: int) -> int:
    """How many failed after a time, under the name that has most of them."""
    counts = [
        db.row("SELECT count(*) FROM failure WHERE name = ? AND at > ?", (name, since)) for name in names
    ]
    return max(int(row[0]) for row in counts if row)


def prune(db: Database, before: int, limit: int) -> int:
    """Forget what failed before a time; how many."""
    return db.change(
        "DELETE FROM failure WHERE id IN (SELECT id FROM failure WHERE at < ? LIMIT ?)", (before, limit)
    )
