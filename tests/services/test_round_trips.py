"""How often an upload waits for PostgreSQL: each time costs as much as the network is away."""

from pathlib import Path

import peewee
import pytest

from duplistat.config import Config
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.clock import Clock
from tests.support.postgres import Postgres
from tests.support.round_trips import counting
from tests.support.site import Site

MOST, MOST_OF_A_SWEEP = 10, 10


@pytest.fixture
def both_databases() -> str:
    return "postgresql"


def test_an_upload_waits_for_few_answers(postgres: Postgres, clock: Clock, tmp_path: Path) -> None:
    with postgres.database() as direct, counting(direct) as (url, proxy):
        db = Database(url)
        site = Site(Config(data=tmp_path), db, clock)
        counts = []
        for day in range(1, 13):
            before = proxy.asked
            site.record(duplicati(f"2026-01-{day:02}T03:00:00Z"))
            counts.append(proxy.asked - before)
        db.close_all()
    # The first one makes the server and the job, and those up to the seventh prepare statements.
    assert max(counts[8:]) <= MOST, counts
    # Something was counted at all.
    assert min(counts) >= 3, counts


FAILING = {
    "at the end": (peewee.DataError, ["SELECT 1 / 0"]),
    "at the next answer": (peewee.ProgrammingError, ["SELECT nothing", "SELECT 1"]),
}


@pytest.mark.parametrize(("error", "statements"), FAILING.values(), ids=FAILING.keys())
def test_what_fails_in_a_pipeline_is_told_and_undone(
    db: Database, error: type[Exception], statements: list[str]
) -> None:
    def write() -> None:
        with db.transaction(pipelined=True):
            db.execute("INSERT INTO setting (name, value) VALUES ('x', '')")
            for statement in statements[:-1]:
                db.execute(statement)
            db.execute(statements[-1])

    with pytest.raises(error):
        write()
    assert db.rows("SELECT name FROM setting WHERE name = 'x'") == []


def test_in_a_pipeline_rows_are_counted(db: Database) -> None:
    with db.transaction(pipelined=True):
        db.execute("INSERT INTO setting (name, value) VALUES ('x', '')")
        assert db.change("UPDATE setting SET value = '1' WHERE name = 'x'") == 1
        assert db.change("UPDATE setting SET value = '1' WHERE name = 'y'") == 0
        assert db.row("SELECT value FROM setting WHERE name = 'x'") == ("1",)
    assert db.rows("SELECT value FROM setting WHERE name = 'x'") == [("1",)]


def test_a_sweep_waits_for_as_many_answers_for_many_jobs_as_for_few(
    postgres: Postgres, clock: Clock, tmp_path: Path
) -> None:
    with postgres.database() as direct, counting(direct) as (url, proxy):
        db = Database(url)
        site = Site(Config(data=tmp_path), db, clock)
        asked = []
        # The first sweeps prepare statements.
        for day, count in ((2, 20), (4, 20), (6, 2), (8, 20)):
            clock.set(f"2026-02-{day:02}T12:00:00Z")
            for number in range(count):
                told = f"202602{day + 1:02}T020000Z"
                site.record(
                    duplicati(f"2026-02-{day:02}T02:00:00Z", job=f"job {day} {number}", next_run=told)
                )
            clock.set(f"2026-02-{day + 1:02}T04:00:00Z")
            before = proxy.asked
            assert site.sweep()["changed"] >= count
            asked.append(proxy.asked - before)
        db.close_all()
    assert max(asked[2:]) <= MOST_OF_A_SWEEP, asked
