"""Since when a job is being deleted, or becomes a part of another one, stands in columns and no longer in its name."""

from typing import Any

# What such a name begins with: it is free for another job then, and no report has a blank before its job's name.
BEGINNINGS = (("deleting_at", " deleted:"), ("joining_at", " joined:"))


def up(migrator: Any, db: Any) -> None:
    for column, beginning in BEGINNINGS:
        db.execute_sql(f"ALTER TABLE job ADD COLUMN {column} BIGINT")
        db.execute_sql(
            f"UPDATE job SET {column} = COALESCE(archived_at, health_at, created_at)"
            f" WHERE substr(name, 1, {len(beginning)}) = '{beginning}'"
        )
