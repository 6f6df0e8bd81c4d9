"""Databases of other programs, made from SQL: real dumps and schemas, cut to what matters."""

import sqlite3
from pathlib import Path

FILES = Path(__file__).parent / "imports"


def made(folder: Path, name: str, *statements: str) -> Path:
    """A database of `tests/support/imports`, with some more statements run over it."""
    file = folder / f"{name}.db"
    file.unlink(missing_ok=True)
    with sqlite3.connect(file) as connection:
        connection.executescript((FILES / f"{name}.sql").read_text("utf-8"))
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return file


def empty(folder: Path, *statements: str) -> Path:
    """A database with nothing in it but what some statements make."""
    file = folder / "other.db"
    with sqlite3.connect(file) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return file
