"""A summary is of the moment, however often it is asked for."""

from duplistat.services.bootstrap import main_account
from duplistat.services.monitoring.read_cache import Remembered
from duplistat.store import servers, totals
from duplistat.store.database import Database
from duplistat.store.totals import Summary
from tests.support.bodies import duplicati
from tests.support.databases import statements_of
from tests.support.site import Site


def reader(site: Site) -> tuple[Database, Remembered[Summary], tuple[int, ...]]:
    db = Database(site.db.url, read_only=True)
    return db, Remembered(db, totals.summary), (main_account(db),)


def test_a_database_that_nobody_changed_is_asked_once(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    db, summaries, main = reader(site)
    first = summaries.of(main, site.now())
    with statements_of(db) as statements:
        assert summaries.of(main, site.now() + 1) == first
    assert len(statements) == (1 if db.on_sqlite else 4)
    db.close_all()


def test_what_another_connection_wrote_is_seen_at_once(site: Site) -> None:
    db, summaries, main = reader(site)
    assert summaries.of(main, site.now()).success == 0
    site.record(duplicati("2026-01-28T02:00:00Z"))
    assert summaries.of(main, site.now()).success == 1
    db.close_all()


def test_a_job_that_becomes_due_is_counted_though_nobody_wrote(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z", next_run="20260129T020000Z"))
    db, summaries, main = reader(site)
    due = int(site.job().due_at or 0)
    assert summaries.of(main, due - 1).overdue == 0
    assert summaries.of(main, due).overdue == 1
    db.close_all()


def test_a_connection_that_writes_itself_always_asks(site: Site) -> None:
    summaries, main = Remembered(site.db, totals.summary), (main_account(site.db),)
    assert summaries.of(main, 0).servers == 0
    with site.db.transaction():
        servers.add(site.db, main[0], "name:a", "", "a", "{}", 0)
    assert summaries.of(main, 0).servers == 1


def test_accounts_are_told_apart(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    db, summaries, main = reader(site)
    below = (site.account("acme", parent="main"),)
    counts = [summaries.of(sees, site.now()).success for sees in (main, below, main + below, main)]
    assert counts == [1, 0, 1, 1]
    db.close_all()
