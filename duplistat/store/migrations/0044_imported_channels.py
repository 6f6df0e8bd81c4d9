"""Channels that an import made know what of, so that a second import does not make them again."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE channel ADD COLUMN source TEXT NOT NULL DEFAULT ''")
