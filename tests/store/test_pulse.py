"""The pulse is asked for again and again: what it costs does not grow with the history."""

from duplistat.services.bootstrap import main_account
from duplistat.services.jobs.counted import TEST_MACHINE_ID
from duplistat.store import deliveries, overview_version
from duplistat.store.database import Database
from tests.support.databases import statements_of


def test_unread_deliveries_are_counted_by_their_own_index(db: Database) -> None:
    accounts = (main_account(db), 7)
    with statements_of(db) as statements:
        assert overview_version.marks(db, accounts, TEST_MACHINE_ID).unread == 0
        assert deliveries.unread(db, accounts, before=None, limit=20) == []
        assert deliveries.unread_ids(db, accounts, 0, 20) == []
    if db.on_sqlite:
        for statement in statements:
            plan = db.rows(f"EXPLAIN QUERY PLAN {statement}", (20, 20)[: statement.count("?")])
            used = [row[3] for row in plan if "delivery" in row[3]]
            assert any("delivery_unread" in step for step in used), used
            assert not any("delivery_account" in step for step in used), used
