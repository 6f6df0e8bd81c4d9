"""Events: what devices said besides the results of their runs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.pagination import Clause, Cursor, newest


@dataclass(frozen=True, slots=True)
class Event:
    """A row of `event`, column by column. Times are ms since 1970, UTC."""

    id: int
    account_id: int
    server_id: int
    key: str
    at: int
    order_at: int
    received_at: int
    offset_minutes: int | None
    severity: str
    type: str
    job_name: str
    message: str


COLUMNS = tuple(f.name for f in fields(Event))
# What a request says of its event: everything but the ids.
VALUES = COLUMNS[3:]
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM event"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events; empty for all. Times in ms: `since` is included, `until` is not."""

    server: int | None = None
    type: str = ""
    severity: str = ""
    since: int | None = None
    until: int | None = None


def add(db: Database, account: int, server: int, values: Sequence[Any]) -> tuple[int, bool]:
    """The id of the event, and whether it is new. `values` in the order of VALUES."""
    new = db.insert(
        f"INSERT INTO event (account_id, server_id, {', '.join(VALUES)})"
        f" VALUES (?, ?{', ?' * len(VALUES)}) ON CONFLICT (server_id, key) DO NOTHING RETURNING id",
        (account, server, *values),
    )
    if new is not None:
        return new, True
    row = db.row(
        "SELECT id FROM event WHERE server_id = ? AND key = ?", (server, values[VALUES.index("key")])
    )
    if row is None:
        raise LookupError("an event was there and is gone")
    return row[0], False


def supersede(db: Database, new: int, old: int) -> None:
    """Let the new event have the id of the old one, which is gone then."""
    delete(db, old)
    db.execute("UPDATE event SET id = ? WHERE id = ?", (old, new))


def delete(db: Database, event: int) -> None:
    db.execute("DELETE FROM event WHERE id = ?", (event,))


def by_id(db: Database, accounts: tuple[int, ...], event: int) -> Event | None:
    row = db.row(f"{_SELECT} WHERE id = ? AND account_id IN ({account_filter(accounts)})", (event,))
    return Event(*row) if row else None


def by_ids(db: Database, events: Sequence[int]) -> dict[int, Event]:
    if not events:
        return {}
    rows = db.rows(f"{_SELECT} WHERE id IN ({', '.join('?' * len(events))})", events)
    return {row[0]: Event(*row) for row in rows}


def page(
    db: Database, accounts: tuple[int, ...], wanted: Filter, *, before: Cursor | None = None, limit: int = 50
) -> tuple[list[Event], Cursor | None]:
    """Events, newest first, and where to go on; `before` is where the page before ended. At most 3 statements."""
    owner, owners = "account", list(accounts)
    if wanted.server is not None:
        rows = db.rows(
            f"SELECT id FROM server WHERE id = ? AND account_id IN ({account_filter(accounts)})",
            (wanted.server,),
        )
        owner, owners = "server", [row[0] for row in rows]
    found = newest(
        db,
        "event",
        owner,
        owners,
        since=wanted.since,
        until=wanted.until,
        wanted=Clause.all_of(("t.severity = ?", wanted.severity), ("t.type = ?", wanted.type)),
        before=before,
        limit=limit,
    )
    return found.page(by_ids(db, found.ids))


def prune(db: Database, before: int, limit: int) -> int:
    """Delete events received before a time; how many. SQLite may give their ids to others: nothing may name them."""
    old = "SELECT id FROM event WHERE received_at < ? ORDER BY received_at LIMIT ?"
    db.execute(f"UPDATE delivery SET event = NULL WHERE event IN ({old})", (before, limit))
    return db.change(f"DELETE FROM event WHERE id IN ({old})", (before, limit))


def unrouted(db: Database, limit: int) -> list[Event]:
    """The first ones that alerts have not taken in, oldest first."""
    rows = db.rows(f"{_SELECT} WHERE routed_at IS NULL ORDER BY id LIMIT ?", (limit,))
    return [Event(*row) for row in rows]


def route(db: Database, event: int, now: int) -> bool:
    """Compare and set: note that alerts took it in; False when they had."""
    return db.change("UPDATE event SET routed_at = ? WHERE id = ? AND routed_at IS NULL", (now, event)) == 1


def any_unrouted(db: Database) -> bool:
    return db.row("SELECT 1 FROM event WHERE routed_at IS NULL LIMIT 1") is not None
