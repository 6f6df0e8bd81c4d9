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
from duplistat.core.causes import Cause, not_taken_in
from duplistat.core.errors import DuplistatError, Kind, WriteFailed
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.writes import LIMITED, Writes, commands, is_exclusive
from duplistat.store import buckets, probe, writer
from duplistat.store.causes import cause_of
from duplistat.store.database import Database
from duplistat.store.totals import Tally
from duplistat.store.write_health import Failing, WriteHealth, unlogged

# How often a write that lost a race for a lock on PostgreSQL is tried again.
TRIES = 4
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
    """All commands by name, with the schedule defaults of the configuration."""
    load_commands()
    made = Operations(config)
    return {name: made[name] for name in (*commands(), LIMITED)}


class Operations(dict[str, writer.Operation]):
    """Commands by name, each made ready when it is first asked for: a process knows those that it imported."""

    def __init__(self, config: Config) -> None:
        super().__init__({LIMITED: self._limited})
        self._defaults = schedule_defaults(config)

    def __missing__(self, name: str) -> writer.Operation:
        function, shared = commands()[name], not is_exclusive(name)

        def operation(db: Database, tally: Tally, arguments: dict[str, Any]) -> Any:
            db.queue_for("servers", shared=shared)
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

    def __init__(self, db: Database, config: Config, health: WriteHealth | None = None) -> None:
        """Without a `health` nothing goes into the log: a command says itself what failed."""
        self._db = db
        self._operations = Operations(config)
        self.health = health or unlogged()
        self._trying = threading.Lock()
        self._tried = 0.0

    def _send(self, name: str, arguments: dict[str, Any]) -> Any:
        for attempt in range(TRIES):
            (result,) = writer.apply(self._db, self._operations, [(name, arguments)])
            if not isinstance(result, Exception):
                if self.health.failing:
                    self._try()
                return result
            if isinstance(result, DuplistatError) or attempt == TRIES - 1:
                break
            if attempt == 0 and cause_of(result) is Cause.UNREACHABLE:
                # The server was started again since a connection was made: another one may do.
                self._db.drop_connections()
            elif not _lost_race(result):
                break
        if isinstance(result, DuplistatError):
            raise result
        cause = self.health.note(result, self._db.file)
        if cause is not None:
            raise WriteFailed(not_taken_in(cause)) from result
        self.health.mistake(result)
        raise DuplistatError(Kind.UNAVAILABLE, "The database could not take this in") from result

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
