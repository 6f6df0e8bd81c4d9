"""All rows of a database on SQLite, put into one on PostgreSQL.

SQLite writes the lines that PostgreSQL's COPY reads: Python touches no value, which is several times as quick.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from duplistat.services.bootstrap import prepare
from duplistat.store.database import Database

# Lines that are sent at once.
LINES = 2000
# Which changes of the schema were made stands in both, each in its own types.
_OWN = "schema_migration"


def copy(source: Path, url: str) -> int:
    """Fill a new database of this URL with what stands in a file of SQLite; how many rows."""
    db = Database(url)
    prepare(db, 0)
    db.close_all()
    copied = 0
    with closing(sqlite3.connect(source)) as old, psycopg.connect(url) as new:
        # Nothing is checked or set off: all of it was there before.
        new.execute("SET session_replication_role = replica")
        tables = columns_of(new)
        for table in tables:
            new.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table)))
        # Indexes are made quicker when all rows are there.
        indexes = _drop_indexes(new)
        for table, columns in tables.items():
            copied += _copy(old, new, table, columns)
        new.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for statement in indexes:
            new.execute(statement)
        for table, column in _numbered(new):
            new.execute(
                sql.SQL(
                    "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}"
                ).format(
                    sql.Literal(table), sql.Literal(column), sql.Identifier(column), sql.Identifier(table)
                )
            )
    return copied


def columns_of(db: psycopg.Connection) -> dict[str, list[str]]:
    """{table: its columns}, but for the one of migrations."""
    found: dict[str, list[str]] = {}
    for table, column in db.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    ):
        if not table.startswith(_OWN):
            found.setdefault(table, []).append(column)
    return found


def _drop_indexes(db: psycopg.Connection) -> list[str]:
    """Drop those that belong to no constraint; the statements that make them."""
    found = db.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    ).fetchall()
    for name, _ in found:
        db.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [statement for _, statement in found]


def _copy(old: sqlite3.Connection, new: psycopg.Connection, table: str, columns: list[str]) -> int:
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    copied = 0
    with new.cursor() as cursor, cursor.copy(into) as copying:
        for lines, text in _lines(old, table, columns):
            copying.write(text)
            copied += lines
    return copied


def _lines(db: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[tuple[int, str]]:
    """(number of rows, these rows as COPY reads them) until there are no more."""
    line = " || char(9) || ".join(map(_field, columns))
    rows = db.execute(f'SELECT {line} FROM "{table}"')
    while some := rows.fetchmany(LINES):
        yield len(some), "\n".join(row[0] for row in some) + "\n"


def _field(column: str) -> str:
    """A column as a field of COPY's text format: what would end a field or a line is escaped."""
    text = f'"{column}"'
    for character, escaped in (
        ("'\\'", "'\\\\'"),
        ("char(10)", "'\\n'"),
        ("char(13)", "'\\r'"),
        ("char(9)", "'\\t'"),
    ):
        text = f"replace({text}, {character}, {escaped})"
    return (
        f"CASE typeof(\"{column}\") WHEN 'null' THEN '\\N' WHEN 'text' THEN {text}"
        f" WHEN 'blob' THEN '\\\\x' || hex(\"{column}\") ELSE \"{column}\" END"
    )


def _numbered(db: psycopg.Connection) -> list[tuple[str, str]]:
    """(table, column) of the columns that count for themselves."""
    return [
        (table, column)
        for table, columns in columns_of(db).items()
        for column in columns
        if (
            db.execute("SELECT pg_get_serial_sequence(%s, %s)", (f'"{table}"', column)).fetchone() or (None,)
        )[0]
    ]
