"""Rhythms are learned by the clock, from runs in their table: a job notes that there is something to learn from.

A job knows until when its latest run covers what was expected.

What its row knew of past starts goes, and what was learned by other rules. Every job with a run is learned anew: so far
those with a schedule were not.
"""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE job ADD COLUMN learn_since BIGINT")
    db.execute_sql("ALTER TABLE job ADD COLUMN covered_until BIGINT")
    db.execute_sql("ALTER TABLE job DROP COLUMN starts")
    db.execute_sql(
        "UPDATE job SET learned = NULL, learn_since = COALESCE(last_received, created_at) WHERE last_run IS NOT NULL"
    )
    db.execute_sql("CREATE INDEX job_learn_since ON job (learn_since) WHERE learn_since IS NOT NULL")
