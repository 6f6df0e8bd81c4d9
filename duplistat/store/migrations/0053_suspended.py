"""Accounts and services are suspended and reactivated, in columns and in the audit log as everywhere else."""

from typing import Any

ACTIONS = (("freeze", "suspend"), ("thaw", "reactivate"))


def up(migrator: Any, db: Any) -> None:
    for table in ("account", "service"):
        db.execute_sql(f"ALTER TABLE {table} RENAME COLUMN frozen_at TO suspended_at")
        for before, after in ACTIONS:
            db.execute_sql(f"UPDATE audit SET action = '{table}.{after}' WHERE action = '{table}.{before}'")
