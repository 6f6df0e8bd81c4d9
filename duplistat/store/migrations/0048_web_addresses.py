"""Where the web interface of a server is, for people to open it."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE server ADD COLUMN web_url TEXT NOT NULL DEFAULT ''")
