"""Which cause is behind an error of a driver or of the system."""

import errno
import os
import resource
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import peewee
from playhouse.pool import MaxConnectionsExceeded

from duplistat.core.causes import Cause

# Primary result codes of SQLite.
_SQLITE = {
    3: Cause.NO_PERMISSION,
    5: Cause.LOCKED,
    6: Cause.LOCKED,
    7: Cause.OUT_OF_MEMORY,
    8: Cause.READ_ONLY,
    10: Cause.IO_ERROR,
    11: Cause.CORRUPT,
    13: Cause.DISK_FULL,
    14: Cause.FILE_GONE,
    15: Cause.LOCKED,
    22: Cause.IO_ERROR,
    23: Cause.NO_PERMISSION,
    26: Cause.CORRUPT,
}
_SQLITE_EXTENDED = {
    # SQLITE_READONLY_DBMOVED, SQLITE_IOERR_NOMEM
    8 | 4 << 8: Cause.FILE_GONE,
    10 | 12 << 8: Cause.OUT_OF_MEMORY,
}
# SQLSTATEs of PostgreSQL, and their classes.
_POSTGRESQL = {
    "25006": Cause.READ_ONLY,
    # The transaction is over, by an error before or by its length.
    "25P02": Cause.LOCKED,
    "25P03": Cause.UNREACHABLE,
    "25P04": Cause.UNREACHABLE,
    "3D000": Cause.UNREACHABLE,
    "40001": Cause.LOCKED,
    "40P01": Cause.LOCKED,
    "42501": Cause.NO_PERMISSION,
    "53100": Cause.DISK_FULL,
    "53200": Cause.OUT_OF_MEMORY,
    "53300": Cause.OUT_OF_CONNECTIONS,
    "55P03": Cause.LOCKED,
    "57014": Cause.LOCKED,
    "58030": Cause.IO_ERROR,
    "XX001": Cause.CORRUPT,
    "XX002": Cause.CORRUPT,
    "08": Cause.UNREACHABLE,
    "28": Cause.NO_PERMISSION,
    "40": Cause.LOCKED,
    "53": Cause.REFUSED,
    "54": Cause.REFUSED,
    "57": Cause.UNREACHABLE,
    "58": Cause.IO_ERROR,
}
# A connection that is not made has no SQLSTATE, only what the server said last.
_SAID = (
    ("too many clients", Cause.OUT_OF_CONNECTIONS),
    ("too many connections", Cause.OUT_OF_CONNECTIONS),
    ("remaining connection slots", Cause.OUT_OF_CONNECTIONS),
    # What PgBouncer says when it is full.
    ("no more connections allowed", Cause.OUT_OF_CONNECTIONS),
    ("client_login_timeout", Cause.OUT_OF_CONNECTIONS),
    ("no space left on device", Cause.DISK_FULL),
    ("authentication failed", Cause.NO_PERMISSION),
    ("permission denied", Cause.NO_PERMISSION),
)
_SYSTEM = {
    errno.ENOSPC: Cause.DISK_FULL,
    errno.EDQUOT: Cause.DISK_FULL,
    errno.EFBIG: Cause.FILE_LIMIT,
    errno.EROFS: Cause.READ_ONLY,
    errno.EACCES: Cause.NO_PERMISSION,
    errno.EPERM: Cause.NO_PERMISSION,
    errno.ENOENT: Cause.FILE_GONE,
    errno.ENOTDIR: Cause.FILE_GONE,
    errno.EIO: Cause.IO_ERROR,
    errno.ENOMEM: Cause.OUT_OF_MEMORY,
}
# SQLite does not say which error of the system is behind these; a trial in the same folder does.
_VAGUE = (Cause.IO_ERROR, Cause.FILE_GONE, Cause.READ_ONLY, Cause.NO_PERMISSION)
TRIAL = 1 << 16


def cause_of(error: BaseException) -> Cause | None:
    """The cause of an error of a driver or of the system; None for a mistake of ours, such as a wrong statement."""
    if isinstance(error, MaxConnectionsExceeded):
        return Cause.OUT_OF_CONNECTIONS
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0, Cause.IO_ERROR)
    for each in _wrapped(error):
        code, state = getattr(each, "sqlite_errorcode", None), getattr(each, "sqlstate", None)
        if code is not None:
            return _SQLITE_EXTENDED.get(code) or _SQLITE.get(code & 0xFF)
        if state is not None:
            return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    if isinstance(error, peewee.InterfaceError):
        return Cause.UNREACHABLE
    if isinstance(error, peewee.OperationalError):
        text = str(error).lower()
        return next((cause for said, cause in _SAID if said in text), Cause.UNREACHABLE)
    return None


def cause_on(error: BaseException, file: Path | None) -> Cause | None:
    """The same of an error with a database in a file, if it is in one: where SQLite is vague, the folder is tried."""
    cause = cause_of(error)
    if cause in _VAGUE and file is not None:
        return _of_folder(file) or cause
    return cause


def _of_folder(file: Path) -> Cause | None:
    """What keeps a file of some size from being written beside the database; None when nothing does."""
    try:
        if not file.exists():
            return Cause.FILE_GONE
        if not os.access(file, os.W_OK):
            return Cause.NO_PERMISSION
        with tempfile.TemporaryFile(dir=file.parent) as trial:
            trial.write(bytes(TRIAL))
            trial.flush()
            os.fsync(trial.fileno())
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        sizes = [path.stat().st_size for path in (file, file.with_name(f"{file.name}-wal")) if path.exists()]
        if limit != resource.RLIM_INFINITY and max(sizes) + (1 << 20) > limit:
            return Cause.FILE_LIMIT
    except OSError as e:
        return cause_of(e)
    return None


def first_cause(error: BaseException) -> BaseException:
    """The earliest error with a cause among those in whose handling this one was raised; itself without any.

    SQLite undoes a transaction by itself when the disk is full, and then there is nothing left to be undone: that
    second error must not hide the first one.
    """
    found: BaseException | None = None
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        known = isinstance(at, sqlite3.Error | peewee.PeeweeException) and cause_of(at) is not None
        if known and not (found is not None and _is_of_driver(at, found)):
            found = at
        at = at.__context__
    return found or error


def _is_of_driver(error: BaseException, wrapper: BaseException) -> bool:
    """Whether an error is the one of the driver for which peewee raised its own: callers know that one alone."""
    return (
        isinstance(error, sqlite3.Error)
        and isinstance(wrapper, peewee.PeeweeException)
        and (str(error) == str(wrapper))
    )


def brief(error: BaseException) -> str:
    """What an error says, in one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _wrapped(error: BaseException) -> Iterator[BaseException]:
    """An error, and that of the driver which peewee put into it."""
    yield error
    original = getattr(error, "orig", None)
    if isinstance(original, BaseException):
        yield original
