"""When data were last collected from a Duplicati server, apart from when that was last tried."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE service ADD COLUMN collect_tried_at BIGINT")
    db.execute_sql("UPDATE service SET collect_tried_at = collected_at")
    # One that cannot be reached gave no data later than its last answer; what never answered gave none.
    db.execute_sql(
        "UPDATE service SET collected_at = answered_at"
        " WHERE answered_at IS NULL OR (problem <> '' AND problem_kind <> 'job' AND answered_at < collected_at)"
    )
