"""Runs that came from the database of another program, by the name of that program."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE run ADD COLUMN imported TEXT NOT NULL DEFAULT ''")
