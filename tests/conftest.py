"""Both databases, a clock that stands still, and a server over them."""

import gc
import marshal
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from duplistat.config import Config
from duplistat.services.commands import Direct
from duplistat.services.people import passwords
from duplistat.store import sqlite
from duplistat.store.database import Database
from duplistat.store.writer import LENGTH, frame
from tests.support import postgres as postgresql
from tests.support.agents import wait_for_workers
from tests.support.clock import Clock
from tests.support.databases import put_prepared
from tests.support.long_first import dealt
from tests.support.postgres import Postgres, kept_connection
from tests.support.routed_once import routed_once
from tests.support.signals import default_in_children
from tests.support.site import Site

BOTH = ("sqlite", "postgresql")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every process of a run deals them in the same way."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = dealt(items, lambda item: item.get_closest_marker("long") is not None, processes)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What collecting made stays to the end: no search for garbage goes through it again."""
    gc.collect()
    gc.freeze()
    # What tests make is soon gone, as in a worker of the server (`serve.py`).
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def usual_signals() -> None:
    """Programs that tests start end by a signal, also under nohup."""
    default_in_children()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Argon2 with next to no effort: tests sign in often."""
    passwords.EFFORT |= {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


@pytest.fixture(scope="session", autouse=True)
def quick_commits() -> Iterator[None]:
    """SQLite that waits for no disk: the files of a test need not survive a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "SYNCHRONOUS", "off")
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.getbasetemp()
    # That of the whole run, where it has several processes.
    with routed_once((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "templates"):
        yield


@pytest.fixture(scope="session", autouse=True)
def over_a_socket() -> Iterator[None]:
    """On SQLite commands go over a socket: arguments and answers are what arrives there, in every test."""
    send = Direct._send

    def arrived(content: Any) -> Any:
        return marshal.loads(frame(content)[LENGTH.size :])  # our own

    def sent(self: Direct, name: str, arguments: dict[str, Any]) -> Any:
        return arrived(send(self, name, arrived(arguments)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Direct, "_send", sent)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgresql.running() as server:
        yield server


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that is ready for use, to be copied."""
    return put_prepared(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(params=BOTH)
def both_databases(request: pytest.FixtureRequest) -> str:
    """For tests that are to run on both: which it is. docs/development.md says which tests those are."""
    return str(request.param)


@contextmanager
def prepared_database(request: pytest.FixtureRequest, which: str, folder: Path) -> Iterator[str]:
    """The URL of a database with nothing in it but the account `main`, for as long as the block lasts."""
    if which == "sqlite":
        yield f"sqlite:///{put_prepared(folder)}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A prepared database with nothing in it but the account `main`: of SQLite, without `both_databases`."""
    both = "both_databases" in request.fixturenames
    which = str(request.getfixturevalue("both_databases")) if both else "sqlite"
    with prepared_database(request, which, tmp_path) as url:
        yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    db = Database(database_url, pool=30)
    with nullcontext() if db.on_sqlite else kept_connection(db):
        yield db
        wait_for_workers()
    db.close_all()


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-01-28T12:00:00Z")


@pytest.fixture
def make_site(db: Database, clock: Clock, tmp_path: Path) -> Callable[..., Site]:
    """A server with these sections of configuration, in UTC."""

    def make(**sections: dict[str, Any]) -> Site:
        given: dict[str, Any] = {"server": {"timezone": "UTC"}, "database": {"url": db.url}}
        for name, keys in sections.items():
            given[name] = given.get(name, {}) | keys
        return Site(Config(data=tmp_path, **given), db, clock)

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()
