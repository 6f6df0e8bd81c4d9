"""What the backups of each job counted on each day: charts read these sums, whatever the history is."""

from typing import Any

TABLE = """CREATE TABLE job_day (
    job_id BIGINT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    uploaded BIGINT,
    duration_ms BIGINT,
    size BIGINT,
    storage BIGINT,
    files BIGINT,
    PRIMARY KEY (job_id, day)
)"""


def up(migrator: Any, db: Any) -> None:
    db.execute_sql(TABLE)
    # Of all jobs there are, everything is counted: the clock does so, some runs at a time.
    db.execute_sql("ALTER TABLE job ADD COLUMN sums_from BIGINT")
    db.execute_sql("UPDATE job SET sums_from = 0 WHERE last_order IS NOT NULL")
