"""SQLite files that other programs made: read only, and never trusted.

A file can be made so that reading it does something: a view or a trigger that calls a function, a virtual table, a page
that points into itself. So nothing but plain tables is read, by plain SELECTs of single columns, after a check of the
whole file; and an authorizer refuses everything else, whatever the file says.
"""

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text, later

MAGIC = b"SQLite format 3\0"
# Of one value; of one statement, which a file brings for each of its tables; columns of a table.
MOST_VALUE = 64 * 1024 * 1024
MOST_SQL = 200_000
MOST_COLUMNS = 500
# Rows that are fetched at once.
AT_ONCE = 200
# Rows that are put in order of their jobs at once.
STRETCH = 20_000
DAMAGED = later("this file is damaged: {problem}")
NOT_READABLE = later("this file cannot be read: {problem}")

_LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, MOST_VALUE),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, MOST_SQL),
    (sqlite3.SQLITE_LIMIT_COLUMN, MOST_COLUMNS),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 2),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
)
_PRAGMAS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA query_only = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA cache_size = -8000",
    "PRAGMA busy_timeout = 10000",
)
_ASKED = ("table_xinfo", "quick_check")
# What we call ourselves; and what constraints of real files call, which are looked at with the rest of the file.
_FUNCTIONS = frozenset(
    ("count", "max", "min", "json_valid", "length", "lower", "upper", "typeof", "abs", "coalesce")
)


class ForeignDatabase:
    """The tables of a file, for as long as a block lasts. Every method raises DuplistatError (invalid) for a file that
    is damaged."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> Self:
        try:
            # With its write-ahead log, if it has one: the newest rows are there.
            self._connection = sqlite3.connect(
                f"{self._file.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=16,
            )
        except sqlite3.Error as e:
            raise _refusal(e) from e
        try:
            self._make_safe()
            self._columns = {name: self._columns_of(name) for name in self._names()}
        except sqlite3.Error as e:
            self._connection.close()
            raise _refusal(e) from e
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table, in their order; none for a table that is not there."""
        return self._columns.get(table, ())

    def count(self, table: str, column: str = "", among: Collection[int] | None = None) -> int:
        """How many rows a table has; with `among`, those whose `column` is one of some numbers."""
        self._require(table, (column,) if column else ())
        ((number,),) = self._run(f'SELECT count(*) FROM "{table}"{_where(column, among)}')
        return int(number)

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """(number of the row, value of each column) in the order in which they were added.

        A value is None, int, float, str or bytes, whatever its column says.
        """
        self._require(table, columns)
        return self._run(f'SELECT rowid{_names(columns)} FROM "{table}" ORDER BY rowid')

    def grouped(
        self, table: str, by: Sequence[str], columns: Sequence[str], among: Collection[int] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """As `rows`, but of a stretch of them those with the same values of the columns `by` one after the other.

        So each stretch is of a short time, and has many rows of one job at once. `among` as in `count`.
        """
        self._require(table, (*by, *columns))
        where = _where(by[0], among)
        groups: dict[tuple[Any, ...], list[int]] = {}
        statement = f'SELECT rowid{_names(columns)} FROM "{table}" WHERE rowid IN '
        for place, (number, *key) in enumerate(
            self._run(f'SELECT rowid{_names(by)} FROM "{table}"{where} ORDER BY rowid'), 1
        ):
            groups.setdefault(tuple(key), []).append(number)
            if place % STRETCH == 0:
                yield from self._of_groups(statement, groups)
                groups.clear()
        yield from self._of_groups(statement, groups)

    def _of_groups(
        self, statement: str, groups: Mapping[tuple[Any, ...], Sequence[int]]
    ) -> Iterator[tuple[Any, ...]]:
        for numbers in groups.values():
            for at in range(0, len(numbers), AT_ONCE):
                some = numbers[at : at + AT_ONCE]
                yield from self._run(f"{statement}({', '.join(map(str, some))}) ORDER BY rowid")

    def latest(
        self, table: str, by: Sequence[str], columns: Sequence[str], limit: int
    ) -> Iterator[tuple[Any, ...]]:
        """For each set of values of the columns `by`, at most `limit` of them: these, and the largest of `columns`."""
        self._require(table, (*by, *columns))
        keys = ", ".join(f'"{name}"' for name in by)
        largest = "".join(f', max("{name}")' for name in columns)
        return self._run(f'SELECT {keys}{largest} FROM "{table}" GROUP BY {keys} LIMIT {int(limit)}')

    def _run(self, statement: str) -> Iterator[tuple[Any, ...]]:
        try:
            cursor = self._connection.execute(statement)
            while rows := cursor.fetchmany(AT_ONCE):
                yield from rows
        except sqlite3.Error as e:
            raise _refusal(e) from e

    def _require(self, table: str, columns: Sequence[str]) -> None:
        """What goes into a statement is a name that the file has: nobody else's word is."""
        if not set(columns) <= set(self.columns(table)) or '"' in f"{table}{''.join(columns)}":
            raise LookupError(f"no such column of {table}")

    def _make_safe(self) -> None:
        for limit, most in _LIMITS:
            self._connection.setlimit(limit, most)
        self._connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        for pragma in _PRAGMAS:
            self._connection.execute(pragma)
        self._connection.set_authorizer(_authorize)
        (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone() or ("no answer",)
        if found != "ok":
            problem = str(found).splitlines()[-1][:200]
            raise DuplistatError(Kind.INVALID, Text(DAMAGED, problem=problem))

    def _names(self) -> list[str]:
        # A virtual table has no page of its own.
        rows = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 LIMIT 1000"
        )
        return [name for (name,) in rows.fetchall() if isinstance(name, str) and '"' not in name]

    def _columns_of(self, table: str) -> tuple[str, ...]:
        # One that is computed has a number other than 0 at the end.
        rows = self._connection.execute(f'PRAGMA table_xinfo("{table}")').fetchall()
        return tuple(row[1] for row in rows if row[-1] == 0)


def is_sqlite(file: Path) -> bool:
    """Whether a file begins as a database of SQLite does."""
    with contextlib.suppress(OSError), file.open("rb") as content:
        return content.read(len(MAGIC)) == MAGIC
    return False


def needs_writable_folder(file: Path) -> bool:
    """Whether a database cannot be read where it is: with a write-ahead log SQLite writes a file beside it, which a
    volume that is mounted read-only does not let it."""
    with contextlib.suppress(OSError), file.open("rb") as content:
        # Bytes 18 and 19 of its header are 2 then.
        if content.read(20)[18:20] != b"\x02\x02":
            return False
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as tried:
            tried.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return True
    except sqlite3.Error:
        return False
    return False


def _names(columns: Sequence[str]) -> str:
    return "".join(f', "{name}"' for name in columns)


def _where(column: str, among: Collection[int] | None) -> str:
    if among is None:
        return ""
    return f' WHERE "{column}" IN ({", ".join(str(int(number)) for number in among) or "NULL"})'


def _authorize(action: int, one: str | None, two: str | None, _: str | None, source: str | None) -> int:
    """Let through what this module asks for. `source` is the view or trigger that asks; of ours none does."""
    allowed = source is None and (
        action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
        or (action == sqlite3.SQLITE_PRAGMA and one in _ASKED)
        or (action == sqlite3.SQLITE_FUNCTION and two in _FUNCTIONS)
    )
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _refusal(error: sqlite3.Error) -> DuplistatError:
    damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    problem = str(error).strip()[:200] or type(error).__name__
    return DuplistatError(Kind.INVALID, Text(DAMAGED if damaged else NOT_READABLE, problem=problem))
