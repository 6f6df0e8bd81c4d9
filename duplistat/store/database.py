"""One database behind one URL: SQLite or PostgreSQL. What differs between them is said here, once."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
from playhouse.pool import MaxConnectionsExceeded

from duplistat.core.errors import DuplistatError, Kind
from duplistat.store import sqlite
from duplistat.store.causes import first_cause

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
# Any fixed number will do: it names our lock among those of one PostgreSQL database.
MIGRATION_LOCK = 0x6475706C
QUEUE_LOCK = 0x71756575
# How long a database that another process prepares is waited for, seconds.
PATIENCE = 10.0
# SQLSTATEs: a prepared statement is there already, or is not.
_NOT_PREPARED = ("42P05", "26000")
# How often a statement that only reads is tried again on another connection.
TRIES = 3

RETURNING_ID = " RETURNING id"
# Which transactions of PostgreSQL a reader sees, and of which start of a server: with the same, it sees the same.
_SNAPSHOT = "SELECT concat(txid_current_snapshot(), ' ', pg_postmaster_start_time())"

Row = tuple[Any, ...]


def known_schemas() -> set[str]:
    """The names of all changes of the schema that this program knows."""
    return {file.stem for file in MIGRATIONS.glob("[0-9]*.py")}


class SchemaTooNew(Exception):
    """The database was written by a newer program."""


class Database:
    """Statements in, rows out. One connection a thread (SQLite), or one of a pool (PostgreSQL).

    Statements are written with `?`. Rows are tuples. `patience` is for how long a PostgreSQL that lets nobody in is
    waited for, seconds. `prepare` says whether it prepares statements that are run often: on, off, or auto for
    unless a pooler is in between.
    """

    def __init__(
        self,
        url: str,
        *,
        pool: int = 16,
        read_only: bool = False,
        patience: float = 0.0,
        prepare: str = "auto",
    ) -> None:
        self.url = url
        self.on_sqlite = url.startswith("sqlite:")
        self.read_only = read_only
        self._peewee: Any = (
            sqlite.opened(url, read_only) if self.on_sqlite else _postgresql(url, pool, patience, prepare)
        )
        self._statements: dict[str, str] = {}
        self._one_writer = threading.RLock()
        # Appended to a SELECT whose row is about to be changed; SQLite has one writer anyway.
        self.for_update = "" if self.on_sqlite else " FOR UPDATE"
        # The same for rows of which those that another transaction holds are left out.
        self.for_update_of_free = "" if self.on_sqlite else " FOR UPDATE SKIP LOCKED"
        # A row that only those wait for who would change it: others may still add rows that refer to it.
        self.for_own_use = "" if self.on_sqlite else " FOR NO KEY UPDATE"
        # Of such rows, those that another transaction holds are left out.
        self.for_own_use_of_free = "" if self.on_sqlite else " FOR NO KEY UPDATE SKIP LOCKED"
        # Whether it adds numbers of any length that are kept as digits.
        self.adds_digits = not self.on_sqlite
        # Writers that share a row of sums wait for each other's commit: this many rows share the load.
        self.shards = 1 if self.on_sqlite else 8

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> Any:
        """The driver's cursor. Raises the driver's exceptions on SQLite, peewee's on PostgreSQL."""
        if self.on_sqlite:
            return self._peewee.connection().execute(statement, parameters)
        translated = self._statements.get(statement) or self._translate(statement)
        for _ in range(TRIES):
            try:
                return self._peewee.execute_sql(translated, parameters)
            except peewee.DatabaseError as e:
                # What only reads may be asked again; what else was done on a lost connection, nobody knows here.
                if self._peewee.in_transaction() or not _only_reads(statement):
                    raise
                if self._peewee.is_lost():
                    self.drop_connections()
                elif not self.stops_preparing(e):
                    raise
        return self._peewee.execute_sql(translated, parameters)

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self.execute(statement, parameters).fetchall()  # type: ignore[no-any-return]  # driver's own

    def row(self, statement: str, parameters: Sequence[object] = ()) -> Row | None:
        return self.execute(statement, parameters).fetchone()  # type: ignore[no-any-return]  # driver's own

    def change(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement that writes; how many rows it touched."""
        cursor = self.execute(statement, parameters)
        if not self.on_sqlite:
            self._peewee.settle()
        return int(cursor.rowcount)

    def change_each(self, statement: str, parameters: Iterable[Sequence[object]]) -> list[int]:
        """Run a statement that writes once for each of these; how many rows each touched. A pipeline waits once."""
        cursors = [self.execute(statement, each) for each in parameters]
        if not self.on_sqlite:
            self._peewee.settle()
        return [int(cursor.rowcount) for cursor in cursors]

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """In a transaction: PostgreSQL is sent statements without waiting for answers that nobody asks for. What fails
        is raised by the next answer, or at the end.
        """
        if self.on_sqlite:
            yield
        else:
            with self._peewee.pipelined():
                yield

    def insert(self, statement: str, parameters: Sequence[object] = ()) -> int | None:
        """Run an INSERT … RETURNING id; None when ON CONFLICT DO NOTHING let nothing in."""
        if self.on_sqlite:
            # It knows the id of a new row by itself, and RETURNING takes half as long as the INSERT.
            cursor = self.execute(statement.removesuffix(RETURNING_ID), parameters)
            return int(cursor.lastrowid) if cursor.rowcount else None
        row = self.execute(statement, parameters).fetchone()
        return int(row[0]) if row else None

    def first_of_each(self, owner: str, table: str, rest: str) -> str:
        """FROM that joins each row `o` of one table with the first rows `t` that it has in another.

        `rest` is what follows WHERE in a SELECT of those, with its order and limit; it may speak of `o`.
        """
        if self.on_sqlite:
            return f"FROM {owner} o JOIN {table} t ON t.id IN (SELECT id FROM {table} WHERE {rest})"
        return f"FROM {owner} o CROSS JOIN LATERAL (SELECT * FROM {table} WHERE {rest}) t"

    @contextmanager
    def transaction(self, *, pipelined: bool = False) -> Iterator[None]:
        """All or nothing. On SQLite the writer's lock is taken at the start, so that nothing fails half-way.

        With `pipelined`, PostgreSQL is sent statements without waiting for their answers, unless rows are asked for:
        what fails is raised later, and inside nobody may go on after an error.
        """
        if self.on_sqlite:
            with self._one_writer, _first_cause(), self._peewee.atomic("IMMEDIATE"):
                yield
            return
        self._peewee.queued.clear()
        if pipelined:
            with _first_cause(), self.connection(), self._peewee.atomic(), self._peewee.pipelined():
                yield
        else:
            with _first_cause(), self.connection(), self._peewee.atomic():
                yield

    def one_at_a_time(self, table: str) -> None:
        """In a transaction: whoever else calls this for the table waits for its end. Reads go on.

        SQLite has one writer anyway.
        """
        if not self.on_sqlite:
            self.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

    @property
    def file(self) -> Path | None:
        """The file of a database on SQLite."""
        return Path(self.url.removeprefix("sqlite:///")) if self.on_sqlite else None

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Hold a connection of the pool for a while. SQLite's stay open, one a thread."""
        if self.on_sqlite or not self._peewee.is_closed():
            yield
        else:
            with self._peewee.connection_context():
                yield

    def wait_at_most(self, seconds: float | None) -> None:
        """From now on this thread waits until then for a PostgreSQL that lets nobody in; None: as long as usual."""
        if not self.on_sqlite:
            self._peewee.pool.wait_until(None if seconds is None else time.monotonic() + seconds)

    @contextmanager
    def waiting(self, seconds: float, *, brief: bool = False) -> Iterator[None]:
        """Inside, this thread waits for so long for a PostgreSQL that lets nobody in.

        With `brief`, it also waits only for a moment for connections that other threads use.
        """
        if self.on_sqlite:
            yield
            return
        before = self._peewee.pool.wait_until(time.monotonic() + seconds, brief=brief)
        try:
            yield
        finally:
            self._peewee.pool.wait_until(before[0], brief=before[1])

    def watch_outages(
        self, on_refused: Callable[[Exception, int], None], on_back: Callable[[], None]
    ) -> None:
        """Tell somebody that PostgreSQL lets nobody in, with how many connections are left, and that it does again."""
        if not self.on_sqlite:
            self._peewee.pool.on_refused, self._peewee.pool.on_back = on_refused, on_back

    def end_with(self, ending: Callable[[], bool], last_wait: float, most_waiting: int = 1) -> None:
        """Wait for a connection only for `last_wait` seconds more once `ending` says that the process is to end.

        `most_waiting` threads may wait while PostgreSQL is away for long: others have something else to do.
        """
        if not self.on_sqlite:
            pool = self._peewee.pool
            pool.ending, pool.last_wait, pool.most_waiting = ending, last_wait, most_waiting

    def stops_preparing(self, error: Exception) -> bool:
        """Whether a statement failed because a pooler gave us a session in which it is not the one that we prepared.

        From now on none are prepared.
        """
        if self.on_sqlite or getattr(getattr(error, "orig", None), "sqlstate", None) not in _NOT_PREPARED:
            return False
        self._peewee.stop_preparing()
        return True

    @property
    def tells_of_writes(self) -> bool:
        """Whether there is a value to rely on that changes with each write of anyone.

        SQLite knows it of the other connections only: so it is for one that does not write itself.
        """
        return self.read_only or not self.on_sqlite

    def version(self) -> int | str | None:
        """A value that changes when anyone else writes; None where it `tells_of_writes` to nobody."""
        if not self.tells_of_writes:
            return None
        row = self.row("PRAGMA data_version" if self.on_sqlite else _SNAPSHOT)
        return row[0] if row else None

    def queue_for(self, name: str, *, shared: bool = False) -> None:
        """Wait in a transaction until no other one that queued for the same name goes on; SQLite has one anyway.

        Those that share the name wait for those alone that do not.
        """
        if self.on_sqlite:
            return
        lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        if (lock, name) not in self._peewee.queued:
            self.execute(f"SELECT {lock}(?, hashtext(?))", (QUEUE_LOCK, name))
            self._peewee.queued.add((lock, name))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A step inside a transaction that can fail alone.

        What has a cause (store/causes.py) may have ended the whole transaction: nobody goes on after that.
        """
        with _first_cause(), self._peewee.savepoint():
            yield

    def close(self) -> None:
        """Close this thread's connection; with a pool, give it back."""
        if not self._peewee.is_closed():
            self._peewee.close()

    def give_back(self) -> None:
        """With a pool, give this thread's connection back until it needs one again. SQLite's stay open."""
        if not self.on_sqlite:
            self.close()

    def drop_connections(self) -> None:
        """Use none of the connections again that are there: the server behind them has ended. SQLite has none."""
        if not self.on_sqlite:
            self.close()
            self._peewee.pool.drop_idle()

    def close_all(self) -> None:
        """Close this thread's connection, and all that wait in a pool: at the end."""
        self.close()
        if not self.on_sqlite:
            self._peewee.close_all()

    def migrate(self) -> list[str]:
        """Bring the schema up to date; safe when several processes do so at once.

        Returns the names of the migrations that were applied. Raises SchemaTooNew.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._migrate()
            except UNREACHABLE as e:
                # SQLite does not wait for a lock when it turns a new file to write-ahead logging.
                if "locked" not in str(e) or time.monotonic() > deadline:
                    raise
                self.close()
                time.sleep(0.05)

    def _migrate(self) -> list[str]:
        from playhouse.migrations import Runner

        with self.transaction():
            if not self.on_sqlite:
                self.execute("SELECT pg_advisory_xact_lock(?)", (MIGRATION_LOCK,))
            runner = Runner(self._peewee, str(MIGRATIONS))
            ahead = [m.name for m in runner.status() if m.path is None]
            if ahead:
                raise SchemaTooNew(
                    f"the database has schema {ahead[-1]}, which this version does not know:"
                    " it was written by a newer duplistat"
                )
            return list(runner.up())

    def _translate(self, statement: str) -> str:
        translated = statement.replace("%", "%%").replace("?", "%s")
        self._statements[statement] = translated
        return translated


@contextmanager
def _first_cause() -> Iterator[None]:
    """Raise what went wrong first, not that it could not be undone."""
    try:
        yield
    except Exception as e:
        first = first_cause(e)
        if first is e:
            raise
        raise first from None


def _postgresql(url: str, pool: int, patience: float, prepare: str) -> Any:
    try:
        from duplistat.store.postgresql import PostgreSQL
    except ImportError as e:
        raise DuplistatError(
            Kind.UNAVAILABLE, 'PostgreSQL needs the extra "postgres": pip install "duplistat[postgres]"'
        ) from e
    return PostgreSQL(
        url.replace("postgres://", "postgresql://", 1), most=pool, patience=patience, prepare=prepare
    )


def _only_reads(statement: str) -> bool:
    return statement.startswith("SELECT ") and "FOR " not in statement


# What the driver raises when the database cannot be reached, as against a mistake of ours.
UNREACHABLE = (
    peewee.OperationalError,
    peewee.InterfaceError,
    sqlite3.OperationalError,
    MaxConnectionsExceeded,
)
# The same while it is opened or only looked at: whatever goes wrong then, it cannot be used. A file that is
# no database is one more case.
UNUSABLE = (*UNREACHABLE, peewee.DatabaseError)


def is_not_connected(error: BaseException) -> bool:
    """Whether PostgreSQL let nobody in for as long as there was to wait."""
    return "NotConnected" in (type(error).__name__, type(getattr(error, "orig", None)).__name__)


def is_outcome_unknown(error: BaseException) -> bool:
    """Whether nobody knows if a transaction was committed."""
    return type(error).__name__ == "OutcomeUnknown"
