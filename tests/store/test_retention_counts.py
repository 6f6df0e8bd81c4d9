"""How much is older than a time: counted without reading much more than what is counted."""

import json

import pytest

from duplistat.store import retention_counts
from duplistat.store.database import Database

ROWS, MOST = 20_000, 200
TABLES = ("run", "delivery", "event", "transition", "audit")


@pytest.fixture
def filled(db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Many runs of one job, received at 1, 2, 3 … ms; those of the first tenth are gone, as after pruning."""
    monkeypatch.setattr(retention_counts, "MOST", MOST)
    numbers = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {ROWS}) "
    with db.transaction():
        db.execute(
            "INSERT INTO server (account_id, identity, machine_id, name, facts, created_at, seen_at)"
            " SELECT id, 'name:s', '', 's', '{}', 0, 0 FROM account"
        )
        db.execute(
            "INSERT INTO job (account_id, server_id, name, ref, created_at, health_at)"
            " SELECT account_id, id, 'j', '', 0, 0 FROM server"
        )
        db.execute(
            "INSERT INTO run (account_id, job_id, operation, key, precision, status, order_at, received_at, message)"
            f" {numbers} SELECT j.account_id, j.id, 'backup', 't' || n, 'exact', 'success', n, n,"
            " 'a message of the usual length, so that not all runs fit into a few pages' FROM c CROSS JOIN job j"
        )
        db.execute("DELETE FROM run WHERE received_at <= ?", (ROWS // 10,))
        db.execute("ANALYZE run")
    return db


@pytest.mark.parametrize(("kept_from", "count"), [(0, 0), (ROWS // 10 + 51, 50), (ROWS, MOST)])
def test_older_rows_are_counted_up_to_many(filled: Database, kept_from: int, count: int) -> None:
    assert retention_counts.older(filled, "run", kept_from) == count


def test_no_more_is_read_than_is_counted(filled: Database) -> None:
    statement, parameters = retention_counts.counting("run"), (ROWS, MOST)
    if filled.on_sqlite:
        (plan,) = [
            row[3] for row in filled.rows(f"EXPLAIN QUERY PLAN {statement}", parameters) if "run" in row[3]
        ]
        assert "SEARCH run USING COVERING INDEX" in plan
        return
    # Tests before this one have left rows of the same times.
    filled.execute("VACUUM (INDEX_CLEANUP ON) run")
    (row,) = filled.rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
    top = (row[0] if isinstance(row[0], list) else json.loads(row[0]))[0]["Plan"]
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < MOST
    assert "Seq Scan" not in json.dumps(top)


@pytest.mark.parametrize("table", TABLES)
def test_each_table_has_an_index_of_its_age(db: Database, table: str) -> None:
    statement = retention_counts.counting(table)
    if db.on_sqlite:
        plan = str(db.rows(f"EXPLAIN QUERY PLAN {statement}", (1, MOST)))
        assert f"SEARCH {table} USING COVERING INDEX" in plan
    else:
        with db.transaction():
            for other in ("seqscan", "bitmapscan"):
                db.execute(f"SET LOCAL enable_{other} = off")
            plan = str(db.rows(f"EXPLAIN {statement}", (1, MOST)))
        assert "Index" in plan
        assert "Sort" not in plan
