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


def drop(db: Database, name: str) -> None:
    """Forget what failed under a name."""
    db.change("DELETE FROM failure WHERE name = ?", (name,))


def reaching(db: Database, prefix: str, most: int, since: int) -> dict[str, int]:
    """{name: how many failed after a time} of the names with a prefix that have at least `most`."""
    rows = db.rows(
        "SELECT name, count(*) FROM failure WHERE at > ? AND substr(name, 1, ?) = ?"
        " GROUP BY name HAVING count(*) >= ? ORDER BY name",
        (since, len(prefix), prefix, most),
    )
    return {row[0]: int(row[1]) for row in rows}


def prune(db: Database, before: int, limit: int) -> int:
    """Forget what failed before a time; how many."""
    return db.change(
        "DELETE FROM failure WHERE id IN (SELECT id FROM failure WHERE at < ? LIMIT ?)", (before, limit)
    )
