"""Durations below zero, of runs whose sender's clock stepped back, become unknown."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("UPDATE run SET duration_ms = NULL WHERE duration_ms < 0")
    db.execute_sql("UPDATE job SET last_duration = NULL WHERE last_duration < 0")
