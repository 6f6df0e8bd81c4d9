"""`duplistat serve`, and the processes that it runs beside its workers."""

import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from duplistat import logs
from duplistat.cli.options import F, data_options
from duplistat.config import Config, load
from duplistat.core.errors import CannotStart, DuplistatError

# How long the writer of a server that is being started is waited for, seconds.
PATIENCE = 10.0
# How long a companion waits for a database when it is to end, seconds: `serve` ends it itself after two.
LAST_WAIT = 0.5

if TYPE_CHECKING:
    from duplistat.services.writes import Writes
    from duplistat.store.database import Database


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 9666]")
@click.option(
    "--workers", type=click.IntRange(0, 64), help="Worker processes; 0: one for each core, at most 4."
)
@data_options
def serve(
    host: str | None, port: int | None, workers: int | None, config_file: Path | None, data: Path
) -> None:
    """Start the server, with scheduler, sender and writer."""
    given = {"host": host, "port": port, "workers": workers}
    overrides = {"server": {name: value for name, value in given.items() if value is not None}}
    config = load(config_file, overrides=overrides, data=data)
    logs.set_up(config.log)
    _spare_postgresql(config)
    from duplistat import serve as server
    from duplistat.store.database import UNUSABLE

    arguments = ["--data", str(data)]
    if config_file is not None:
        arguments += ["--config", str(config_file)]
    try:
        server.serve(config, arguments)
    except DuplistatError as e:
        raise CannotStart(e.message) from e
    except UNUSABLE as e:
        raise CannotStart(f"the database cannot be opened: {str(e).strip().splitlines()[0]}") from e


@click.command(hidden=True)
@click.option("--socket", "path", type=click.Path(path_type=Path), required=True)
@click.option("--with-parent", is_flag=True)
@click.option("--health", "health_file", type=int)
@data_options
def writer(
    path: Path, with_parent: bool, health_file: int | None, config_file: Path | None, data: Path
) -> None:
    """The one process that writes to SQLite. `serve` starts it."""
    config = _companion_config(config_file, data)
    from duplistat.now import wall_clock
    from duplistat.services.commands import operations
    from duplistat.store.database import Database
    from duplistat.store.write_health import WriteHealth
    from duplistat.store.writer import Server, listen

    ended = threading.Event()
    # A signal to the whole group must not take the writer from under requests in flight: it ends last.
    _end_with_parent(ended) if with_parent else _end_at_signal(ended)
    if with_parent:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    db = Database(config.database_url)
    health = WriteHealth(wall_clock, health_file)
    Server(db, operations(config), listen(path), ended.is_set, health).run()
    db.close_all()


def _companion_options(command: F) -> F:
    """What `serve` says to those of its companions that can run alone, too; and what every command takes."""
    for option in (
        click.option("--writer", "writer_path", hidden=True, type=click.Path(path_type=Path)),
        click.option("--with-parent", is_flag=True, hidden=True),
        click.option("--health", "health_file", type=int, hidden=True),
        data_options,
    ):
        command = option(command)
    return command


@click.command()
@click.option("--holder", hidden=True, default="")
@_companion_options
def scheduler(
    holder: str,
    writer_path: Path | None,
    with_parent: bool,
    health_file: int | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Run the scheduler in a process of its own. `serve` starts one already."""
    config = _companion_config(config_file, data)
    from duplistat.jobs.scheduler import Scheduler
    from duplistat.now import wall_clock

    ended = _ending(with_parent=with_parent)
    db, writes = _database(config, writer_path, health_file, pool=4, ended=ended)
    clock = Scheduler(config, db, writes, wall_clock, holder or f"scheduler:{os.getpid()}")
    clock.start()
    ended.wait()
    clock.stop()


@click.command()
@_companion_options
def send(
    writer_path: Path | None,
    with_parent: bool,
    health_file: int | None,
    config_file: Path | None,
    data: Path,
) -> None:
    """Send notices in a process of its own. `serve` starts one already ([alerts] send_workers).

    On SQLite it runs beside a server, in the same data folder.
    """
    config = _companion_config(config_file, data)
    from duplistat.jobs.sender import AT_ONCE, Sender, holder_name
    from duplistat.now import wall_clock
    from duplistat.services.alerts.sending import deliver
    from duplistat.services.worker_context import WorkerContext

    ended = _ending(with_parent=with_parent)
    if config.on_sqlite and writer_path is None:
        writer_path = _writer_of_server(config)
    db, writes = _database(config, writer_path, health_file, pool=AT_ONCE + 2, ended=ended)
    context = WorkerContext(config, db, writes, wall_clock)
    Sender(context, partial(deliver, context), holder_name()).run(ended)
    db.close_all()


def _writer_of_server(config: Config) -> Path:
    """The socket of the server that writes to this database. Raises CannotStart when none is there, or can be."""
    from duplistat.store.writer_client import LONGEST_PATH, socket_in

    path = socket_in(config.data)
    if path is None:
        raise CannotStart(
            f"the path of the data folder {config.data.absolute()} is too long: on SQLite notices are sent through"
            f" the socket writer.sock in it, whose path has at most {LONGEST_PATH} bytes. Move the folder, or start"
            " server and sender with --data and a symbolic link to it"
        )
    deadline = time.monotonic() + PATIENCE
    while not path.is_socket():
        # A server that has just been started has no writer yet.
        if time.monotonic() >= deadline:
            raise CannotStart(
                f"no server runs in the data folder {config.data.absolute()}: on SQLite notices are sent beside one"
            )
        time.sleep(0.1)
    return path


def _database(
    config: Config, writer_path: Path | None, health_file: int | None, *, pool: int, ended: threading.Event
) -> tuple["Database", "Writes"]:
    """The database, and where changes of it go: to the writer of a server on SQLite, if its socket is given.

    It is not waited for any more once we have `ended`.
    """
    from duplistat.now import wall_clock
    from duplistat.services.commands import READ_PATIENCE, Direct
    from duplistat.store.database import Database
    from duplistat.store.write_health import WriteHealth

    read_only = config.on_sqlite and writer_path is not None
    db = Database(
        config.database_url,
        pool=pool,
        read_only=read_only,
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


def _companion_config(config_file: Path | None, data: Path) -> Config:
    config = load(config_file, data=data)
    logs.set_up(config.log)
    _spare_postgresql(config)
    return config


def _spare_postgresql(config: Config) -> None:
    """Keep peewee from loading the PostgreSQL driver where nobody will use it.

    It loads whatever is installed: 10 MB and 60 ms for each process of the tree. Call it before anything of
    the store is imported.
    """
    if config.on_sqlite:
        sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]  # None makes the import fail


def _ending(*, with_parent: bool) -> threading.Event:
    """Set when a companion is to end: at a signal, and with its parent when it has one."""
    ended = threading.Event()
    _end_at_signal(ended)
    if with_parent:
        _end_with_parent(ended)
    return ended


def _end_at_signal(ended: threading.Event) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _end_with_parent(ended: threading.Event) -> None:
    """The pipe that is our standard input ends when the server does, however it does."""

    def wait() -> None:
        # Not through sys.stdin, whose lock would be held when a signal ends us first.
        while os.read(0, 4096):
            pass
        ended.set()

    threading.Thread(target=wait, daemon=True, name="parent").start()
