"""Put a backup in the place of the database: checked first, without a server, and what was there is kept."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.times import from_ms
from duplistat.services.configuration import secrets
from duplistat.services.maintenance import backups
from duplistat.store import copies, database_info, dumps, scheduler_lease, whole_files
from duplistat.store.database import UNUSABLE, Database, known_schemas
from duplistat.store.lock_file import lock_file
from duplistat.store.scheduler_lease import LEASE

LOCK = "duplistat.lock"
# What SQLite keeps beside a database.
BESIDE = ("-wal", "-shm", "-journal")
MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Restored:
    """`before` is where the database is now that was there, None when there was none; `key`: one was put in place."""

    before: Path | None
    key: bool


def restore(config: Config, file: Path, now: int, *, key: Path | None = None) -> Restored:
    """Put a backup in place. Raises DuplistatError, and nothing is changed then.

    `key` is a file with the key of stored passwords; without it the one beside the backup is used, if there is one.
    """
    if not file.is_file():
        raise DuplistatError(Kind.NOT_FOUND, f"there is no file {file}")
    beside = file.with_name(file.name + backups.KEY)
    key = key or (beside if beside.is_file() else None)
    fresh_key = secrets.read_key(key) if key is not None and not secrets.configured(config) else ""
    try:
        put = _into_file if config.on_sqlite else _into_postgresql
        before = put(config, file, now)
        if fresh_key:
            _put_key(config, fresh_key, now)
    except (OSError, sqlite3.Error) as e:
        reason = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
        raise DuplistatError(Kind.UNAVAILABLE, f"{file} cannot be restored: {reason}") from e
    return Restored(before, bool(fresh_key))


def _into_file(config: Config, file: Path, now: int) -> Path | None:
    target = Database(config.database_url).file
    if target is None:
        raise ValueError("this database is not in a file")
    for folder in (config.data, target.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.exists() and file.samefile(target):
        raise DuplistatError(Kind.INVALID, f"{file} is the database itself")
    with _alone(config):
        require_sqlite(file, file)
        backups.require_room(file, target.parent)
        with whole_files.made(target, replace=True) as fresh:
            # Read with what SQLite keeps beside it: a plain copy of one that was in use has its last changes there.
            copies.copy(file, fresh, backups.always)
            require_ours(fresh, file)
            _own(fresh, target.parent)
            before = put_aside(target, now)
        return before


@contextlib.contextmanager
def _alone(config: Config) -> Iterator[None]:
    """While no server uses the data folder, and none can start. Raises DuplistatError."""
    lock = config.data / LOCK
    with lock_file(lock) as mine:
        _own(lock, config.data)
        if not mine:
            raise DuplistatError(
                Kind.INVALID, f"a server uses {config.data.absolute()}: stop it before you restore a backup"
            )
        yield


def require_sqlite(file: Path, called: Path) -> None:
    """Raises DuplistatError for a file, `called` so, that is no database of SQLite."""
    with file.open("rb") as content:
        start = content.read(len(MAGIC))
    if start.startswith(b"PGDMP"):
        raise DuplistatError(
            Kind.INVALID,
            f"{called} is a backup of PostgreSQL, and [database] url names SQLite: they do not fit",
        )
    if start != MAGIC:
        raise DuplistatError(Kind.INVALID, f"{called} is no backup of duplistat")


def require_ours(copy: Path, file: Path, go_on: backups.GoOn = backups.always) -> None:
    """Raises DuplistatError unless a copy of a file holds a whole database of ours that this program can read."""
    problems = copies.problems(copy, go_on, whole=True)
    if problems:
        raise DuplistatError(Kind.INVALID, f"{file} is damaged: {problems[0]}")
    _require_schemas(copies.schemas(copy), file)


def _require_schemas(found: list[str], file: Path) -> None:
    if not found:
        raise DuplistatError(Kind.INVALID, f"{file} is no backup of duplistat")
    ahead = sorted(set(found) - known_schemas())
    if ahead:
        raise DuplistatError(
            Kind.INVALID,
            f"{file} has schema {ahead[-1]}, which this version does not know: it was made by a newer duplistat",
        )


def put_aside(target: Path, now: int) -> Path | None:
    """Keep the database that is there, with all that SQLite keeps beside it, under a dated name; which.

    An old log of writes beside a new database would be played into it.
    """
    if not target.exists():
        for end in BESIDE:
            target.with_name(target.name + end).unlink(missing_ok=True)
        return None
    before = _dated(target, now)
    # A second name, so that there is a database under the first one at each moment.
    try:
        before.hardlink_to(target)
    except OSError:
        target.rename(before)
    for end in BESIDE:
        path = target.with_name(target.name + end)
        if path.exists():
            path.rename(before.with_name(before.name + end))
    return before


def take_back(before: Path, target: Path) -> None:
    """Undo `put_aside`: what it kept is the database again."""
    for end in BESIDE:
        target.with_name(target.name + end).unlink(missing_ok=True)
        path = before.with_name(before.name + end)
        if path.exists():
            path.rename(target.with_name(target.name + end))
    before.replace(target)


def _dated(target: Path, now: int) -> Path:
    """A free name for what is put aside."""
    stem = f"{target.stem}-before-restore-{from_ms(now).astimezone(UTC):%Y%m%d-%H%M%S}"
    names = [f"{stem}{target.suffix}", *(f"{stem}-{number}{target.suffix}" for number in range(1, 1000))]
    return next(target.with_name(name) for name in names if not target.with_name(name).exists())


def _own(path: Path, folder: Path) -> None:
    """Give a file to whoever has the folder: root restores for the user of the server."""
    if os.geteuid() == 0 and path.exists():
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _put_key(config: Config, key: str, now: int) -> None:
    """Put the key of stored passwords in place; another one that is there is put aside."""
    file = secrets.key_file(config)
    if file.exists():
        with contextlib.suppress(DuplistatError):
            if secrets.read_key(file) == key:
                return
        file.rename(_dated(file, now))
    secrets.write_key(file, key, replace=True)
    _own(file, config.data)


def _into_postgresql(config: Config, file: Path, now: int) -> Path | None:
    """Replace all that is in the database in one transaction; where a dump is of what was there before."""
    with file.open("rb") as content:
        if content.read(5) != b"PGDMP":
            raise DuplistatError(
                Kind.INVALID, f"{file} is no dump of PostgreSQL, such as duplistat backup makes there"
            )
    _require_schemas(dumps.schemas(file), file)
    db = Database(config.dump_url, pool=1)
    try:
        filled = _require_idle(db, now)
        drop = database_info.drop_statement(db)
    except UNUSABLE as e:
        problem = (str(e).strip().splitlines() or ["it cannot be reached"])[0]
        raise DuplistatError(Kind.UNAVAILABLE, f"the database cannot be opened: {problem}") from e
    finally:
        db.close_all()
    before = None
    if filled:
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = _dated(config.data / f"duplistat{backups.suffix(config)}", now)
        backups.into_file(config, before)
        _own(before, config.data)
    dumps.load(file, config.dump_url, drop)
    return before


def _require_idle(db: Database, now: int) -> bool:
    """Whether there is a database of ours. Raises DuplistatError while a server uses it."""
    if not database_info.is_ours(db):
        return False
    lease = scheduler_lease.lease(db, LEASE)
    if (lease is not None and lease.expires_at > now) or database_info.in_use(db):
        raise DuplistatError(
            Kind.INVALID,
            "a server or another program uses the database: stop it before you restore a backup"
            " (a server that was killed lets go of it within two minutes)",
        )
    return True
