"""Deliveries: the bytes of each request as received, with what became of them."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any

from duplistat.core.i18n import restored
from duplistat.store import unread as counted
from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.packing import pack, unpack


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of `delivery` without its body.

    `outcome` is recorded, refined, changed, repeat, live, progress, unrecognised or dismissed.
    """

    id: int
    account_id: int
    received_at: int
    endpoint: str
    address: str
    query: str
    content_type: str
    size: int
    sha256: str
    outcome: str
    format: str
    # A core.i18n.Text, or plain; kept as core.i18n.stored makes it.
    problem: str
    job: int | None
    run: int | None
    event: int | None


_PROBLEM = [f.name for f in fields(Delivery)].index("problem")
_COLUMNS = (
    "id, account_id, received_at, endpoint, address, query, content_type, size, sha256, outcome, format,"
    " problem, job, run, event"
)
_INSERT = (
    "INSERT INTO delivery (account_id, received_at, endpoint, address, query, content_type, size, sha256,"
    " body, outcome, format, problem, job, run, event, state)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
# What could not be read, by whether somebody put it away; as the indexes of these say it.
_UNREAD = {False: "outcome = 'unrecognised'", True: "outcome = 'dismissed'"}
# A run that was told of more often than this has a client that does not stop: the rest is not shown.
SHOWN = 100
# Bytes of deliveries that are deleted in one transaction.
PRUNED_BYTES = 4_000_000
# Of one run's deliveries none are confused by this much of a digest.
_STATE_CHARS = 16
# The columns of `add` that are known before the run is: what the request was.
REQUEST = ("account", "received_at", "endpoint", "address", "query", "content_type")


def _delivery(row: tuple[Any, ...]) -> Delivery:
    values = list(row)
    values[_PROBLEM] = restored(values[_PROBLEM])
    return Delivery(*values)


def digest(body: bytes) -> str:
    """What names these very bytes: SHA-256, in hex."""
    return hashlib.sha256(body).hexdigest()


def add(
    db: Database,
    request: Sequence[Any],
    body: bytes,
    *,
    sha256: str = "",
    outcome: str,
    format: str = "",
    problem: str = "",
    job: int | None = None,
    run: int | None = None,
    event: int | None = None,
    state: str = "",
    packed: bytes | None = None,
) -> int:
    """Keep a delivery: `request` in the order of REQUEST, `body` as received. Its id.

    `state` names what it says of its run, where that is not told by its very bytes. `packed` is what is stored, where
    that is not all of the body.
    """
    sha256 = sha256 or digest(body)
    marker = (state or sha256)[:_STATE_CHARS] if run is not None else ""
    stored = pack(body) if packed is None else packed
    new = db.insert(
        _INSERT,
        (*request, len(body), sha256, stored, outcome, format, problem, job, run, event, marker),
    )
    if new is None:
        raise LookupError("the database gave no id to a delivery")
    return new


def progress(db: Database, request: Sequence[Any], body: bytes, format: str, job: int) -> int:
    """Keep the latest word of a running operation in one row, however often it speaks."""
    row = db.row("SELECT id FROM delivery WHERE job = ? AND outcome = 'progress' LIMIT 1", (job,))
    if row is None:
        return add(db, request, body, outcome="progress", format=format, job=job)
    db.execute(
        "UPDATE delivery SET received_at = ?, address = ?, query = ?, content_type = ?, size = ?,"
        " sha256 = ?, body = ? WHERE id = ?",
        (request[1], *request[3:6], len(body), digest(body), pack(body), row[0]),
    )
    return int(row[0])


def get(db: Database, delivery: int) -> Delivery | None:
    row = db.row(f"SELECT {_COLUMNS} FROM delivery WHERE id = ?", (delivery,))
    return _delivery(row) if row else None


def body_of(db: Database, delivery: int) -> bytes:
    """The bytes as received. Raises LookupError when there is no such delivery."""
    row = db.row("SELECT body FROM delivery WHERE id = ?", (delivery,))
    if row is None:
        raise LookupError(f"there is no delivery {delivery}")
    return unpack(bytes(row[0]))


def bodies(db: Database, wanted: Sequence[int], account: int, most: int) -> list[bytes]:
    """The bodies of those of these deliveries of an account that are still kept, in their order; of more than `most`
    bytes in all, the last ones."""
    if not wanted:
        return []
    of_account = f"FROM delivery WHERE id IN ({', '.join('?' * len(wanted))}) AND account_id = ?"
    sizes: dict[int, int] = dict(db.rows(f"SELECT id, size {of_account}", (*wanted, account)))
    chosen: list[int] = []
    for id in reversed([id for id in wanted if id in sizes]):
        most -= sizes[id]
        if most < 0:
            break
        chosen.insert(0, id)
    return [body_of(db, id) for id in chosen if sizes[id]]


def attach(db: Database, wanted: Sequence[int], run: int) -> None:
    """Let deliveries that told of a run before it was known be of it."""
    if wanted:
        marks = ", ".join("?" * len(wanted))
        db.execute(f"UPDATE delivery SET run = ? WHERE id IN ({marks}) AND run IS NULL", (run, *wanted))


def newest_sender(db: Database, server: int, *, format: str, elsewhere: Collection[str]) -> str:
    """From which address the latest runs of a server were reported, the newest one; "" for none.

    `format` is what the name of the format begins with. What came to the endpoints `elsewhere` was sent by another.
    """
    row = db.row(
        "SELECT d.address FROM job j JOIN delivery d ON d.run = j.last_run AND d.run IS NOT NULL"
        f" WHERE j.server_id = ? AND d.address <> '' AND d.format LIKE ?"
        f" AND d.endpoint NOT IN ({', '.join('?' * len(elsewhere))}) ORDER BY d.id DESC LIMIT 1",
        (server, f"{format}%", *elsewhere),
    )
    return str(row[0]) if row else ""


def of_run(db: Database, run: int, limit: int = 1_000_000) -> list[Delivery]:
    """What told of a run, in order of arrival: the first made it, the others repeat or refine it."""
    rows = db.rows(f"SELECT {_COLUMNS} FROM delivery WHERE run = ? ORDER BY id LIMIT ?", (run, limit))
    return [_delivery(row) for row in rows]


def of_event(db: Database, event: int, limit: int = 1_000_000) -> list[Delivery]:
    """What told of an event, in order of arrival."""
    rows = db.rows(f"SELECT {_COLUMNS} FROM delivery WHERE event = ? ORDER BY id LIMIT ?", (event, limit))
    return [_delivery(row) for row in rows]


def first_of_events(db: Database, events: Collection[int]) -> dict[int, int]:
    """{event: the delivery that told of it first}, without those whose bodies are gone. One row of each is read."""
    if not events:
        return {}
    first = db.first_of_each("event", "delivery", "event = o.id ORDER BY id LIMIT 1")
    rows = db.rows(f"SELECT o.id, t.id {first} WHERE o.id IN ({', '.join('?' * len(events))})", [*events])
    return {row[0]: row[1] for row in rows}


def state_is_known(db: Database, run: int, state: str) -> bool:
    """Whether a delivery said this of the run before; `state` is a digest of what it says, or of its bytes."""
    row = db.row("SELECT 1 FROM delivery WHERE run = ? AND state = ? LIMIT 1", (run, state[:_STATE_CHARS]))
    return row is not None


def any_of_run(db: Database, run: int) -> bool:
    """Whether any delivery of a run is still kept."""
    return db.row("SELECT 1 FROM delivery WHERE run = ? LIMIT 1", (run,)) is not None


def recent(db: Database, *, outcome: str = "", before: int | None = None, limit: int = 50) -> list[Delivery]:
    """Deliveries, newest first; `before` is the id of the last one of the page before."""
    where, parameters = ["1 = 1"], []
    if outcome:
        where.append("outcome = ?")
        parameters.append(outcome)
    if before:
        where.append("id < ?")
        parameters.append(str(before))
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM delivery WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?",
        (*parameters, limit),
    )
    return [_delivery(row) for row in rows]


