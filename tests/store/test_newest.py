"""What a page of the newest rows reads on PostgreSQL, which plans by guesses. SQLite follows the index."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from duplistat.store import pagination, runs
from duplistat.store.database import Database
from tests.support.postgres import Postgres

MANY, FEW = 30_000, 100


@pytest.fixture
def db(postgres: Postgres) -> Iterator[Database]:
    with postgres.database() as url:
        db = Database(url)
        yield db
        db.close_all()


@pytest.fixture
def unequal(db: Database) -> int:
    """The account `main` has most of the runs, and a hundred others a few each; its id."""
    with db.transaction():
        db.execute(
            "INSERT INTO account (name, path, created_at) SELECT 'a' || n, '/x/', 0 FROM generate_series(1, 100) n"
        )
        db.execute(
            "INSERT INTO server (account_id, identity, machine_id, name, facts, created_at, seen_at)"
            " SELECT id, 'name:s', '', 's', '{}', 0, 0 FROM account"
        )
        db.execute(
            "INSERT INTO job (account_id, server_id, name, ref, created_at, health_at)"
            " SELECT account_id, id, 'j', '', 0, 0 FROM server"
        )
        db.execute(
            "INSERT INTO run (account_id, job_id, operation, key, precision, status, order_at, received_at)"
            " SELECT j.account_id, j.id, 'backup', 't' || n, 'exact', 'success', n, n FROM generate_series(1, ?) n"
            " JOIN job j ON n <= ? OR j.account_id = (SELECT min(id) FROM account)",
            (MANY, FEW),
        )
        db.execute("ANALYZE run")
    row = db.row("SELECT min(id) FROM account")
    assert row is not None
    return int(row[0])


def test_a_large_owner_among_many_small_ones_is_not_read_whole(
    unequal: int, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    rows = db.rows

    def explained(statement: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        ((plan,),) = rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        read.extend(_read((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]))
        return rows(statement, parameters)

    monkeypatch.setattr(db, "rows", explained)
    found, following = runs.page(db, (unequal,), runs.Filter(status="fatal"))
    assert (found, following is None) == ([], False)
    assert sum(read) < 2 * pagination.LOOKED_AT


def _read(plan: dict[str, Any]) -> list[int]:
    """How many rows each step of a plan took from the table `run` or its indexes."""
    own = [int(plan["Actual Rows"])] if "Scan" in plan["Node Type"] and "Relation Name" in plan else []
    index = [int(plan["Actual Rows"])] if plan["Node Type"] == "Bitmap Index Scan" else []
    return own + index + [count for step in plan.get("Plans", []) for count in _read(step)]
