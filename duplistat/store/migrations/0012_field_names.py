"""Columns of servers and jobs are called as everybody calls what they hold."""

from typing import Any

RENAMED = (
    ("server", "grouped", "group_name"),
    ("job", "good_run", "last_success_run"),
    ("job", "good_at", "last_success_at"),
    ("job", "quiet_from", "maintenance_from"),
    ("job", "quiet_until", "maintenance_until"),
    ("job", "wake_at", "next_check_at"),
)


def up(migrator: Any, db: Any) -> None:
    for table, before, after in RENAMED:
        db.execute_sql(f"ALTER TABLE {table} RENAME COLUMN {before} TO {after}")
    db.execute_sql("DROP INDEX job_wake_at")
    db.execute_sql("CREATE INDEX job_next_check_at ON job (next_check_at) WHERE next_check_at IS NOT NULL")
    # What a merge can be undone from: rows as they were, by column.
    for _, before, after in RENAMED:
        db.execute_sql(
            f"UPDATE merge_row SET content = replace(content, '\"{before}\":', '\"{after}\":')"
            " WHERE content IS NOT NULL"
        )
