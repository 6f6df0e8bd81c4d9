"""What the processes beside the workers do: write, look at the clock, send, take mails in.

Each imports what it needs itself.
"""

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from duplistat.config import Config
from duplistat.now import wall_clock

if TYPE_CHECKING:
    from duplistat.services.writes import Writes
    from duplistat.store.database import Database

# How long the writer has for first reports alone, seconds.
LOAD_AFTER = 0.5
# How long a companion waits for a database when it is to end, seconds: `serve` ends it itself after two.
LAST_WAIT = 0.5


def write(config: Config, path: Path, health_file: int, ended: threading.Event) -> None:
    """Be the one process that writes to SQLite; it listens at `path`."""
    from duplistat.services.commands import Operations, load_commands
    from duplistat.store.database import Database
    from duplistat.store.write_health import WriteHealth
    from duplistat.store.writer import Server, listen

    listener = listen(path)
    db = Database(config.database_url)
    health = WriteHealth(wall_clock, health_file)
    # Those that nobody has asked for yet, too: files of a server that runs may be replaced.
    loading = threading.Timer(LOAD_AFTER, load_commands)
    loading.daemon = True
    loading.start()
    Server(db, Operations(config), listener, ended.is_set, health).run()
    db.close_all()


def schedule(
    config: Config, holder: str, writer_path: Path | None, health_file: int | None, ended: threading.Event
) -> None:
    """Be a scheduler, which `holder` names among all. Without `writer_path` it writes itself."""
    from duplistat.jobs.scheduler import Scheduler

    db, writes = _database(config, writer_path, health_file, pool=4, ended=ended)
    clock = Scheduler(config, db, writes, wall_clock, holder)
    clock.start()
    ended.wait()
    clock.stop()


def send(config: Config, writer_path: Path | None, health_file: int | None, ended: threading.Event) -> None:
    """Send notices. Without `writer_path` it writes itself."""
    from duplistat.jobs.sender import AT_ONCE, Sender, holder_name
    from duplistat.services.alerts.sending import deliver
    from duplistat.services.worker_context import WorkerContext

    db, writes = _database(config, writer_path, health_file, pool=AT_ONCE + 2, ended=ended)
    context = WorkerContext(config, db, writes, wall_clock)
    Sender(context, partial(deliver, context), holder_name()).run(ended)
    db.close_all()


def take_mails(
    config: Config, writer_path: Path | None, health_file: int | None, ended: threading.Event
) -> None:
    """Take mails in, over SMTP. Without `writer_path` it writes itself."""
    from duplistat import mail_server
    from duplistat.services.worker_context import WorkerContext

    db, writes = _database(config, writer_path, health_file, pool=4, ended=ended)
    mail_server.run(WorkerContext(config, db, writes, wall_clock), ended)
    db.close_all()


def _database(
    config: Config, writer_path: Path | None, health_file: int | None, *, pool: int, ended: threading.Event
) -> tuple["Database", "Writes"]:
    """The database, and where changes of it go: to the writer of a server on SQLite, if its socket is given.

    It is not waited for any more once we have `ended`.
    """
    from duplistat.services.commands import READ_PATIENCE, Direct
    from duplistat.store.database import Database
    from duplistat.store.write_health import WriteHealth

    db = Database(
        config.database_url,
        pool=pool,
        read_only=config.on_sqlite and writer_path is not None,
        patience=min(READ_PATIENCE, config.database.wait_seconds),
        prepare=config.database.prepare,
    )
    db.end_with(ended.is_set, LAST_WAIT)
    health = WriteHealth(wall_clock, health_file)
    if config.on_sqlite and writer_path is not None:
        from duplistat.services.writes import ThroughWriter
        from duplistat.store.writer_client import Client

        return db, ThroughWriter(Client(writer_path, health))
    return db, Direct(db, config, health, patience=config.database.wait_seconds)
