"""export(): everything that belongs to an account and to all below it, as JSON lines.

Each line is one row: {"table": …, and its columns}. What is packed in the database is plain here; the bodies of
deliveries are base64, since they may be anything. Hashes of keys, secrets and passwords are left out.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

from duplistat.core.i18n import restored
from duplistat.core.reason import Reason, dump, load
from duplistat.core.reason_words import message_of
from duplistat.core.times import from_ms, iso_ms
from duplistat.store import export, job_rows, server_rows
from duplistat.store.accounts import Account
from duplistat.store.database import Database
from duplistat.store.packing import unpack

SECRET = ("hash", "old_hash", "secret_hash", "password_hash", "data_secret", "agent_secret")
MESSAGES = (
    ("run", "message"),
    ("job", "last_message"),
    ("job", "verify_message"),
    ("job", "restored_message"),
)


def lines(db: Database, accounts: list[Account], now: int) -> Iterator[str]:
    """The export, line by line. `now` is in ms."""
    about = {"export": "duplistat", "made_at": iso_ms(from_ms(now)), "accounts": [a.name for a in accounts]}
    yield _line(about)
    ids = tuple(account.id for account in accounts)
    for table in export.TABLES:
        for row in export.rows(db, table, ids):
            yield _line({"table": table} | {name: _plain(table, name, value) for name, value in row.items()})


def lines_of_job(db: Database, job: int, name: str, now: int) -> Iterator[str]:
    """All that a job has, line by line. `now` is in ms."""
    yield _line({"export": "duplistat", "made_at": iso_ms(from_ms(now)), "job": name})
    for table, row in job_rows.rows(db, job):
        yield _line({"table": table} | {name: _plain(table, name, value) for name, value in row.items()})


def lines_of_server(db: Database, server: int, name: str, now: int) -> Iterator[str]:
    """All that a server has, line by line. `now` is in ms."""
    yield _line({"export": "duplistat", "made_at": iso_ms(from_ms(now)), "server": name})
    for table, row in server_rows.rows(db, server):
        yield _line({"table": table} | {name: _plain(table, name, value) for name, value in row.items()})


def newest(db: Database, accounts: list[Account]) -> int | None:
    """What changes when anything has come in since."""
    return export.newest(db, tuple(account.id for account in accounts))


def _plain(table: str, name: str, value: Any) -> Any:
    if name in SECRET:
        return None
    if name == "lines":
        return json.loads(unpack(bytes(value)))
    if name == "body":
        return base64.b64encode(unpack(bytes(value))).decode()
    if (table, name) in MESSAGES:
        return message_of(value)
    if name == "problem" and table in ("service", "delivery"):
        return str(restored(value))
    if (table, name) == ("transition", "reason"):
        return _reason(value)
    return value


def _reason(kept: str) -> str:
    """The reason of a change of health, with its message in words; what was kept before there were codes as it is."""
    if not kept.startswith("["):
        return kept
    return dump(
        [
            Reason(item.code, {**item.values, "message": message_of(item.text("message"))})
            if item.text("message")
            else item
            for item in load(kept)
        ]
    )


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
