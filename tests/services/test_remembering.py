"""A summary is of the moment, however often it is asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from duplistat.services.bootstrap import main_account
from duplistat.services.monitoring.read_cache import Remembered, until_next_due
from duplistat.store import servers, totals
from duplistat.store.database import Database
from duplistat.store.totals import Summary
from tests.support.bodies import duplicati
from tests.support.databases import at_once, statements_of
from tests.support.site import Site


def reader(site: Site) -> tuple[Database, Remembered[tuple[int, ...], Summary], tuple[int, ...]]:
    db = Database(site.db.url, read_only=True)
    return db, Remembered(db, until_next_due(totals.summary)), (main_account(db),)


def test_a_database_that_nobody_changed_is_asked_once(site: Site) -> None:
    site.record(duplicati("2026-01-28T02:00:00Z"))
    db, summaries, main = reader(site)
    first = summaries.of(main, site.now())
    with statements_of(db) as statements:
        assert summaries.of(main, site.now() + 1) == first
    assert len(statements) == 1
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


def test_what_its_own_connection_wrote_is_seen(site: Site) -> None:
    summaries, main = Remembered(site.db, until_next_due(totals.summary)), (main_account(site.db),)
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


def asked_for(db: Database, most: int) -> tuple[Remembered[str, str], list[str]]:
    """Answers "a" with "a", 1 byte; and what was asked for."""
    asked: list[str] = []

    def ask(_: Database, key: str, now: int) -> tuple[str, int | None]:
        asked.append(key)
        return key, None

    return Remembered(db, ask, most=most, weigh=lambda key, answer: len(answer)), asked


@pytest.fixture
def sqlite_reader(prepared_sqlite: Path) -> Iterator[Database]:
    db = Database(f"sqlite:///{prepared_sqlite}", read_only=True)
    yield db
    db.close_all()


def test_no_more_is_remembered_than_there_is_room_for(sqlite_reader: Database) -> None:
    answers, asked = asked_for(sqlite_reader, most=5)
    for key in ("aa", "bb", "c", "aa", "dd"):
        assert answers.of(key, 0) == key
    assert asked == ["aa", "bb", "c", "dd"]
    # The first one made room.
    for key in ("bb", "c", "dd", "aa"):
        answers.of(key, 0)
    assert asked == ["aa", "bb", "c", "dd", "aa"]


def test_what_is_too_large_is_asked_for_each_time(sqlite_reader: Database) -> None:
    answers, asked = asked_for(sqlite_reader, most=5)
    for key in ("aa", "bbbbbb", "aa", "bbbbbb"):
        assert answers.of(key, 0) == key
    assert asked == ["aa", "bbbbbb", "bbbbbb"]


def test_what_one_thread_asked_for_another_one_is_told(sqlite_reader: Database) -> None:
    answers, asked = asked_for(sqlite_reader, most=5)
    answers.of("a", 0)
    at_once(sqlite_reader, 4, lambda _: answers.of("a", 0))
    before = len(asked)
    at_once(sqlite_reader, 4, lambda _: (answers.of("a", 0), answers.of("a", 0)))
    # A new thread may ask once: it has not looked before, and nobody looked after it.
    assert len(asked) <= before + 4


def test_what_cannot_be_answered_is_asked_for_again(sqlite_reader: Database) -> None:
    def ask(_: Database, key: str, now: int) -> tuple[str, int | None]:
        asked.append(key)
        raise LookupError(key)

    asked: list[str] = []
    answers: Remembered[str, str] = Remembered(sqlite_reader, ask)
    for _ in range(2):
        with pytest.raises(LookupError):
            answers.of("a", 0)
    assert asked == ["a", "a"]


def test_an_answer_of_a_later_time_is_not_given_for_an_earlier_one(sqlite_reader: Database) -> None:
    answers: Remembered[str, int] = Remembered(sqlite_reader, lambda db, key, now: (now, now + 10))
    assert [answers.of("a", now) for now in (5, 14, 4, 5, 13, 14)] == [5, 5, 4, 4, 4, 14]
