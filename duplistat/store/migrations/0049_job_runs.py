"""How many backup runs each job has had: counted as they come, so that a table of jobs does not count history."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE job ADD COLUMN runs BIGINT NOT NULL DEFAULT 0")
    # Runs that retention has deleted are not known any more.
    db.execute_sql(
        "UPDATE job SET runs = (SELECT count(*) FROM run WHERE run.job_id = job.id AND run.operation = 'backup')"
    )
