"""Each job counts the backup runs that were stored before it had a counter."""

from pathlib import Path

import pytest

from duplistat.store.database import Database
from duplistat.store.totals import DAY_MS
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


def test_dry_runs_that_were_counted_are_taken_out_of_all_sums(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_schema(empty, "0049", tmp_path, monkeypatch)
    with empty.transaction():
        empty.execute("INSERT INTO account (id, name, path, created_at) VALUES (8, 'acme', '/8/', 0)")
        for job, account in ((1, 7), (2, 8)):
            empty.execute(
                "INSERT INTO job (id, account_id, server_id, name, created_at, health_at, runs)"
                " VALUES (?, ?, 1, ?, 1, 1, 5)",
                (job, account, f"job {job}"),
            )
        for account in (7, 8):
            for shard in (0, 1):
                empty.execute(
                    "INSERT INTO total (account_id, shard, other) VALUES (?, ?, 4)", (account, shard)
                )
            empty.execute(
                "INSERT INTO account_day (account_id, day, shard, success, warning, failed, other)"
                " VALUES (?, 3, 1, 2, 0, 0, 3)",
                (account,),
            )
        # A backup, two dry runs of which one was collected, and a restore that is none either.
        for number, (operation, dry, collected, at) in enumerate(
            (("backup", 0, 0, 3), ("backup", 1, 0, 3), ("backup", 1, 1, 2), ("restore", 1, 0, 3))
        ):
            empty.execute(
                "INSERT INTO run (job_id, key, precision, operation, status, order_at, received_at, dry_run,"
                " collected) VALUES (1, ?, 'exact', ?, 'success', ?, ?, ?, ?)",
                (f"run {number}", operation, at * DAY_MS, 3 * DAY_MS, dry, collected),
            )
    empty.migrate()
    assert empty.rows("SELECT id, runs FROM job ORDER BY id") == [(1, 3), (2, 5)]
    sums = empty.rows("SELECT account_id, sum(other) FROM total GROUP BY account_id ORDER BY account_id")
    assert [tuple(map(int, row)) for row in sums] == [(7, 6), (8, 8)]
    # The day of the one that was collected has no row, and gets none.
    assert empty.rows("SELECT account_id, day, success, other FROM account_day ORDER BY account_id") == [
        (7, 3, 2, 2),
        (8, 3, 2, 3),
    ]
