"""A summary is of the moment, however often it is asked for."""

from duplistat.services.start import main_account
from duplistat.services.summaries import Summaries
from duplistat.store import servers
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.databases import statements_of
from tests.support.site import Site


def reader(site: Site) -> tuple[Database, Summaries, int]:
    db = Database(site.db.url, read_only=True)
    return db, Summaries(db), main_account(db)


def test_a_database_that_nobody_changed_is_asked_once(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    db, summaries, main = reader(site)
    first = summaries.of(main, site.now())
    with statements_of(db) as statements:
        assert summaries.of(main, site.now() + 1) == first
    assert len(statements) == (1 if db.on_sqlite else 3)
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
    summaries, main = Summaries(site.db), main_account(site.db)
    assert summaries.of(main, 0).servers == 0
    with site.db.transaction():
        servers.add(site.db, main, "name:a", "", "a", "{}", 0)
    assert summaries.of(main, 0).servers == 1
