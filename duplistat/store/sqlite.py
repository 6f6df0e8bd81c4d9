"""What peewee knows as SQLite, set so that an answered report survives a power cut, and that readers never wait."""

import sqlite3

import peewee

SYNCHRONOUS = "full"

# Of a value that is no number or text, sqlite3 looks for an adapter, and then for two methods that it does not have:
# that takes longer than to store it. These give it back as it is.
sqlite3.register_adapter(type(None), dict[None, None]().get)
sqlite3.register_adapter(bytes, bytes)


def opened(url: str, read_only: bool) -> peewee.SqliteDatabase:
    """The database at a URL, with one connection a thread. One that only reads refuses to write."""
    path = url.removeprefix("sqlite:///")
    pragmas = {
        "journal_mode": "wal",
        "synchronous": SYNCHRONOUS,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        # KiB. A reader has one for each of its threads.
        "cache_size": -1000 if read_only else -16_000,
        "temp_store": "memory",
        "wal_autocheckpoint": 2000,
        # Last, so that the pragmas before it may write.
        "query_only": int(read_only),
    }
    return peewee.SqliteDatabase(path, pragmas=pragmas, timeout=10, cached_statements=256)
