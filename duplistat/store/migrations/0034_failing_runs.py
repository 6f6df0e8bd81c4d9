"""A job's row knows for how many runs in a row its backup has failed, and since when."""

from typing import Any

_BAD = "('error', 'fatal', 'interrupted')"
# Those after the last one that ended in another way; one that still runs says nothing yet.
_SINCE = (
    f"run.job_id = job.id AND run.operation = 'backup' AND run.status IN {_BAD} AND run.order_at > COALESCE("
    "(SELECT MAX(other.order_at) FROM run AS other WHERE other.job_id = job.id AND other.operation = 'backup'"
    f" AND other.status <> 'running' AND other.status NOT IN {_BAD}), -1)"
)


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE job ADD COLUMN failing_runs BIGINT NOT NULL DEFAULT 0")
    db.execute_sql("ALTER TABLE job ADD COLUMN failing_since BIGINT")
    db.execute_sql(
        f"UPDATE job SET failing_runs = (SELECT count(*) FROM run WHERE {_SINCE}),"
        f" failing_since = (SELECT MIN(run.order_at) FROM run WHERE {_SINCE})"
        f" WHERE last_status IN {_BAD}"
    )
