"""From when on a schedule that a person set counts: for a job whose silence was a problem, a time before it was set."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE job ADD COLUMN schedule_from BIGINT")
