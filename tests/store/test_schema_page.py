"""docs/schema.md lists every table and column of a migrated database, and nothing else."""

import re
from pathlib import Path

import pytest

from duplistat.store.database import Database

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"
HEAD = re.escape("| column | meaning |\n| --- | --- |\n")
A_TABLE = re.compile(rf"^### `(\w+)`\n\n.+\n\n{HEAD}((?:\| `\w+` \| .+ \|\n)+)", re.M)
A_COLUMN = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.M)


@pytest.fixture
def tables(prepared_sqlite: Path) -> dict[str, set[str]]:
    """{table: its columns} of a migrated database."""
    db = Database(f"sqlite:///{prepared_sqlite}")
    names = db.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    found = {name: {row[1] for row in db.rows(f"PRAGMA table_info({name})")} for (name,) in names}
    db.close_all()
    return found


def test_every_table_and_column_is_described_and_no_other(tables: dict[str, set[str]]) -> None:
    described = {name: A_COLUMN.findall(rows) for name, rows in A_TABLE.findall(PAGE.read_text("utf-8"))}
    missing = [
        f"{table}.{column}"
        for table, columns in tables.items()
        for column in sorted(columns - {name for name, _ in described.get(table, [])})
    ]
    extra = [
        f"{table}.{column}"
        for table, columns in described.items()
        for column, _ in columns
        if column not in tables.get(table, ())
    ]
    assert (missing, extra) == ([], [])
    twice = [table for table, columns in described.items() if len(columns) != len(set(columns))]
    assert twice == []
