"""A whole copy of a database on SQLite, and a check of its pages, while others go on writing.

Both read one state of it, on a connection of their own that cannot write. They can be stopped at any moment.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

# Steps of SQLite's machine between two questions whether to go on: some milliseconds.
STEPS = 20_000
# Problems that are told of one database.
MOST = 20


class StoppedError(Exception):
    """Whoever asked does not want it any more."""


def copy(database: Path, target: Path, go_on: Callable[[], bool]) -> None:
    """Write a copy, packed tight, to a file that does not exist. Raises StoppedError, sqlite3.Error, OSError.

    When it fails nothing is left of it.
    """
    try:
        with _reading(database, go_on) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def problems(database: Path, go_on: Callable[[], bool]) -> list[str]:
    """What is wrong with the pages and rows of a database; empty for nothing. Raises StoppedError, sqlite3.Error."""
    try:
        with _reading(database, go_on) as connection:
            told = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({MOST})")]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as e:
        # So damaged that it cannot be looked through.
        return [str(e)]
    return [] if told == ["ok"] else told


@contextlib.contextmanager
def _reading(database: Path, go_on: Callable[[], bool]) -> Iterator[sqlite3.Connection]:
    """A connection that reads; what it does ends when `go_on` says no."""
    stopped = False

    def ask() -> int:
        nonlocal stopped
        stopped = stopped or not go_on()
        return int(stopped)

    connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        connection.set_progress_handler(ask, STEPS)
        yield connection
    except sqlite3.OperationalError:
        if stopped:
            raise StoppedError from None
        raise
    finally:
        connection.close()
