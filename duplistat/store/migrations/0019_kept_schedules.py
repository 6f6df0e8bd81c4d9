"""Whoever keeps a schedule that the runs of its job do not keep is asked once; alarms are found among other changes."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE job ADD COLUMN kept_schedule TEXT")
    db.execute_sql("ALTER TABLE job ADD COLUMN kept_zone TEXT")
    db.execute_sql(
        "CREATE INDEX transition_overdue ON transition (job_id, at)"
        " WHERE before = 'overdue' OR after = 'overdue'"
    )
