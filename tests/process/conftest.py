"""Both databases, empty: the process makes its own schema."""

from collections.abc import Iterator

import pytest

from tests.conftest import BOTH


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the server keeps its data: "" for the SQLite file in its own folder."""
    if request.param == "sqlite":
        yield ""
    else:
        with request.getfixturevalue("postgres").database(empty=True) as url:
            yield url
