"""What a database is like from inside: its version, its size, what is in it. Cheap, however much that is."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from duplistat.store.database import Database

# Tables with fewer rows are counted, larger ones estimated.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` is at most so many, and `exact` when it is no estimate. `size` is in bytes, None where nobody knows."""

    name: str
    rows: int
    exact: bool
    size: int | None


class Checksums(NamedTuple):
    """Whether pages carry checksums, which are compared as they are read, and how many did not match."""

    enabled: bool
    failures: int


@dataclass(frozen=True, slots=True)
class Inside:
    """`where` never holds a password. Sizes are in bytes; `wal` and `free` are None where there is no such thing.

    `checksums` is None on SQLite, which has none.
    """

    kind: str
    version: str
    where: str
    schema: str
    size: int
    wal: int | None
    free: int | None
    checksums: Checksums | None
    tables: list[Table]


def look(db: Database) -> Inside:
    """Of a database that can be read. The largest tables come first."""
    found = _sqlite(db) if db.on_sqlite else _postgresql(db)
    found.tables.sort(key=lambda table: (-(table.size or 0), -table.rows, table.name))
    return found


def file_of(db: Database) -> Path:
    """The file of a database on SQLite. Raises ValueError for another one."""
    if db.file is None:
        raise ValueError("this database is not in a file")
    return db.file


def is_ours(db: Database) -> bool:
    """Whether a database on PostgreSQL has been used by this program."""
    return bool(
        _one(db, "SELECT to_regclass('schema_migration') IS NOT NULL AND to_regclass('lease') IS NOT NULL")
    )


def in_use(db: Database) -> bool:
    """Whether anybody else is connected to a database on PostgreSQL."""
    return bool(
        _one(
            db,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )
    )


def drop_statement(db: Database) -> str:
    """What makes a database on PostgreSQL an empty one: it is taken to be ours alone."""
    names = db.rows(
        "SELECT quote_ident(relname) FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = current_schema()::regnamespace ORDER BY relname"
    )
    return f"DROP TABLE {', '.join(name for (name,) in names)} CASCADE" if names else "SELECT 1"


def version(db: Database) -> str:
    return sqlite3.sqlite_version if db.on_sqlite else str(_one(db, "SHOW server_version"))


def schema(db: Database) -> str:
    """The name of the latest change of the schema."""
    return str(_one(db, "SELECT max(name) FROM schema_migration"))


def _sqlite(db: Database) -> Inside:
    file = file_of(db)
    wal = file.with_name(f"{file.name}-wal")
    page = int(_one(db, "PRAGMA page_size"))
    names = db.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return Inside(
        kind="SQLite",
        version=version(db),
        where=str(file),
        schema=schema(db),
        size=page * int(_one(db, "PRAGMA page_count")),
        wal=wal.stat().st_size if wal.exists() else 0,
        free=page * int(_one(db, "PRAGMA freelist_count")),
        checksums=None,
        tables=[_table(db, name) for (name,) in names],
    )


def _table(db: Database, name: str) -> Table:
    """Rows go from the oldest on, so that what lies between the first and the last number is nearly all there."""
    quoted = '"' + name.replace('"', '""') + '"'
    first, last = db.rows(f"SELECT (SELECT min(rowid) FROM {quoted}), (SELECT max(rowid) FROM {quoted})")[0]
    most = last - first + 1 if last is not None else 0
    if most > COUNTED:
        return Table(name, most, False, None)
    return Table(name, int(_one(db, f"SELECT count(*) FROM {quoted}")), True, None)


def _postgresql(db: Database) -> Inside:
    parts = urlsplit(db.url)
    host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    rows = db.rows(
        "SELECT c.relname, c.reltuples, pg_total_relation_size(c.oid) FROM pg_class c"
        " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
    )
    wrong = _one(db, "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
    return Inside(
        kind="PostgreSQL",
        version=version(db),
        where=f"{host or 'localhost'}/{parts.path.removeprefix('/')}",
        schema=schema(db),
        size=int(_one(db, "SELECT pg_database_size(current_database())")),
        wal=None,
        free=None,
        checksums=Checksums(_one(db, "SHOW data_checksums") == "on", int(wrong or 0)),
        tables=[_counted(db, name, round(rows), size) for name, rows, size in rows],
    )


def _counted(db: Database, name: str, estimate: int, size: int) -> Table:
    """PostgreSQL has an estimate of its own, -1 where it has not looked yet."""
    if estimate > COUNTED:
        return Table(name, estimate, False, size)
    quoted = '"' + name.replace('"', '""') + '"'
    rows = int(_one(db, f"SELECT count(*) FROM (SELECT 1 FROM {quoted} LIMIT {COUNTED + 1}) t"))
    return Table(name, rows, rows <= COUNTED, size)


def _one(db: Database, statement: str) -> Any:
    row = db.row(statement)
    return row[0] if row else None
