"""`duplistat import`: take over servers, jobs and history from other monitoring programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from duplistat.cli.common import Opened, account_named, echo, opened
from duplistat.cli.options import data_options
from duplistat.core.imports import PROGRAMS
from duplistat.now import wall_clock
from duplistat.services.bootstrap import main_account
from duplistat.services.imports.fetch import fetch, is_url
from duplistat.services.imports.importing import Import, Tell
from duplistat.services.imports.into import Database, Nowhere
from duplistat.services.imports.places import note_import
from duplistat.services.imports.result import Result
from duplistat.services.imports.source import opened as opened_file
from duplistat.services.imports.task import new_file
from duplistat.services.worker_context import WorkerContext
from duplistat.services.writes import ThroughWriter, Writes
from duplistat.store.writer_client import Client, listens, socket_in


@click.command(name="import")
@click.argument("program", metavar="PROGRAM", type=click.Choice(sorted(PROGRAMS)))
@click.argument("source", metavar="FILE-OR-URL")
@click.option("--account", help="Account that it is imported into; defaults to main.")
@click.option("--dry-run", is_flag=True, help="Only print what would be imported.")
@data_options
def import_data(
    program: str, source: str, account: str | None, dry_run: bool, config_file: Path | None, data: Path
) -> None:
    """Import servers, jobs and history from the database of another program.

    PROGRAM is duplistatus, healthchecks or uptime-kuma, FILE-OR-URL its SQLite database, plain or in
    a .gz or .zip, or where it can be fetched. A second import of the same file changes nothing.
    """
    with opened(config_file, data) as o, _writes(o) as writes:
        into = main_account(o.db) if account is None else account_named(o.db, account).id
        context = WorkerContext(o.config, o.db, writes, wall_clock)
        with _file(o, source) as file, opened_file(program, file, o.config) as reader:
            result = Result(program, reader.version, dry_run)
            target = Nowhere(context, into) if dry_run else Database(context, into, o.signature()["by"])
            with _progress(result) as tell:
                Import(context, reader, target, result, tell).run()
        if not dry_run:
            writes.run(
                note_import, account=into, program=PROGRAMS[program], counts=result.counts, **o.signature()
            )
    for why, (count, names) in result.left_out.items():
        named = f" ({', '.join(names)}{', …' if count > len(names) else ''})" if names else ""
        echo(f"left out: {count} × {why}{named}")
    if result.channels:
        echo(
            f"channels: {result.channels}, named by {result.rules} rules; turned off: test them, then turn them on"
        )
    echo(result.as_line())


@contextmanager
def _file(o: Opened, source: str) -> Iterator[Path]:
    """The file that is named, or what is at an address: whoever runs a command may call what they like."""
    if not is_url(source):
        yield Path(source)
        return
    file = new_file(o.config)
    try:
        fetch(source, file, public_only=False)
        yield file
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def _progress(result: Result) -> Iterator[Tell]:
    """A bar on a terminal that shows how far an import is."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    bar = click.progressbar(length=1, label=PROGRAMS[result.program], file=sys.stderr)
    with bar:

        def tell(so_far: Result) -> None:
            bar.length = max(so_far.total, 1)
            bar.update(so_far.seen - bar.pos)

        yield tell


@contextmanager
def _writes(o: Opened) -> Iterator[Writes]:
    """The writer of a server that runs on this data, else this process: a server's reports come in their turn."""
    path = socket_in(o.config.data) if o.db.on_sqlite else None
    if path is None or not listens(path):
        yield o.writes
        return
    client = Client(path)
    try:
        yield ThroughWriter(client)
    finally:
        client.close()
