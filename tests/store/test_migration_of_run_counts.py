"""Each job counts the backup runs that were stored before it had a counter."""

from pathlib import Path

import pytest

from duplistat.store.database import Database
from tests.store.test_migration_of_columns import at_schema


def test_runs_that_were_stored_before_an_update_are_counted(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0048", tmp_path, monkeypatch)
    with empty.transaction():
        for job in (1, 2):
            empty.execute(
                "INSERT INTO job (id, account_id, server_id, name, created_at, health_at) VALUES (?, 7, 1, ?, 1, 1)",
                (job, f"job {job}"),
            )
        for number, operation in enumerate(("backup", "backup", "restore")):
            empty.execute(
                "INSERT INTO run (job_id, key, precision, operation, status, order_at, received_at)"
                " VALUES (1, ?, 'exact', ?, 'success', 1, 1)",
                (f"run {number}", operation),
            )
    empty.migrate()
    assert empty.rows("SELECT id, runs FROM job ORDER BY id") == [(1, 2), (2, 0)]
