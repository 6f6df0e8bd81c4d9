"""Through a PgBouncer in transaction mode, whose sessions know nothing of what another one was told."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from duplistat.services.bootstrap import prepare
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.databases import at_once
from tests.support.pgbouncer import bouncing, program
from tests.support.postgres import Postgres
from tests.support.serving import serving

UPLOADS = 600


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> Iterator[str]:
    program()
    with postgres.database(empty=True) as direct, bouncing(direct) as url:
        yield url


def read_often(db: Database) -> list[object]:
    """What threads get that run statements until these would be prepared, each in a transaction of another session."""

    def read(number: int) -> list[object]:
        found: list[object] = []
        for turn in range(40):
            with db.connection():
                found.append(db.row(f"SELECT {turn % 4} + ?::int", (number,)) == (turn % 4 + number,))
        return found

    return [each for answers in at_once(db, 12, read) for each in answers]


@pytest.mark.parametrize("setting", ["auto", "off", "on"])
def test_every_statement_is_the_one_that_was_asked(url: str, setting: str) -> None:
    """With "on" it is noticed by the first statement that is not there."""
    db = Database(url, pool=12, prepare=setting)
    answers = read_often(db)
    prepares = db._peewee.prepares
    db.close_all()
    assert answers == [True] * 480
    assert prepares is False


def test_without_a_pooler_statements_are_prepared(postgres: Postgres) -> None:
    with postgres.database(empty=True) as direct:
        db = Database(direct)
        for _ in range(10):
            db.row("SELECT ?::int", (1,))
        assert db.rows("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::int'") == [
            (1,)
        ]
        db.close_all()


def test_no_two_connections_give_one_name(postgres: Postgres) -> None:
    """Where a pooler lends one session to both, each would get what the other one has prepared under it."""
    with postgres.database(empty=True) as direct:
        db = Database(direct, pool=2)
        together = threading.Barrier(2)

        def names(number: int) -> set[str]:
            with db.connection():
                together.wait(10)
                for _ in range(10):
                    db.row(f"SELECT {number} + ?::int", (1,))
                return {name for (name,) in db.rows("SELECT name FROM pg_prepared_statements")}

        first, second = at_once(db, 2, names)
        db.close_all()
    assert first
    assert second
    assert not first & second


def test_all_of_many_uploads_are_taken_in(url: str, tmp_path: Path) -> None:
    db = Database(url)
    prepare(db, 0)
    db.close_all()
    with serving(tmp_path / "data", url, workers=2, DUPLISTAT_LIMITS_UPLOAD_PER_MINUTE="0") as server:

        def send(thread: int) -> list[int]:
            with requests.Session() as session:
                bodies = [
                    duplicati(f"2026-01-{day:02}T{hour:02}:00:00Z", job=f"job {thread}")
                    for day in range(1, 26)
                    for hour in (1, 2)
                ]
                answers = [session.post(f"{server.url}/api/upload", json=body, timeout=60) for body in bodies]
                return [answer.status_code for answer in answers]

        with ThreadPoolExecutor(12) as pool:
            statuses = [status for each in pool.map(send, range(12)) for status in each]
        assert statuses == [200] * UPLOADS
        assert server.read("/api/summary")["totalBackupsRuns"] == UPLOADS
        assert "prepared statement" not in server.output()
        assert "a pooler is in between" in server.output()
