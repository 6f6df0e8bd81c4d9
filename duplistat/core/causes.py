"""Why a database refuses what it is asked for: the disk is full, read-only, away … One word and one sentence each."""

from enum import StrEnum

from duplistat.core.i18n import Text, later
from duplistat.core.times import from_ms, iso_ms


class Cause(StrEnum):
    DISK_FULL = "disk_full"
    FILE_LIMIT = "file_limit"
    READ_ONLY = "read_only"
    NO_PERMISSION = "no_permission"
    IO_ERROR = "io_error"
    CORRUPT = "corrupt"
    LOCKED = "locked"
    FILE_GONE = "file_gone"
    UNREACHABLE = "unreachable"
    OUT_OF_CONNECTIONS = "out_of_connections"
    OUT_OF_MEMORY = "out_of_memory"
    NO_WRITER = "no_writer"
    REFUSED = "refused"


WORDS: dict[Cause, str] = {
    Cause.DISK_FULL: later("the disk is full"),
    Cause.FILE_LIMIT: later(
        "the disk is full for this process: a file has reached the size limit (ulimit -f)"
    ),
    Cause.READ_ONLY: later("the database is read-only"),
    Cause.NO_PERMISSION: later("the permission to write is missing"),
    Cause.IO_ERROR: later("the disk reports an I/O error"),
    Cause.CORRUPT: later("the database is damaged"),
    Cause.LOCKED: later("the database is locked by another program"),
    Cause.FILE_GONE: later("the database file is gone or cannot be opened"),
    Cause.UNREACHABLE: later("the database server cannot be reached"),
    Cause.OUT_OF_CONNECTIONS: later("the database has no connections left"),
    Cause.OUT_OF_MEMORY: later("there is not enough memory"),
    Cause.NO_WRITER: later("the writer process does not answer"),
    Cause.REFUSED: later("the database refuses"),
}

# What a caller is told of a write when nobody is there to write, and when what became of it got lost.
NOBODY_WRITES = later("The database cannot be written to at the moment")
OUTCOME_UNKNOWN = later("The connection to the database was lost: it is not known whether this was saved")


def failing_since(cause: Cause, since: int) -> Text:
    """That writes fail, since when (ms), and why."""
    return Text(
        "writes have failed since {since}: {problem}",
        since=iso_ms(from_ms(since)),
        problem=Text(WORDS[cause]),
    )


def not_taken_in(cause: Cause) -> Text:
    """What a caller is told of a write that failed."""
    return Text("The database could not take this in: {problem}", problem=Text(WORDS[cause]))
