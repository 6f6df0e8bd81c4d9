"""Backups of our own database: into a file, or into a folder with a date and a number to keep."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.formatting import size as size_of
from duplistat.core.times import from_ms
from duplistat.services.configuration import secrets
from duplistat.store import copies, dumps, whole_files
from duplistat.store.database import Database

# The names of backups in a folder: when each was begun, in UTC; a second one of the same second has a number.
NAMES = re.compile(r"duplistat-(\d{8}-\d{6})(?:-(\d{1,3}))?\.(db|dump)", re.ASCII)
# The key of stored passwords, when it was asked for, is beside the backup under the same name and this.
KEY = ".key"
# What stays free on the disk, bytes.
SPARE = 100_000_000

GoOn = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made, whole and checked; `size` in bytes. `key` is where the key of passwords is beside it."""

    file: Path
    size: int
    key: Path | None


def always() -> bool:
    return True


def suffix(config: Config) -> str:
    return ".db" if config.on_sqlite else ".dump"


def into_folder(
    config: Config, folder: Path, now: int, *, keep: int, with_key: bool = False, go_on: GoOn = always
) -> Backup:
    """Make a backup named by `now` (ms), and delete all but the newest `keep` (0: none). Raises as `into_file`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole_files.discard(folder)
    except OSError as e:
        raise DuplistatError(Kind.UNAVAILABLE, f"{folder} cannot be made ({e.strerror})") from e
    made = into_file(config, _new_name(config, folder, now), with_key=with_key, go_on=go_on)
    if keep:
        prune(folder, keep, made.file)
    return made


def into_file(
    config: Config, target: Path, *, replace: bool = False, with_key: bool = False, go_on: GoOn = always
) -> Backup:
    """Make a backup, mode 0600, which is checked before it has its name. Raises DuplistatError, StoppedError.

    Without `replace` a file that is there stays as it is, and that is an error (invalid).
    """
    key = target.with_name(target.name + KEY)
    if not replace and (target.exists() or (with_key and key.exists())):
        raise DuplistatError(Kind.INVALID, f"{target} exists already: it is replaced only with --force")
    try:
        with whole_files.made(target, replace=replace) as fresh:
            if config.on_sqlite:
                _copy(config, fresh, go_on)
            else:
                dumps.dump(config.dump_url, fresh, go_on)
                dumps.schemas(fresh)
        beside = _copy_key(config, key) if with_key else None
        return Backup(target, target.stat().st_size, beside)
    except FileExistsError as e:
        raise DuplistatError(
            Kind.INVALID, f"{target} exists already: it is replaced only with --force"
        ) from e
    except (OSError, sqlite3.Error) as e:
        reason = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
        raise DuplistatError(Kind.UNAVAILABLE, f"{target} cannot be written: {reason}") from e


def prune(folder: Path, keep: int, made: Path) -> list[Path]:
    """Delete all but the newest backups of the kind that was just made, and no file with another name; which."""
    begun = {path: _begun(path) for path in folder.iterdir() if path.suffix == made.suffix}
    # The one that was just made is kept, whatever a clock that was put back says.
    ours = {path: at for path, at in begun.items() if at is not None and path != made and path.is_file()}
    old = sorted(ours, key=lambda path: ours[path])
    gone = old[: max(0, len(old) - (keep - 1))]
    for path in gone:
        path.unlink(missing_ok=True)
        path.with_name(path.name + KEY).unlink(missing_ok=True)
    return gone


def require_room(database: Path, folder: Path) -> None:
    """Raises DuplistatError unless a folder has room for a copy of a database."""
    needed, free = database.stat().st_size + SPARE, shutil.disk_usage(folder).free
    if free < needed:
        raise DuplistatError(
            Kind.INVALID, f"{folder} has {size_of(free)} left, and {size_of(needed)} are needed"
        )


def key_advice(config: Config) -> str:
    """What else has to be kept, so that stored passwords can be read after a restore; "" for nothing."""
    if secrets.configured(config):
        return "stored passwords are encrypted with [secret] key of your configuration: keep that, too"
    file = secrets.key_file(config)
    return (
        f"{file} is not in it: without that key the stored passwords of agents are lost"
        if file.exists()
        else ""
    )


def _copy(config: Config, fresh: Path, go_on: GoOn) -> None:
    database = Database(config.database_url).file
    if database is None or not database.is_file():
        raise DuplistatError(Kind.NOT_FOUND, f"there is no database {database}")
    require_room(database, fresh.parent)
    copies.copy(database, fresh, go_on)
    problems = copies.problems(fresh, go_on, whole=True)
    if problems:
        raise DuplistatError(Kind.INVALID, f"the database is damaged, and was not copied: {problems[0]}")


def _copy_key(config: Config, target: Path) -> Path | None:
    if secrets.configured(config) or not secrets.key_file(config).exists():
        return None
    secrets.write_key(target, secrets.read_key(secrets.key_file(config)), replace=True)
    return target


def _new_name(config: Config, folder: Path, now: int) -> Path:
    begun = from_ms(now).astimezone(UTC)
    stem = f"duplistat-{begun:%Y%m%d-%H%M%S}"
    names = [f"{stem}{suffix(config)}", *(f"{stem}-{number}{suffix(config)}" for number in range(1, 1000))]
    return next(folder / name for name in names if not (folder / name).exists())


def _begun(path: Path) -> tuple[datetime, int] | None:
    """When a backup of ours was begun, by its name; None for another file."""
    found = NAMES.fullmatch(path.name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC), int(found[2] or 0)
    except ValueError:
        return None
