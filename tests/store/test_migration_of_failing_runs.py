"""Jobs that fail know since when, from runs that were stored before they were counted."""

from pathlib import Path

import pytest

from duplistat.store.database import Database
from tests.store.test_migration_of_columns import at_schema


def test_runs_that_were_stored_before_are_counted(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0022", tmp_path, monkeypatch)
    with empty.transaction():
        for job, last in ((1, "fatal"), (2, "success"), (3, "error")):
            empty.execute(
                "INSERT INTO job (id, account_id, server_id, name, created_at, health_at, last_status)"
                " VALUES (?, 7, 1, ?, 1, 1, ?)",
                (job, f"job {job}", last),
            )
        for number, (job, status) in enumerate(
            [
                (1, "fatal"),
                (1, "success"),
                (1, "error"),
                (1, "interrupted"),
                (1, "fatal"),
                (2, "fatal"),
                (3, "error"),
            ]
        ):
            empty.execute(
                "INSERT INTO run (job_id, key, precision, operation, status, order_at, received_at)"
                " VALUES (?, ?, 'exact', 'backup', ?, ?, 1)",
                (job, f"run {number}", status, 100 + number),
            )
    empty.migrate()
    assert empty.rows("SELECT id, failing_runs, failing_since FROM job ORDER BY id") == [
        (1, 3, 102),
        (2, 0, None),
        (3, 1, 106),
    ]