def ids(db: Database, outcome: str = "", since: int = 0) -> list[int]:
    """The ids of all deliveries received since a time, or of those with one outcome, oldest first."""
    where, parameters = "received_at >= ?", [since]
    if outcome:
        rows = db.rows(
            f"SELECT id FROM delivery WHERE {where} AND outcome = ? ORDER BY id", (*parameters, outcome)
        )
    else:
        rows = db.rows(f"SELECT id FROM delivery WHERE {where} ORDER BY id", parameters)
    return [row[0] for row in rows]


def set_outcome(
    db: Database,
    delivery: int,
    *,
    outcome: str,
    format: str,
    problem: str = "",
    job: int | None = None,
    run: int | None = None,
    event: int | None = None,
    state: str = "",
) -> None:
    """Note what became of a delivery when it was read again."""
    counted.forget(db, [delivery])
    db.execute(
        "UPDATE delivery SET outcome = ?, format = ?, problem = ?, job = ?, run = ?, event = ?, state = ?"
        " WHERE id = ?",
        (outcome, format, problem, job, run, event, state[:_STATE_CHARS], delivery),
    )


def waiting(db: Database) -> str:
    """SQL text of the table, for statements about what could not be read and was not put away.

    Without statistics, SQLite takes the index of all deliveries of an account, and looks up each of them.
    """
    return "delivery INDEXED BY delivery_unread" if db.on_sqlite else "delivery"


