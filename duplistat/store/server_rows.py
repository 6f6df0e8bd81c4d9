"""All rows that belong to one server: counted, to be written elsewhere, and to be deleted a little at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from duplistat.store import export, job_rows
from duplistat.store.database import Database

_EVENTS = "SELECT id FROM event WHERE server_id = ?"
_DELIVERIES = "SELECT d.id FROM delivery d JOIN event e ON d.event = e.id WHERE e.server_id = ?"
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """What a server has. `since` is when its first run was (ms), None without any."""

    jobs: int
    runs: int
    events: int
    since: int | None


def counted(db: Database, server: int) -> Counted:
    """How much there is of a server. Reads its history's index, so it is for whoever is about to change all of it."""
    row = db.row(
        "SELECT (SELECT count(*) FROM job WHERE server_id = ?), (SELECT count(*) FROM event WHERE server_id = ?),"
        " count(*), min(order_at) FROM run WHERE job_id IN (SELECT id FROM job WHERE server_id = ?)",
        (server, server, server),
    )
    return Counted(row[0], row[2], row[1], row[3]) if row else Counted(0, 0, 0, None)


def rows(db: Database, server: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, row) of all that a server has; some in memory at once."""
    for row in export.of_keys(db, "server", "id", [server]):
        yield "server", row
    for job in _ids(db, "SELECT id FROM job WHERE server_id = ? ORDER BY id", server):
        yield from job_rows.rows(db, job)
    for table, statement in (("event", _EVENTS), ("delivery", _DELIVERIES)):
        for row in export.of_keys(db, table, "id", _ids(db, statement, server)):
            yield table, row


def next_job(db: Database, server: int) -> int | None:
    """A job of a server; None when it has none."""
    row = db.row("SELECT id FROM job WHERE server_id = ? LIMIT 1", (server,))
    return row[0] if row else None


def delete_some(db: Database, server: int) -> int:
    """Delete some of what belongs to a server besides its jobs, in the caller's transaction; 0 when nothing is left."""
    events = [row[0] for row in db.rows(f"{_EVENTS} LIMIT ?", (server, AT_ONCE))]
    if events:
        marks = ", ".join("?" * len(events))
        gone = db.change(f"DELETE FROM delivery WHERE event IN ({marks})", events)
        return gone + db.change(f"DELETE FROM event WHERE id IN ({marks})", events)
    return db.change(
        "DELETE FROM merge_row WHERE (merge_id, kind, item) IN (SELECT m.merge_id, m.kind, m.item FROM merge_row m"
        " JOIN server_merge s ON s.id = m.merge_id WHERE s.into_id = ? LIMIT ?)",
        (server, AT_ONCE),
    )


def delete(db: Database, server: int) -> None:
    """Delete a server that has nothing left."""
    db.change("DELETE FROM server WHERE id = ?", (server,))


def _ids(db: Database, statement: str, server: int) -> list[int]:
    return [row[0] for row in db.rows(statement, (server,))]
