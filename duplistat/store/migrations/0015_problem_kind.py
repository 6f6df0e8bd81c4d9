"""What a problem of a service is about stands in a column, and no longer in how its text begins."""

from typing import Any

OF_JOB = "a backup job failed: "


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE service ADD COLUMN problem_kind TEXT NOT NULL DEFAULT ''")
    db.execute_sql(
        f"UPDATE service SET problem_kind = 'job', problem = substr(problem, {len(OF_JOB) + 1})"
        f" WHERE substr(problem, 1, {len(OF_JOB)}) = '{OF_JOB}'"
    )
