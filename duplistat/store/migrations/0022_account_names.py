"""Accounts below the same one differ in their names, others need not: no name tells of another that is hidden."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP INDEX account_name")
    db.execute_sql("CREATE UNIQUE INDEX account_parent_name ON account (COALESCE(parent_id, 0), name)")
