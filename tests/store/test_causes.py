"""Why a database refuses: one cause for each of the many ways in which drivers and the system say it."""

import errno
import os
import sqlite3
from pathlib import Path

import peewee
import psycopg
import pytest
from playhouse.pool import MaxConnectionsExceeded

from duplistat.core.causes import WORDS, Cause
from duplistat.core.errors import DuplistatError, Kind
from duplistat.store.causes import brief, cause_of, cause_on, first_cause
from duplistat.store.database import Database
from tests.support.failing import full, read_only
from tests.support.postgres import Postgres

BY_SQLSTATE = {
    "53100": Cause.DISK_FULL,
    "53200": Cause.OUT_OF_MEMORY,
    "53300": Cause.OUT_OF_CONNECTIONS,
    "25006": Cause.READ_ONLY,
    "42501": Cause.NO_PERMISSION,
    "28P01": Cause.NO_PERMISSION,
    "55P03": Cause.LOCKED,
    "57014": Cause.LOCKED,
    "40P01": Cause.LOCKED,
    "40001": Cause.LOCKED,
    "40000": Cause.LOCKED,
    "25P02": Cause.LOCKED,
    "25P03": Cause.UNREACHABLE,
    "57P01": Cause.UNREACHABLE,
    "57P03": Cause.UNREACHABLE,
    "08006": Cause.UNREACHABLE,
    "3D000": Cause.UNREACHABLE,
    "58030": Cause.IO_ERROR,
    "XX001": Cause.CORRUPT,
    "42P01": None,
    "23505": None,
}


@pytest.mark.parametrize(("state", "cause"), BY_SQLSTATE.items())
def test_an_error_of_postgresql(state: str, cause: Cause | None) -> None:
    error = psycopg.errors.lookup(state)("no")
    assert cause_of(error) is cause
    # As peewee passes it on.
    assert cause_of(peewee.DatabaseError(error, "no")) is cause


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("connection refused", Cause.UNREACHABLE),
        ("FATAL:  sorry, too many clients already", Cause.OUT_OF_CONNECTIONS),
        ("FATAL:  remaining connection slots are reserved", Cause.OUT_OF_CONNECTIONS),
        ('FATAL:  password authentication failed for user "me"', Cause.NO_PERMISSION),
        ("FATAL:  could not write init file: No space left on device", Cause.DISK_FULL),
    ],
)
def test_a_connection_that_is_not_made(said: str, cause: Cause) -> None:
    assert cause_of(peewee.OperationalError(said)) is cause


def test_a_server_that_is_not_there() -> None:
    db = Database("postgresql://me@127.0.0.1:1/nothing")
    with pytest.raises(peewee.OperationalError) as error:
        db.rows("SELECT 1")
    assert cause_of(error.value) is Cause.UNREACHABLE


def test_our_own_connections_are_all_in_use() -> None:
    assert cause_of(MaxConnectionsExceeded("no")) is Cause.OUT_OF_CONNECTIONS


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, Cause.DISK_FULL),
        (errno.EDQUOT, Cause.DISK_FULL),
        (errno.EFBIG, Cause.FILE_LIMIT),
        (errno.EROFS, Cause.READ_ONLY),
        (errno.EACCES, Cause.NO_PERMISSION),
        (errno.EIO, Cause.IO_ERROR),
        (errno.ENOENT, Cause.FILE_GONE),
        (errno.EMFILE, Cause.IO_ERROR),
    ],
)
def test_an_error_of_the_system(number: int, cause: Cause) -> None:
    assert cause_of(OSError(number, os.strerror(number))) is cause


@pytest.fixture
def file(prepared_sqlite: Path, tmp_path: Path) -> Path:
    file = tmp_path / "own.db"
    file.write_bytes(prepared_sqlite.read_bytes())
    return file


def refused(db: Database) -> Exception:
    """What a write raises."""
    try:
        with db.transaction():
            db.execute("INSERT INTO setting (name, value) VALUES ('x', ?)", ("x" * 100_000,))
    except Exception as e:
        return e
    finally:
        db.close()
    raise AssertionError("it was written")


def test_sqlite_on_a_full_disk(file: Path) -> None:
    db = Database(f"sqlite:///{file}")
    with full(db):
        error = refused(db)
    assert (cause_of(error), brief(error)) == (Cause.DISK_FULL, "database or disk is full")


def test_sqlite_that_is_opened_to_be_read(file: Path) -> None:
    assert cause_on(refused(Database(f"sqlite:///{file}", read_only=True)), file) is Cause.READ_ONLY


def test_sqlite_that_a_stranger_locks(file: Path) -> None:
    stranger = sqlite3.connect(file, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    db = Database(f"sqlite:///{file}")
    db.execute("PRAGMA busy_timeout = 10")
    assert cause_on(refused(db), file) is Cause.LOCKED
    stranger.close()


def test_sqlite_that_is_damaged_or_none(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    assert cause_on(refused(Database(f"sqlite:///{file}")), file) is Cause.CORRUPT
    for beside in file.parent.glob("own.db-*"):
        beside.unlink()
    file.write_bytes(b"this is no database " * 1000)
    assert cause_on(refused(Database(f"sqlite:///{file}")), file) is Cause.CORRUPT


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "none" / "own.db"
    assert cause_on(refused(Database(f"sqlite:///{file}")), file) is Cause.FILE_GONE


def test_a_mistake_of_ours_has_no_cause(db: Database) -> None:
    for statement in ("SELECT * FROM nothing", "FROBNICATE"):
        with pytest.raises(Exception) as error:  # noqa: PT011  # each driver has its own
            db.rows(statement)
        db.close()
        assert cause_of(error.value) is None
    assert cause_of(DuplistatError(Kind.INVALID, "no")) is None
    assert cause_of(ZeroDivisionError()) is None


def test_each_cause_has_words() -> None:
    assert set(WORDS) == set(Cause)
    assert WORDS[Cause.DISK_FULL] == "the disk is full"


def test_the_first_cause_is_found_behind_what_followed() -> None:
    first, second = sqlite3.OperationalError("full"), sqlite3.OperationalError("cannot rollback")
    first.sqlite_errorcode, second.sqlite_errorcode = sqlite3.SQLITE_FULL, sqlite3.SQLITE_ERROR
    second.__context__ = first
    assert first_cause(second) is first
    assert first_cause(first) is first
    mistake = ZeroDivisionError()
    assert first_cause(mistake) is mistake


def test_a_full_disk_is_not_hidden_by_what_cannot_be_undone(file: Path) -> None:
    db = Database(f"sqlite:///{file}")
    with full(db):
        for step in (db.transaction, db.savepoint):
            with pytest.raises(sqlite3.OperationalError, match="disk is full"), db.transaction(), step():
                db.execute("INSERT INTO setting (name, value) VALUES ('x', ?)", ("x" * 100_000,))
    db.close()


def test_a_database_that_takes_no_writes(postgres: Postgres) -> None:
    with postgres.database() as url, read_only(url):
        db = Database(url)
        error = refused(db)
        db.close_all()
    assert cause_of(error) is Cause.READ_ONLY
