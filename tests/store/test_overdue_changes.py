"""Alarms are found among the changes of a job's health without reading the others."""

from duplistat.store import transitions
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.databases import statements_of
from tests.support.site import Site


def test_changes_to_overdue_and_away_from_it_are_found_newest_first(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    job = site.job().id
    for at, before, after in (
        (100, "ok", "running"),
        (200, "running", "overdue"),
        (300, "overdue", "ok"),
        (400, "ok", "failed"),
        (500, "failed", "overdue"),
    ):
        transitions.add_transition(site.db, job, at, before, after, "", None)
    found = transitions.of_overdue(site.db, job, 10)
    assert [change.at for change in found] == [500, 300, 200]
    assert [change.at for change in transitions.of_overdue(site.db, job, 2)] == [500, 300]
    assert transitions.of_overdue(site.db, job + 1, 10) == []


def test_they_are_found_by_their_index(site: Site) -> None:
    db: Database = site.db
    with statements_of(db) as ran:
        transitions.of_overdue(db, 1, 11)
    explain = "EXPLAIN QUERY PLAN" if db.on_sqlite else "EXPLAIN"
    if not db.on_sqlite:
        # A table without rows is read as a whole, whatever there is.
        db.execute("SET enable_seqscan = off")
    plan = str(db.rows(f"{explain} {ran[0]}", (1, 11)))
    assert "transition_overdue" in plan
