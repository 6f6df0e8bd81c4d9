"""What was the last attempt to collect from a connection is told apart from the last time that data came."""

from pathlib import Path

import pytest

from duplistat.store.database import Database
from tests.store.test_migration_of_columns import at_schema


def test_connections_that_could_not_be_reached_were_not_collected_from(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0049", tmp_path, monkeypatch)
    with empty.transaction():
        for id, answered, problem, kind in (
            (1, None, "refused", ""),
            (2, 400, "refused", ""),
            (3, 400, "the disk is gone", "job"),
            (4, 400, "", ""),
        ):
            empty.execute(
                "INSERT INTO service (id, account_id, kind, name, host, port, location, created_at, answered_at,"
                " problem, problem_kind, collected_at) VALUES (?, 7, 'SERVER', 'nas', 'nas', 8200, 1, 1, ?, ?, ?, 900)",
                (id, answered, problem, kind),
            )
    empty.migrate()
    assert empty.rows("SELECT id, collected_at, collect_tried_at FROM service ORDER BY id") == [
        (1, None, 900),
        (2, 400, 900),
        (3, 900, 900),
        (4, 900, 900),
    ]
