"""Files of others: read only, plain tables alone, and nothing that a file brings along is run."""

import sqlite3
from pathlib import Path

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.store import foreign
from duplistat.store.foreign import ForeignDatabase, is_sqlite
from tests.support.foreign import empty, made


@pytest.fixture
def database_url() -> str:
    """Nothing here asks our own database."""
    return ""


def test_rows_of_one_group_follow_each_other_in_the_order_in_which_they_were_added(tmp_path: Path) -> None:
    rows = ("(1, 'b')", "(2, 'a')", "(1, 'c')", "(2, 'd')", "(3, 'e')")
    file = empty(tmp_path, "CREATE TABLE t (job INTEGER, x TEXT)", f"INSERT INTO t VALUES {', '.join(rows)}")
    with ForeignDatabase(file) as tables:
        assert [row[1] for row in tables.grouped("t", ("job",), ("x",))] == ["b", "c", "a", "d", "e"]
        assert [row[1] for row in tables.grouped("t", ("job",), ("x",), {2, 3})] == ["a", "d", "e"]
        assert [row[1] for row in tables.rows("t", ("x",))] == ["b", "a", "c", "d", "e"]
        assert (tables.count("t"), tables.count("t", "job", [1])) == (5, 2)
        assert list(tables.latest("t", ("job",), ("x",), 2)) == [(1, "c"), (2, "d")]


def test_the_newest_rows_are_read_from_a_log_that_nobody_has_taken_in(tmp_path: Path) -> None:
    file = empty(tmp_path, "PRAGMA journal_mode = wal", "CREATE TABLE t (x)")
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("INSERT INTO t VALUES (7)")
    assert file.with_name("other.db-wal").stat().st_size > 0
    with ForeignDatabase(file) as tables:
        assert list(tables.rows("t", ("x",))) == [(1, 7)]
    writer.close()


@pytest.mark.parametrize(
    "trap",
    [
        "CREATE VIEW t AS SELECT 1 AS x",
        "CREATE VIRTUAL TABLE t USING fts5(x)",
        "CREATE TABLE other (x)",
    ],
)
def test_what_is_no_plain_table_is_not_there(trap: str, tmp_path: Path) -> None:
    with ForeignDatabase(empty(tmp_path, trap)) as tables:
        assert tables.columns("t") == ()
        with pytest.raises(LookupError):
            tables.rows("t", ("x",))


def test_a_computed_column_is_not_there(tmp_path: Path) -> None:
    with ForeignDatabase(empty(tmp_path, "CREATE TABLE t (x, y AS (abs(x)) VIRTUAL)")) as tables:
        assert tables.columns("t") == ("x",)


def test_names_of_columns_are_those_of_the_file_alone(tmp_path: Path) -> None:
    file = empty(tmp_path, 'CREATE TABLE t (x, "a"" FROM t; --" TEXT)')
    with ForeignDatabase(file) as tables:
        for column in ('a" FROM t; --', "rowid, x", "sqlite_version()"):
            with pytest.raises(LookupError):
                tables.rows("t", (column,))


def test_a_damaged_file_is_refused_whole(tmp_path: Path) -> None:
    file = made(tmp_path, "healthchecks_4.4")
    content = bytearray(file.read_bytes())
    content[3 * 4096 : 3 * 4096 + 200] = b"\xff" * 200
    file.write_bytes(content)
    with pytest.raises(DuplistatError, match="this file is damaged"), ForeignDatabase(file):
        pass


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"\1" * 5000])
def test_what_is_no_database_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    file.write_bytes(content)
    assert is_sqlite(file) is content.startswith(b"SQLite format 3\0")
    if content:
        with pytest.raises(DuplistatError, match="damaged"), ForeignDatabase(file):
            pass


def test_texts_that_are_no_utf8_are_read(tmp_path: Path) -> None:
    file = empty(tmp_path, "CREATE TABLE t (x TEXT)", "INSERT INTO t VALUES (CAST(x'c3286f6b' AS TEXT))")
    with ForeignDatabase(file) as tables:
        assert list(tables.rows("t", ("x",))) == [(1, "\ufffd(ok")]


def test_rows_are_put_in_order_of_their_groups_a_stretch_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "STRETCH", 4)
    rows = ", ".join(f"({number % 2}, {number})" for number in range(10))
    file = empty(tmp_path, "CREATE TABLE t (job, x)", f"INSERT INTO t VALUES {rows}")
    with ForeignDatabase(file) as tables:
        found = [row[1] for row in tables.grouped("t", ("job",), ("x",))]
    assert found == [0, 2, 1, 3, 4, 6, 5, 7, 8, 9]
