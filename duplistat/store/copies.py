"""A whole copy of a database on SQLite, and a check of its pages, while others go on writing.

Both read one state of it, on a connection of their own that cannot write. They can be stopped at any moment.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypedDict

# Steps of SQLite's machine between two questions whether to go on: some milliseconds.
STEPS = 20_000
# Problems that are told of one database.
MOST = 20


class StoppedError(Exception):
    """Whoever asked does not want it any more."""


def copy(database: Path, target: Path, go_on: Callable[[], bool]) -> None:
    """Write a copy, packed tight, to a file that is empty or does not exist. Raises StoppedError, sqlite3.Error.

    It reads one state of the database, and keeps nobody from writing meanwhile.
    """
    with _reading(database, go_on) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def problems(database: Path, go_on: Callable[[], bool], *, whole: bool = False) -> list[str]:
    """What is wrong with the pages and rows of a database; empty for nothing. Raises StoppedError, sqlite3.Error.

    With `whole` indexes are compared with their tables, too, which takes longer.
    """
    check = "integrity_check" if whole else "quick_check"
    try:
        with _reading(database, go_on) as connection:
            told = [str(row[0]) for row in connection.execute(f"PRAGMA {check}({MOST})")]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as e:
        # So damaged that it cannot be looked through.
        return [str(e)]
    return [] if told == ["ok"] else told


def schemas(database: Path) -> list[str]:
    """The changes of the schema that a database of ours has had; empty for another one. Raises sqlite3.Error."""
    with _reading(database, lambda: True) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"schema_migration", "account", "run"} <= tables:
            return []
        return [str(row[0]) for row in connection.execute("SELECT name FROM schema_migration")]


class Contents(TypedDict):
    """What a database of ours holds: rows of these tables, when its newest run began (ms, None for none), the names of
    its first accounts, and the latest change of its schema."""

    account: int
    server: int
    job: int
    run: int
    newest_at: int | None
    accounts: list[str]
    schema: str


def contents(database: Path, go_on: Callable[[], bool]) -> Contents:
    """What a database holds that `schemas` knows as ours. Raises StoppedError, sqlite3.Error."""
    with _reading(database, go_on) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")

        def first(statement: str) -> Any:
            return connection.execute(statement).fetchone()[0]

        names = connection.execute("SELECT name FROM account ORDER BY id LIMIT 5").fetchall()
        return {
            "account": first("SELECT count(*) FROM account"),
            "server": first("SELECT count(*) FROM server"),
            "job": first("SELECT count(*) FROM job"),
            "run": first("SELECT count(*) FROM run"),
            "newest_at": first("SELECT max(last_order) FROM job"),
            "accounts": [str(row[0]) for row in names],
            "schema": first("SELECT max(name) FROM schema_migration"),
        }


@contextlib.contextmanager
def _reading(database: Path, go_on: Callable[[], bool]) -> Iterator[sqlite3.Connection]:
    """A connection that reads; what it does ends when `go_on` says no."""
    stopped = False

    def ask() -> int:
        nonlocal stopped
        stopped = stopped or not go_on()
        return int(stopped)

    address = f"{database.absolute().as_uri()}?mode=ro"
    if not os.access(database.parent, os.W_OK) and not database.with_name(f"{database.name}-wal").exists():
        # On a medium that cannot be written to, where SQLite could not make the files that it wants beside it.
        address += "&immutable=1"
    connection = sqlite3.connect(address, uri=True, timeout=10)
    try:
        connection.set_progress_handler(ask, STEPS)
        yield connection
    except sqlite3.OperationalError:
        if stopped:
            raise StoppedError from None
        raise
    finally:
        connection.close()
