"""What both databases have in common for tests."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from duplistat.services.bootstrap import prepare
from duplistat.store.database import Database
from tests.support.clock import ms

# When the account `main` of every test was made.
FOUNDED = ms("2026-01-01T00:00:00Z")


def prepare_bare(db: Database) -> None:
    """As `prepare`, without the channel and the rule of a fresh database: tests of alerts have their own."""
    prepare(db, FOUNDED)
    for table in ("rule", "channel"):
        db.execute(f"DELETE FROM {table}")
    if db.on_sqlite:
        db.execute("DELETE FROM sqlite_sequence WHERE name IN ('rule', 'channel')")
    else:
        db.execute("ALTER SEQUENCE rule_id_seq RESTART")
        db.execute("ALTER SEQUENCE channel_id_seq RESTART")


@cache
def _prepared_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "duplistat.db"
        db = Database(f"sqlite:///{path}")
        prepare_bare(db)
        db.close_all()
        return path.read_bytes()


def put_prepared(folder: Path) -> Path:
    """`duplistat.db` in a folder, with nothing in it but the account `main`. It is migrated once a process."""
    path = folder / "duplistat.db"
    path.write_bytes(_prepared_sqlite())
    return path


@contextmanager
def statements_of(db: Database) -> Iterator[list[str]]:
    """The statements that run inside the block."""
    ran: list[str] = []
    execute = db.execute

    def count(statement: str, parameters: Any = ()) -> Any:
        ran.append(statement)
        return execute(statement, parameters)

    db.execute = count  # type: ignore[method-assign]  # on purpose
    try:
        yield ran
    finally:
        del db.execute


def at_once(db: Database, count: int, do: Callable[[int], Any]) -> list[Any]:
    """What `do` gives in `count` threads that begin together; an exception in place of an answer."""
    barrier = threading.Barrier(count)
    answers: list[Any] = [None] * count

    def work(number: int) -> None:
        barrier.wait()
        try:
            answers[number] = do(number)
        except Exception as e:
            answers[number] = e
        finally:
            db.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
