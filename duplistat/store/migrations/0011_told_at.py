"""A column of jobs goes that nothing reads: since when the next run was known that the client told of."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE job DROP COLUMN told_at")