def unrecognised(db: Database, accounts: tuple[int, ...]) -> int:
    """How many deliveries could not be read."""
    row = db.row(
        f"SELECT count(*) FROM {waiting(db)} WHERE {_UNREAD[False]} AND account_id IN ({account_filter(accounts)})"
    )
    return int(row[0]) if row else 0


def unread(
    db: Database, accounts: tuple[int, ...], *, before: int | None, limit: int, dismissed: bool = False
) -> list[Delivery]:
    """What could not be read, newest first, with ids below `before` if that is given; or what of it was put away."""
    where, parameters = ("AND id < ?", (before,)) if before is not None else ("", ())
    # An index knows the ids: rows are looked up for one page only, a body may be long.
    source = "delivery" if dismissed else waiting(db)
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM delivery WHERE id IN (SELECT id FROM {source} WHERE {_UNREAD[dismissed]}"
        f" AND account_id IN ({account_filter(accounts)}) {where} ORDER BY id DESC LIMIT ?) ORDER BY id DESC",
        (*parameters, limit),
    )
    return [_delivery(row) for row in rows]


def unread_ids(db: Database, accounts: tuple[int, ...], after: int, limit: int) -> list[int]:
    """The ids of what could not be read and was not put away, oldest first, those above `after`."""
    rows = db.rows(
        f"SELECT id FROM {waiting(db)} WHERE {_UNREAD[False]} AND account_id IN ({account_filter(accounts)}) AND id > ?"
        " ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [row[0] for row in rows]


def put_away(db: Database, accounts: tuple[int, ...], ids: Collection[int], *, back: bool = False) -> int:
    """Say of what could not be read that somebody saw it, or take that back; how many."""
    chosen = ", ".join(str(int(id)) for id in ids) or "NULL"
    return db.change(
        f"UPDATE delivery SET outcome = ? WHERE id IN ({chosen}) AND {_UNREAD[back]}"
        f" AND account_id IN ({account_filter(accounts)})",
        ("unrecognised" if back else "dismissed",),
    )


def prune(db: Database, before: int, limit: int) -> int:
    """Delete the oldest deliveries received before a time, PRUNED_BYTES at most unless it is one; how many."""
    rows = db.rows(
        "SELECT id, length(body) FROM delivery WHERE received_at < ? ORDER BY received_at LIMIT ?",
        (before, limit),
    )
    old, size = list[int](), 0
    for delivery, stored in rows:
        size += stored or 0
        if old and size > PRUNED_BYTES:
            break
        old.append(delivery)
    counted.forget(db, old)
    return db.change(f"DELETE FROM delivery WHERE id IN ({account_filter(tuple(old))})")
