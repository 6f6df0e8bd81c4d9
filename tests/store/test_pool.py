"""Connections to PostgreSQL: lent without a question, waited for, and said of when there are none."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import peewee
import psycopg
import pytest

from duplistat.core.causes import Cause
from duplistat.store.causes import cause_of
from duplistat.store.database import Database, is_not_connected
from tests.support.databases import at_once
from tests.support.postgres import Postgres

NUMBERS = itertools.count()


class Gate:
    """A database that can be closed to everybody."""

    def __init__(self, url: str, admin: psycopg.Connection[Any]) -> None:
        self.url, self._admin = url, admin
        self._name = url.partition("?")[0].rpartition("/")[2]

    def close(self) -> None:
        self._admin.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS false')
        self._admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (self._name,)
        )

    def open(self) -> None:
        self._admin.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS true')


@pytest.fixture
def gate(postgres: Postgres) -> Iterator[Gate]:
    with (
        postgres.database(empty=True) as url,
        psycopg.connect(postgres.url("postgres"), autocommit=True) as admin,
    ):
        made = Gate(url, admin)
        yield made
        made.open()


@pytest.fixture
def crowded(postgres: Postgres) -> Iterator[str]:
    """The URL of a database whose user may have two connections."""
    name = f"crowded{next(NUMBERS)}"
    with (
        postgres.database(empty=True) as url,
        psycopg.connect(postgres.url("postgres"), autocommit=True) as admin,
    ):
        admin.execute(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 2")
        yield url.replace("//postgres:", f"//{name}:").replace("//postgres@", f"//{name}@")
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", (name,)
        )
        admin.execute(f"DROP ROLE {name}")


def told(db: Database) -> list[str]:
    """What is told of outages from now on."""
    words: list[str] = []
    db.watch_outages(lambda _, there: words.append(f"refused, {there} there"), lambda: words.append("back"))
    return words


def test_a_connection_is_lent_without_a_question(db: Database) -> None:
    if db.on_sqlite:
        return
    other = Database(db.url)
    (pid,) = db.row("SELECT pg_backend_pid() AS mark") or (0,)
    for _ in range(3):
        db.close()
        with db.connection():
            last = other.row("SELECT query FROM pg_stat_activity WHERE pid = ?", (pid,))
    other.close_all()
    assert last == ("SELECT pg_backend_pid() AS mark",)


def test_a_read_waits_until_the_database_lets_it_in(gate: Gate) -> None:
    db = Database(gate.url, patience=20)
    assert db.row("SELECT 1") == (1,)
    words = told(db)
    gate.close()
    opener = threading.Timer(0.5, gate.open)
    opener.start()
    assert at_once(db, 6, lambda number: db.row("SELECT ?::int", (number,))) == [(n,) for n in range(6)]
    opener.join()
    assert [word.partition(",")[0] for word in words] == ["refused", "back"]
    db.close_all()


def test_who_has_no_patience_is_told_at_once(gate: Gate) -> None:
    db = Database(gate.url, patience=20)
    gate.close()
    began = time.monotonic()
    with db.waiting(0), pytest.raises(peewee.OperationalError) as error:
        db.row("SELECT 1")
    assert time.monotonic() - began < 10
    assert is_not_connected(error.value)
    assert cause_of(error.value) is Cause.UNREACHABLE


def test_nobody_waits_long_when_the_process_ends(gate: Gate) -> None:
    db = Database(gate.url, patience=60)
    db.end_with(lambda: True, 0.1)
    gate.close()
    began = time.monotonic()
    with pytest.raises(peewee.OperationalError):
        db.row("SELECT 1")
    assert time.monotonic() - began < 20


def test_what_no_wait_can_mend_is_told_at_once(gate: Gate) -> None:
    db = Database(gate.url.replace("/test", "/none"), patience=60)
    with pytest.raises(peewee.OperationalError, match="does not exist"):
        db.row("SELECT 1")


def test_who_is_refused_a_connection_waits_for_one_of_the_pool(crowded: str) -> None:
    db = Database(crowded, pool=16, patience=20)
    words = told(db)

    def work(_: int) -> int:
        for _ in range(3):
            with db.connection():
                db.row("SELECT pg_sleep(0.01)")
        return 1

    assert at_once(db, 8, work) == [1] * 8
    assert words[0] in ("refused, 1 there", "refused, 2 there")
    db.close_all()


def test_a_transaction_whose_statement_failed_is_not_taken_for_committed(db: Database) -> None:
    if db.on_sqlite:
        return

    def hide_a_failure() -> None:
        with db.transaction(), contextlib.suppress(peewee.DatabaseError):
            db.execute("SELECT 1 / 0")

    with pytest.raises(peewee.InternalError, match="nothing was committed"):
        hide_a_failure()


def test_connections_in_use_by_others_are_waited_for(db: Database) -> None:
    if db.on_sqlite:
        return
    one = Database(db.url, pool=1)

    def read(number: int) -> Any:
        with one.connection():
            return one.row("SELECT ?::int", (number,))

    assert at_once(one, 5, read) == [(n,) for n in range(5)]
    one.close_all()
