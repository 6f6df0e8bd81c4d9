"""Both databases, behind one set of methods."""

import sqlite3
from pathlib import Path

import pytest

from duplistat.services.bootstrap import main_account, prepare
from duplistat.store import accounts, deliveries, servers, sqlite
from duplistat.store.database import Database, SchemaTooNew
from duplistat.store.lock_file import lock_file
from duplistat.store.sqlite import SYNCHRONOUS
from tests.support.databases import at_once
from tests.support.known import the_account


def create_and_fail(db: Database, name: str) -> None:
    accounts.create(db, name, None, 0)
    raise ZeroDivisionError


def names(db: Database) -> list[str]:
    return [account.name for account in accounts.all_accounts(db)]


def test_a_transaction_that_fails_leaves_nothing(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction():
        create_and_fail(db, "a")
    assert names(db) == ["main"]


def test_a_step_can_fail_alone(db: Database) -> None:
    with db.transaction():
        accounts.create(db, "a", None, 0)
        with pytest.raises(ZeroDivisionError), db.savepoint():
            create_and_fail(db, "b")
    assert names(db) == ["main", "a"]


def test_a_percent_sign_and_a_question_mark_are_text(db: Database) -> None:
    with db.transaction():
        accounts.create(db, "100% ?", None, 0)
    found = the_account(db, "100% ?")
    assert found is not None
    assert db.rows("SELECT name FROM account WHERE name LIKE '100%%' AND id = ?", (found.id,)) == [
        ("100% ?",)
    ]


def test_an_insert_gives_the_new_id_and_one_that_is_in_the_way_none(db: Database) -> None:
    with db.transaction():
        first = accounts.create(db, "a", None, 0)
        assert accounts.create(db, "main", None, 0) is None
        second = accounts.create(db, "b", None, 0)
    assert first is not None
    assert (first, second) == (the_account(db, "a"), the_account(db, "b"))


def test_bytes_come_back_as_they_were(db: Database) -> None:
    body = bytes(range(256)) * 1000
    request = (main_account(db), 0, "/", "", "", "")
    with db.transaction():
        new = deliveries.add(db, request, body, outcome="unrecognised")
    assert deliveries.body_of(db, new) == body


def test_a_body_that_is_not_there_is_an_error(db: Database) -> None:
    with pytest.raises(LookupError, match="there is no delivery 7"):
        deliveries.body_of(db, 7)


def test_writers_at_once_wait_for_each_other(db: Database) -> None:
    def write(number: int) -> bool:
        with db.transaction():
            return accounts.create(db, f"a{number % 4}", None, 0) is not None

    assert sorted(at_once(db, 16, write)) == [False] * 12 + [True] * 4
    assert sorted(names(db)) == ["a0", "a1", "a2", "a3", "main"]


def test_one_server_that_many_find_at_once_is_made_once(db: Database) -> None:
    account = main_account(db)

    def add(_: int) -> int:
        with db.transaction():
            return servers.add(db, account, "machine:x", "x", "nas", "{}", 0).id

    assert len(set(at_once(db, 12, add))) == 1


def test_a_prepared_database_is_prepared_again_without_harm(db: Database) -> None:
    assert db.migrate() == []
    assert prepare(db, 5) == main_account(db)
    assert names(db) == ["main"]


def test_many_may_prepare_one_empty_database_at_once(
    request: pytest.FixtureRequest, tmp_path: Path, db: Database
) -> None:
    if db.on_sqlite:
        check_prepared_at_once(f"sqlite:///{tmp_path}/empty.db")
    else:
        with request.getfixturevalue("postgres").database(empty=True) as url:
            check_prepared_at_once(url)


def check_prepared_at_once(url: str) -> None:
    empty = Database(url)

    def prepare_own(_: int) -> int:
        db = Database(url)
        try:
            return prepare(db, 0)
        finally:
            db.close_all()

    assert at_once(empty, 4, prepare_own) == [1] * 4
    assert names(empty) == ["main"]
    empty.close_all()


def test_a_database_of_a_newer_program_is_refused(db: Database) -> None:
    with db.transaction():
        db.execute(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')"
        )
    with pytest.raises(SchemaTooNew, match="9999_later"):
        db.migrate()


def test_sqlite_is_told_to_survive_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As it was before the tests began.
    monkeypatch.setattr(sqlite, "SYNCHRONOUS", SYNCHRONOUS)
    db = Database(f"sqlite:///{tmp_path}/a.db")
    assert db.row("PRAGMA journal_mode") == ("wal",)
    assert db.row("PRAGMA synchronous") == (2,)
    assert db.row("PRAGMA foreign_keys") == (1,)
    db.close()


def test_a_reader_of_sqlite_cannot_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    writer = Database(url)
    prepare(writer, 0)
    reader = Database(url, read_only=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.change("UPDATE account SET name = 'x'")
    assert names(reader) == ["main"]
    reader.close()
    writer.close()


def test_a_file_can_be_held_by_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock_file(path) as mine:
        assert mine
        with lock_file(path) as second:
            assert not second
    with lock_file(path) as again:
        assert again


def test_a_connection_that_was_cut_is_replaced(db: Database) -> None:
    if db.on_sqlite:
        return
    import peewee

    (pid,) = db.row("SELECT pg_backend_pid()") or (0,)
    other = Database(db.url)
    other.row("SELECT pg_terminate_backend(?)", (pid,))
    other.close_all()
    # What only reads is asked again; what is done in a transaction is the whole of it or nothing.
    assert names(db) == ["main"]
    (pid,) = db.row("SELECT pg_backend_pid()") or (0,)
    with pytest.raises(peewee.OperationalError), db.transaction():
        other.row("SELECT pg_terminate_backend(?)", (pid,)), names(db)
    other.close_all()
    assert names(db) == ["main"]
