"""`duplistat serve`, and those of its companions that can run alone."""

import gc
import os
import sys
import threading
import time
from pathlib import Path

import click

from duplistat import companion_work, logs
from duplistat.cli.options import data_options
from duplistat.companion import end_at_signals
from duplistat.config import Config, load
from duplistat.core.errors import CannotStart, DuplistatError

# How long the writer of a server that is being started is waited for, seconds.
PATIENCE = 10.0


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
    # As while this module was loaded: `Application.run` has the collector look again.
    gc.disable()
    given = {"host": host, "port": port, "workers": workers}
    overrides = {"server": {name: value for name, value in given.items() if value is not None}}
    config = load(config_file, overrides=overrides, data=data)
    logs.set_up(config.log, config.data)
    _spare_postgresql(config)
    from duplistat import serve as server
    from duplistat.store.database import UNUSABLE

    try:
        server.serve(config)
    except DuplistatError as e:
        raise CannotStart(e.message) from e
    except UNUSABLE as e:
        raise CannotStart(f"the database cannot be opened: {str(e).strip().splitlines()[0]}") from e


@click.command()
@data_options
def scheduler(config_file: Path | None, data: Path) -> None:
    """Run the scheduler in a process of its own. `serve` starts one already."""
    config = _process_config(config_file, data)
    companion_work.schedule(config, f"scheduler:{os.getpid()}", None, None, _ended())


@click.command()
@data_options
def send(config_file: Path | None, data: Path) -> None:
    """Send notices in a process of its own. `serve` starts one already ([alerts] send_workers).

    On SQLite it runs beside a server, in the same data folder.
    """
    config = _process_config(config_file, data)
    ended = _ended()
    companion_work.send(config, _writer_of_server(config) if config.on_sqlite else None, None, ended)


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


def _process_config(config_file: Path | None, data: Path) -> Config:
    config = load(config_file, data=data)
    logs.set_up(config.log, config.data)
    _spare_postgresql(config)
    return config


def _spare_postgresql(config: Config) -> None:
    """Keep peewee from loading the PostgreSQL driver where nobody will use it.

    It loads whatever is installed: 10 MB and 60 ms. Call it before anything of the store is imported.
    """
    if config.on_sqlite:
        sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]  # None makes the import fail


def _ended() -> threading.Event:
    """Set at a signal."""
    ended = threading.Event()
    end_at_signals(ended)
    return ended
