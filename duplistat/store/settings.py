"""Settings that were made on the pages, by section and key with a dot between them; values are JSON."""

from duplistat.store.database import Database


def all_settings(db: Database) -> dict[str, str]:
    return dict(db.rows("SELECT name, value FROM setting"))


def put(db: Database, name: str, value: str) -> None:
    db.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def drop(db: Database, name: str) -> None:
    db.change("DELETE FROM setting WHERE name = ?", (name,))
