"""Databases that refuse writes, as a full disk or a standby makes them."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from duplistat.store.database import Database


@contextmanager
def full(db: Database) -> Iterator[None]:
    """SQLite has no page left for this thread's connection, as on a full disk."""
    (pages,) = db.row("PRAGMA page_count") or (0,)
    db.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        db.execute("PRAGMA max_page_count = 1000000000")


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """PostgreSQL takes no writes, as while another server takes over. Connections that are open are ended."""
    with psycopg.connect(url, autocommit=True) as connection:
        _set(connection, "SET default_transaction_read_only = on")
        try:
            yield
        finally:
            connection.execute("SET default_transaction_read_only = off")
            _set(connection, "RESET default_transaction_read_only")


@contextmanager
def refusing(db: Database) -> Iterator[None]:
    """Not even the smallest write succeeds."""
    if not db.on_sqlite:
        db.close_all()
        with read_only(db.url):
            yield
        return
    db.execute("PRAGMA query_only = 1")
    try:
        yield
    finally:
        db.execute("PRAGMA query_only = 0")


def _set(connection: psycopg.Connection, what: str) -> None:
    row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    connection.execute(f'ALTER DATABASE "{row[0]}" {what}')
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'reused'"
    )
