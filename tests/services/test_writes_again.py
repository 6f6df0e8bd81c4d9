"""A write whose connection is lost is done again, unless it may be done already and must not be done twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from duplistat.core.errors import WriteFailed
from duplistat.services import writes
from duplistat.services.commands import Direct
from duplistat.services.context import Tx
from duplistat.services.reports.record import record
from duplistat.services.writes import is_repeatable, name_of
from duplistat.store.database import Database
from tests.support.bodies import duplicati
from tests.support.site import Site

# SQLite has no connection to lose.
ON_POSTGRESQL = pytest.mark.parametrize("both_databases", ["postgresql"])
REPORTS = (
    "reports.record.record",
    "reports.record.record_all",
    "reports.live.live",
    "reports.events.record_event",
)


@pytest.fixture
def tries() -> list[int]:
    """A number for each try of `note`."""
    return []


@pytest.fixture
def commands(tries: list[int]) -> Iterator[Any]:
    """Commands that note something, and end their own connection at the first try."""

    def note(tx: Tx, *, cut: bool) -> int:
        tries.append(1)
        tx.db.execute("INSERT INTO setting (name, value) VALUES (?, '')", (f"try {len(tries)}",))
        if cut and len(tries) == 1:
            tx.db.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return len(tries)

    def note_once(tx: Tx) -> int:
        return note(tx, cut=False)

    def note_again(tx: Tx) -> int:
        return note(tx, cut=False)

    made = (writes.command(note), writes.command(note_once), writes.repeatable_command(note_again))
    yield made
    for command in made:
        writes._COMMANDS.pop(name_of(command))
        writes._REPEATABLE.discard(name_of(command))


def noted(db: Database) -> list[str]:
    return [row[0] for row in db.rows("SELECT name FROM setting WHERE name LIKE 'try %' ORDER BY name")]


@ON_POSTGRESQL
def test_what_was_lost_before_the_commit_is_done_again(site: Site, commands: Any) -> None:
    assert site.writes.run(commands[0], cut=True) == 2
    assert noted(site.db) == ["try 2"]


@pytest.fixture
def lost(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first commit is made, and its connection lost before anybody hears of it."""
    from duplistat.store.postgresql import OutcomeUnknown, PostgreSQL

    assert not site.db.on_sqlite
    commit = PostgreSQL.commit

    def losing(database: PostgreSQL) -> None:
        commit(database)
        monkeypatch.setattr(PostgreSQL, "commit", commit)
        raise OutcomeUnknown("server closed the connection unexpectedly")

    monkeypatch.setattr(PostgreSQL, "commit", losing)


@ON_POSTGRESQL
@pytest.mark.usefixtures("lost")
def test_what_may_be_done_already_is_not_done_twice(site: Site, commands: Any, tries: list[int]) -> None:
    with pytest.raises(WriteFailed, match="not known whether this was saved"):
        site.writes.run(commands[1])
    assert (len(tries), noted(site.db)) == (1, ["try 1"])


@ON_POSTGRESQL
@pytest.mark.usefixtures("lost")
def test_what_may_be_done_twice_is_done_again(site: Site, commands: Any) -> None:
    assert site.writes.run(commands[2]) == 2
    assert noted(site.db) == ["try 1", "try 2"]


@ON_POSTGRESQL
@pytest.mark.usefixtures("lost")
def test_a_report_is_recorded_once_whatever_became_of_the_first_try(site: Site) -> None:
    assert site.record(duplicati("2026-01-28T03:00:00Z"))["success"]
    assert (len(site.runs()), site.summary()["totalBackupsRuns"]) == (1, 1)


def test_reports_of_all_kinds_may_be_done_twice() -> None:
    assert name_of(record) == "duplistat.services.reports.record.record"
    assert all(is_repeatable(f"duplistat.services.{name}") for name in REPORTS)
    assert not is_repeatable("duplistat.services.reports.unread.keep_unread")


def test_a_command_beside_the_server_waits_for_nothing(site: Site) -> None:
    assert Direct(site.db, site.config).patience == 0
