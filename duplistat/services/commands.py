"""Every change of the database, by name: done here, or by the writer process."""

import importlib
import pkgutil
import threading
import time
from collections.abc import Mapping
from typing import Any

from duplistat import services
from duplistat.config import Config
from duplistat.core.bucket import Limit
from duplistat.core.causes import OUTCOME_UNKNOWN, WORDS, Cause, not_taken_in
from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.writes import (
    LIMITED,
    Writes,
    command_named,
    commands,
    is_exclusive,
    is_pipelined,
    is_repeatable,
)
from duplistat.store import buckets, probe, writer
from duplistat.store.causes import cause_of
from duplistat.store.database import Database, is_not_connected, is_outcome_unknown
from duplistat.store.totals import Tally
from duplistat.store.write_health import Failing, WriteHealth, unlogged

# How often a write that lost a race for a lock on PostgreSQL is tried again.
TRIES = 4
# How long a PostgreSQL that is away or full of connections is waited for with what is only read, at most, seconds:
# people and programs ask again.
READ_PATIENCE = 3.0
# Between two tries, seconds.
PAUSE = 0.05
# Whoever asks whether writes succeed has one tried, at most once in so many seconds, and of so many bytes unless they
# failed before.
TRY_EVERY = 1.0
SMALL = 16


def schedule_defaults(config: Config) -> ScheduleDefaults:
    return ScheduleDefaults(
        zone=config.zone,
        grace_ms=config.overdue.grace_seconds * 1000,
        stuck_ms=config.overdue.stuck_seconds * 1000,
    )


def load_commands() -> None:
    """Import all modules of `services`: a command is known once its module is. Who writes may need any of them."""
    for module in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
        importlib.import_module(module.name)


def operations(config: Config) -> Mapping[str, writer.Operation]:
    """All commands by name, loaded, with the schedule defaults of the configuration."""
    load_commands()
    made = Operations(config)
    return {name: made[name] for name in (*commands(), LIMITED)}


class Operations(dict[str, writer.Operation]):
    """Commands by name, each imported and made ready when it is first asked for."""

    def __init__(self, config: Config) -> None:
        super().__init__({LIMITED: self._limited})
        self._defaults = schedule_defaults(config)

    def __missing__(self, name: str) -> writer.Operation:
        function = command_named(name)

        def operation(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
            db.queue_for("servers", shared=not is_exclusive(name, arguments))
            return function(Tx(db, tally, self._defaults), **arguments)

        self[name] = operation
        return operation

    def _limited(self, db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
        # An answer and not an error, which would undo the group that this is written with.
        name, now, per_minute, burst = arguments["token"]
        wait = buckets.take(db, name, now, Limit(per_minute, burst))
        answer = None if wait else self[arguments["command"]](db, tally, arguments["arguments"])
        return {"wait": wait, "answer": answer}


class Direct(Writes):
    """Changes made in this process: on PostgreSQL, and by commands that run beside the server."""

    def __init__(
        self, db: Database, config: Config, health: WriteHealth | None = None, *, patience: float = 0.0
    ) -> None:
        """Without a `health` nothing goes into the log: a command says itself what failed.

        `patience` is how long a write is tried again while PostgreSQL is away or full of connections, seconds.
        """
        self._db = db
        self._operations = Operations(config)
        self.patience = patience
        self.health = health or unlogged()
        db.watch_outages(self._refused, self._back)
        self._trying = threading.Lock()
        self._tried = 0.0

    def _send(self, name: str, arguments: dict[str, Any]) -> Any:
        began, tries = time.monotonic(), 0
        done = arguments["command"] if name == LIMITED else name
        while True:
            tries += 1
            with self._db.waiting(began + self.patience - time.monotonic()):
                (result,) = writer.apply(
                    self._db, self._operations, [(name, arguments)], pipelined=is_pipelined(done)
                )
            if not isinstance(result, Exception):
                if self.health.failing:
                    self._try()
                return result
            if isinstance(result, DuplistatError):
                raise result
            if not self._again(done, result, tries, time.monotonic() - began):
                break
        cause = self.health.note(result, self._db.file)
        if is_outcome_unknown(result):
            raise WriteFailed(OUTCOME_UNKNOWN) from result
        if cause is not None:
            raise WriteFailed(not_taken_in(cause)) from result
        self.health.mistake(result)
        raise DuplistatError(Kind.UNAVAILABLE, "The database could not take this in") from result

    def _again(self, name: str, error: Exception, tries: int, waited: float) -> bool:
        """Whether a write that failed is tried again: for sure it was undone, or it may be done twice."""
        if _lost_race(error) or self._db.stops_preparing(error):
            return tries < TRIES
        if cause_of(error) is not Cause.UNREACHABLE or is_not_connected(error):
            # Whoever found no connection has waited for one.
            return False
        # The server was started again since a connection was made: another one may do.
        self._db.drop_connections()
        if is_outcome_unknown(error) and not is_repeatable(name):
            return False
        if tries > 1:
            time.sleep(PAUSE)
        return tries == 1 or waited < self.patience

    def _refused(self, error: Exception, connections: int) -> None:
        """PostgreSQL lets nobody in."""
        cause = cause_of(error)
        if cause is None:
            return
        if connections and cause is Cause.OUT_OF_CONNECTIONS:
            self.health.tell(cause, f"{WORDS[cause]} for more than the {connections} of this process", error)
        else:
            self.health.waits(cause, error)

    def _back(self) -> None:
        """PostgreSQL lets us in again."""
        failing = self.health.failing
        if failing is not None and failing.cause in (Cause.UNREACHABLE, Cause.OUT_OF_CONNECTIONS):
            self.health.succeeded()

    def failing(self) -> Failing | None:
        """Why writes fail, and since when. It is found out by writing: other processes and machines write, too."""
        with self._trying:
            if time.monotonic() - self._tried >= TRY_EVERY:
                self._try()
        return self.health.failing

    def _try(self) -> None:
        """Find out whether writes succeed."""
        size = probe.WHOLE if self.health.failing else SMALL
        try:
            with self._db.waiting(0, brief=True):
                probe.write(self._db, self.health.now(), size)
        except Exception as e:
            if self.health.note(e, self._db.file, 0) is None:
                raise
        else:
            self.health.succeeded()
        finally:
            self._tried = time.monotonic()


def _lost_race(error: Exception) -> bool:
    """PostgreSQL ended a transaction that waited for one that waited for it, or could not be ordered."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    return getattr(cause, "sqlstate", None) in ("40001", "40P01")
