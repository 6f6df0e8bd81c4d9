"""What several tests of the store need."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from duplistat.store.database import Database
from tests.conftest import BOTH


@pytest.fixture
def database_url(both_databases: str, database_url: str) -> str:
    """Both databases: here is the SQL."""
    return database_url


@contextmanager
def empty_database(request: pytest.FixtureRequest, which: str, folder: Path) -> Iterator[Database]:
    """A database without a schema, for as long as the block lasts."""
    if which == "sqlite":
        db = Database(f"sqlite:///{folder}/old.db")
        yield db
        db.close_all()
    else:
        with request.getfixturevalue("postgres").database(empty=True) as url:
            db = Database(url)
            yield db
            db.close_all()


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request, request.param, tmp_path) as db:
        yield db
