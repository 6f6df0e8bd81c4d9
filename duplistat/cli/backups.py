"""`duplistat backup` and `duplistat restore`: copies of our own database, made and put back."""

import contextlib
from pathlib import Path

import click

from duplistat.cli.common import echo
from duplistat.cli.options import data_options
from duplistat.config import Config, load
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.formatting import size
from duplistat.now import wall_clock
from duplistat.services.configuration import secret_rotation, secrets
from duplistat.services.maintenance import backups, scheduled_backups
from duplistat.services.maintenance import restore as maintenance_restore
from duplistat.services.maintenance.backups import Backup
from duplistat.store import database_info
from duplistat.store.database import UNUSABLE, Database, known_schemas


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1, 10_000),
    help="FILE is a folder: keep this many of the newest backups in it, delete older ones.",
)
@click.option("--force", is_flag=True, help="Replace FILE, if it exists.")
@click.option(
    "--with-key", is_flag=True, help="Also copy secret.key, the key of stored passwords, as FILE.key."
)
@data_options
def backup(
    file: Path | None, keep: int | None, force: bool, with_key: bool, config_file: Path | None, data: Path
) -> None:
    """Create a backup of the database and check it; the server may run meanwhile."""
    config, now = load(config_file, data=data), wall_clock()
    folder = _folder(config, file, keep)
    if folder is not None:
        if force:
            raise click.UsageError("in a folder each backup has a name of its own: --force is for a file")
        kept = keep or (config.backup.keep if file is None else 0)
        made = backups.into_folder(config, folder, now, keep=kept, with_key=with_key)
    else:
        made = backups.into_file(config, Path(str(file)), replace=force, with_key=with_key)
    _note(config, made, now)
    echo(f"{made.file}: {size(made.size)}, whole and checked")
    if made.key is not None:
        echo(f"{made.key}: the key of stored passwords. Together they are as good as the passwords")
    elif advice := backups.key_advice(config):
        echo(f"note: {advice}", err=True)


def _folder(config: Config, file: Path | None, keep: int | None) -> Path | None:
    """The folder that a backup goes into, with a name of its own; None for a file."""
    if file is None:
        if not config.backup.folder:
            raise click.UsageError("destination missing: give a FILE or a folder, or set [backup] folder")
        return Path(config.backup.folder)
    if keep is not None and file.exists() and not file.is_dir():
        raise click.UsageError(f"{file} is a file: --keep is for a folder")
    return file if keep is not None or file.is_dir() else None


def _note(config: Config, made: Backup, now: int) -> None:
    """Note it in the database, for whoever is warned of old backups; not in one that another version made."""
    db = Database(config.database_url)
    try:
        if database_info.schema(db) == max(known_schemas()):
            scheduled_backups.note(config, db, made, begun=now, now=wall_clock())
    except (DuplistatError, *UNUSABLE) as e:
        echo(f"note: the server could not be told of it: {e}", err=True)
    finally:
        db.close_all()


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="File with the key of stored passwords; without it FILE.key is used, if it is there.",
)
@data_options
def restore(file: Path, key: Path | None, config_file: Path | None, data: Path) -> None:
    """Restore a backup of the database, while no server runs. The present database is kept beside it."""
    config = load(config_file, data=data)
    done = maintenance_restore.restore(config, file, wall_clock(), key=key)
    echo(f"{file} is in place; start the server, which brings it up to date")
    if done.before is not None:
        echo(f"what was there before is kept: {done.before}")
    if done.key:
        echo(f"the key of stored passwords is in place: {secrets.key_file(config)}")
    _say_unreadable(config)


def _say_unreadable(config: Config) -> None:
    """Whether stored passwords can be read with the key that is there: without it agents cannot be called."""
    db = Database(config.database_url, read_only=config.on_sqlite)
    with contextlib.suppress(*UNUSABLE):
        try:
            _, wrong = secret_rotation.unreadable(config, db)
            _, channels = secret_rotation.unreadable_channels(config, db)
            _, pings = secret_rotation.unreadable_pings(config, db)
        except DuplistatError as e:
            if e.kind is not Kind.UNAVAILABLE:
                raise
            echo(f"note: stored passwords cannot be read: {e.message}", err=True)
        else:
            if wrong:
                echo(
                    f"note: the key in {secrets.source(config)} does not fit {len(wrong)} services:"
                    " put the right one back, or set their passwords again",
                    err=True,
                )
            if channels:
                echo(
                    f"note: the key in {secrets.source(config)} does not fit {len(channels)} channels: put the right"
                    " one back, or say again where they send to",
                    err=True,
                )
            if pings:
                echo(
                    f"note: the key in {secrets.source(config)} does not fit {len(pings)} values of ping URLs, ping"
                    " keys and badges: they are answered, but cannot be shown. Put the right one back, or rotate them",
                    err=True,
                )
    db.close_all()
