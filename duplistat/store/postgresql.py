"""What peewee knows as PostgreSQL, over our own pool: how connections are made, and what a lost one means."""

import contextlib
import logging
import secrets
import threading
from collections.abc import Iterator
from typing import Any

import peewee
import psycopg
from psycopg.conninfo import conninfo_to_dict

from duplistat.store.pool import Pool, is_lost

log = logging.getLogger(__name__)
# What it warns of at the end of a pipeline, the exception says that ended it.
logging.getLogger("psycopg").setLevel(logging.ERROR)

# Unless the URL says otherwise: seconds until a server that does not answer is given up, and ms until one is that no
# longer acknowledges what it was sent.
DEFAULTS = {"connect_timeout": "5", "tcp_user_timeout": "20000"}
# A statement is prepared once it was run more often than this on a connection: psycopg's own number.
PREPARED_AFTER = 5
# Raises peewee's exceptions for those of the driver.
_AS_PEEWEE: Any = vars(peewee)["__exception_wrapper__"]


class OutcomeUnknown(peewee.OperationalError):
    """The connection was lost while a transaction was committed: it may be so, or not."""


class PostgreSQL(peewee.PostgresqlDatabase):
    """A database whose threads borrow their connections of `pool`: one for a statement or a transaction."""

    # What peewee keeps of each thread.
    _state: Any

    def __init__(self, url: str, *, most: int, patience: float, prepare: str) -> None:
        """`prepare` is on, off, or auto: unless a pooler is in between. `most` and `patience` are those of the pool."""
        self._prepares, self._looks_for_pooler = prepare != "off", prepare == "auto"
        known = conninfo_to_dict(url)
        self._parameters: dict[str, Any] = {
            name: value for name, value in DEFAULTS.items() if name not in known
        }
        self._own = threading.local()
        self.pool = Pool(self._connected, most=most, patience=patience)
        super().__init__(url, prefer_psycopg3=True, autoconnect=True)

    @property
    def prepares(self) -> bool:
        """Whether statements that are run often are prepared."""
        return self._prepares

    # What peewee asks.

    def connect(self, reuse_if_open: bool = False) -> bool:
        if not self.is_closed():
            if reuse_if_open:
                return False
            raise peewee.OperationalError("Connection already opened.")
        connection = self.pool.borrow()
        self._state.set_connection(connection)
        if self.server_version is None:
            self.server_version = connection.info.server_version
        return True

    def close(self) -> bool:
        if self.is_closed():
            return False
        if self.in_transaction():
            raise peewee.OperationalError("Attempting to close database while transaction is open.")
        connection = self._state.conn
        self._state.reset()
        self.pool.give_back(connection)
        return True

    def commit(self) -> None:
        """Raises OutcomeUnknown when the connection was lost meanwhile."""
        connection = self._state.conn
        try:
            done = connection.execute("COMMIT").statusmessage
        except psycopg.Error as e:
            if is_lost(connection):
                raise OutcomeUnknown(e, *e.args) from e
            with _AS_PEEWEE:
                raise
        if done == "ROLLBACK":
            raise peewee.InternalError("a statement of this transaction had failed: nothing was committed")

    # What the store asks.

    @contextlib.contextmanager
    def pipelined(self) -> Iterator[None]:
        """Inside, statements of this thread go out without waiting for answers that nobody has asked for yet.

        All have come at the end. What fails is raised at the next answer that is asked for. Behind a pooler it is as
        usual.
        """
        if not self._prepares:
            yield
            return
        connection = self._state.conn
        with _AS_PEEWEE, connection.pipeline() as pipeline:
            self._own.pipeline = pipeline
            try:
                yield
            finally:
                self._own.pipeline = None

    @property
    def queued(self) -> set[tuple[str, str]]:
        """What the transaction of this thread has queued for: (lock, name)."""
        queued: set[tuple[str, str]] = self._own.__dict__.setdefault("queued", set())
        return queued

    def settle(self) -> None:
        """Wait for all answers to what this thread has sent."""
        pipeline = getattr(self._own, "pipeline", None)
        if pipeline is not None:
            pipeline.sync()

    def is_lost(self) -> bool:
        """Whether the connection of this thread is gone."""
        return not self.is_closed() and is_lost(self._state.conn)

    def stop_preparing(self) -> None:
        """Have no statement prepared any more."""
        if self._prepares:
            log.info("a pooler is in between: PostgreSQL prepares no statements")
        self._prepares = False
        for connection in self.pool.connections:
            connection.prepare_threshold = None

    def close_all(self) -> None:
        """Close this thread's connection, and all others."""
        self.close()
        self.pool.close_all()

    def _connected(self) -> Any:
        """A connection to the server, or to a pooler. Raises what peewee raises.

        A pooler gives one session to many in turn, transaction by transaction: what one prepared, another one does not
        have, or has under the name of its own. It tells its clients a number of its own for the process of a session.
        So each connection names its statements as no other one does: a name that another session does not know is an
        error, which ends the preparing, and never the answer to somebody else's statement.
        """
        with _AS_PEEWEE:
            connection = psycopg.connect(
                self.database,
                autocommit=True,
                prepare_threshold=PREPARED_AFTER if self._prepares else None,
                **self._parameters,
            )
            # psycopg counts its names from 0 on each connection, and has no setting for that.
            connection._prepared._prepared_idx = secrets.randbits(60)
            if self._prepares and self._looks_for_pooler:
                row = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
                if row != (connection.info.backend_pid,):
                    connection.prepare_threshold = None
                    self.stop_preparing()
        return connection
