"""The scheduler's lease: who holds it, when it last ticked, and the times in which nobody held it."""

from dataclasses import dataclass

from duplistat.store.database import Database

# The name of the lease that the scheduler holds.
LEASE = "scheduler"
# Under this name any sender notes that it is at work; it holds nothing.
SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Lease:
    holder: str
    expires_at: int
    ticked_at: int


@dataclass(frozen=True, slots=True)
class Downtime:
    from_at: int
    to_at: int


def lease(db: Database, name: str) -> Lease | None:
    row = db.row("SELECT holder, expires_at, ticked_at FROM lease WHERE name = ?", (name,))
    return Lease(*row) if row else None


def take_lease(db: Database, name: str, holder: str, now: int, expires_at: int) -> bool:
    """Take or renew a lease; False while another holder has it. Does not tick."""
    changed = db.change(
        "INSERT INTO lease AS l (name, holder, expires_at, ticked_at) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at"
        " WHERE l.holder = excluded.holder OR l.expires_at <= ?",
        (name, holder, expires_at, now),
    )
    return changed == 1


def tick(db: Database, name: str, now: int) -> None:
    db.change("UPDATE lease SET ticked_at = ? WHERE name = ?", (now, name))


def beat(db: Database, name: str, holder: str, now: int) -> None:
    """Note that one of those who work under a name is at work; none of them holds it."""
    db.change(
        "INSERT INTO lease AS l (name, holder, expires_at, ticked_at) VALUES (?, ?, 0, ?) ON CONFLICT (name)"
        " DO UPDATE SET holder = excluded.holder, ticked_at = CASE WHEN l.ticked_at > excluded.ticked_at"
        " THEN l.ticked_at ELSE excluded.ticked_at END",
        (name, holder, now),
    )


def drop_lease(db: Database, name: str, holder: str) -> None:
    """Let go of a lease, so that the next holder need not wait for its end."""
    db.change("UPDATE lease SET expires_at = 0 WHERE name = ? AND holder = ?", (name, holder))


def add_away(db: Database, from_at: int, to_at: int) -> None:
    db.execute("INSERT INTO away (from_at, to_at) VALUES (?, ?)", (from_at, to_at))


def downtimes_since(db: Database, since: int) -> list[Downtime]:
    """The times of our absence that ended after `since`, newest first."""
    rows = db.rows("SELECT from_at, to_at FROM away WHERE to_at > ? ORDER BY to_at DESC LIMIT 50", (since,))
    return [Downtime(*row) for row in rows]
