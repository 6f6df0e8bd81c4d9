"""The file that is imported: plain, or the one in an archive, within bounds; and which reader reads it."""

import gzip
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from duplistat.config import Config
from duplistat.core import imports
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text, later
from duplistat.formats.duplicati.log import read_line
from duplistat.formats.imports.duplistatus import Duplistatus
from duplistat.formats.imports.healthchecks import Healthchecks
from duplistat.formats.imports.healthchecks_export import HealthchecksExport
from duplistat.formats.imports.records import Reader, Tables
from duplistat.formats.imports.uptime_kuma import UptimeKuma
from duplistat.store.foreign import DAMAGED, ForeignDatabase, is_sqlite, needs_writable_folder

# Bytes that come out of an archive.
MOST_BYTES = 20 * 1024**3
# Files of an archive that are looked at.
MOST_FILES = 1000
# Bytes of an export in JSON, which is read into memory.
MOST_JSON = 32 * 1024**2
CHUNK = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
# What may stand beside a database: rows that it has not taken in yet.
_BESIDE = ("-wal",)
NO_FILE = later("there is no such file")
NO_DATABASE = later("this is no SQLite database, nor an archive with one in it")
NO_ARCHIVE = later("this archive is damaged: {problem}")
TOO_LARGE = later("what is in this archive is larger than {most} GiB")
TOO_LARGE_JSON = later("this export is larger than {most} MiB")
SEVERAL = later("this archive holds several databases: import one of them")


@contextmanager
def opened(program: str, file: Path, config: Config) -> Iterator[Reader]:
    """The reader of a program's file, for as long as the block lasts. Raises DuplistatError (invalid) for a wrong or
    damaged file, before anything is read of it."""
    if program == imports.HEALTHCHECKS and _is_json(file):
        yield Healthchecks(HealthchecksExport(_json(file)))
        return
    with _unpacked(file, config.data) as database, ForeignDatabase(database) as tables:
        yield reader_of(program, tables, config.intake.max_log_lines)


def reader_of(program: str, tables: Tables, max_log_lines: int) -> Reader:
    """The reader for one of `core.imports.PROGRAMS`. Raises DuplistatError (invalid)."""
    match program:
        case imports.DUPLISTATUS:
            return Duplistatus(tables, read_line, max_log_lines)
        case imports.HEALTHCHECKS:
            return Healthchecks(tables)
        case _:
            return UptimeKuma(tables)


def _is_json(file: Path) -> bool:
    with suppress(OSError), file.open("rb") as content:
        return content.read(64).lstrip().startswith(b"{")
    return False


def _json(file: Path) -> Any:
    with file.open("rb") as content:
        text = content.read(MOST_JSON + 1)
    if len(text) > MOST_JSON:
        raise DuplistatError(Kind.TOO_LARGE, Text(TOO_LARGE_JSON, most=MOST_JSON // 1024**2))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as e:
        raise DuplistatError(Kind.INVALID, Text(DAMAGED, problem=str(e)[:200])) from e


@contextmanager
def _unpacked(file: Path, folder: Path) -> Iterator[Path]:
    """The database itself: `file`, or a copy of it or of what is in it, in a private folder below `folder`."""
    try:
        with file.open("rb") as content:
            head = content.read(4)
    except OSError as e:
        raise DuplistatError(Kind.INVALID, NO_FILE) from e
    if is_sqlite(file) and not needs_writable_folder(file):
        yield file
        return
    if not is_sqlite(file) and not head.startswith((_GZIP, _ZIP)):
        raise DuplistatError(Kind.INVALID, NO_DATABASE)
    with tempfile.TemporaryDirectory(prefix="import-", dir=folder) as made:
        database = Path(made) / "file.db"
        try:
            if is_sqlite(file):
                _copy_with_log(file, database)
            elif head.startswith(_ZIP):
                _unzip(file, database)
            else:
                with gzip.open(file) as packed:
                    _copy(packed, database, MOST_BYTES)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as e:
            raise DuplistatError(
                Kind.INVALID, Text(NO_ARCHIVE, problem=str(e)[:200] or type(e).__name__)
            ) from e
        if not is_sqlite(database):
            raise DuplistatError(Kind.INVALID, NO_DATABASE)
        yield database


def _copy_with_log(file: Path, database: Path) -> None:
    """A database and its write-ahead log, from where they cannot be read."""
    left = MOST_BYTES
    for ending in ("", *_BESIDE):
        with suppress(FileNotFoundError), file.with_name(file.name + ending).open("rb") as content:
            left -= _copy(content, database.with_name(database.name + ending), left)


def _unzip(file: Path, database: Path) -> None:
    """The one database of a zip, with its write-ahead log; by their beginning, whatever they are called."""
    with zipfile.ZipFile(file) as archive:
        names = [item for item in archive.infolist()[:MOST_FILES] if not item.is_dir()]
        found = [item for item in names if _begins_as_database(archive, item)]
        if len(found) != 1:
            raise DuplistatError(Kind.INVALID, SEVERAL if found else NO_DATABASE)
        left = MOST_BYTES
        with archive.open(found[0]) as packed:
            left -= _copy(packed, database, left)
        for ending in _BESIDE:
            beside = next((item for item in names if item.filename == found[0].filename + ending), None)
            if beside is not None:
                with archive.open(beside) as packed:
                    left -= _copy(packed, database.with_name(database.name + ending), left)


def _begins_as_database(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> bool:
    with archive.open(item) as packed:
        return packed.read(16) == b"SQLite format 3\0"


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, most: int) -> int:
    """Copy at most so many bytes. Raises DuplistatError (too_large) for more."""
    written = 0
    with target.open("xb") as out:
        while part := packed.read(CHUNK):
            written += len(part)
            if written > most:
                raise DuplistatError(Kind.TOO_LARGE, Text(TOO_LARGE, most=MOST_BYTES // 1024**3))
            if shutil.disk_usage(target.parent).free < len(part) + 64 * CHUNK:
                raise OSError("there is no room on the disk for what is in it")
            out.write(part)
    return written
