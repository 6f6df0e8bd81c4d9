"""Both databases, empty: the process makes its own schema. And a machine that reports to a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import server as bench_server
from tests.conftest import BOTH
from tests.support import forks
from tests.support.machine import Machine
from tests.support.serving import Server, serving


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the server keeps its data: "" for the SQLite file in its own folder."""
    if request.param == "sqlite":
        yield ""
    else:
        with request.getfixturevalue("postgres").database(empty=True) as url:
            yield url


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that a benchmark starts are forks, too."""
    monkeypatch.setattr(bench_server, "Popen", forks.popen)


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes in as much as a key sends."""
    with serving(
        tmp_path_factory.mktemp("served") / "data", DUPLISTAT_LIMITS_INGEST_PER_MINUTE="0"
    ) as server:
        yield server


@pytest.fixture
def machine(unlimited: Server, tmp_path: Path) -> Iterator[Machine]:
    """A machine with a key of an account of its own."""
    machine = Machine(tmp_path, unlimited, tmp_path.name)
    yield machine
    machine.db.close_all()
