"""What is known of how alerts work: what waits, what is broken, and how quick they are."""

from dataclasses import dataclass

from duplistat.store.database import Database
from duplistat.store.scheduler_lease import LEASE


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many attempts of a kind of channel ended how."""

    kind: str
    outcome: str
    count: int


_UNROUTED = "SELECT MIN(at) FROM transition WHERE routed_at IS NULL"
_DUE = (
    "SELECT MIN(n.not_before) FROM notice n JOIN channel c ON c.id = n.channel_id WHERE n.result = ''"
    " AND n.not_before <= ? AND (n.claimed_until IS NULL OR n.claimed_until <= ?) AND c.state = 'on'"
    " AND (c.paused_until IS NULL OR c.paused_until <= ?)"
)


def waits(db: Database, now: int) -> tuple[int | None, int | None, int | None]:
    """When the scheduler last ticked, and since when a change waits, and a message as in `due_since` (ms)."""
    ticked = "SELECT MAX(ticked_at) FROM lease WHERE name = ?"
    row = db.row(f"SELECT ({ticked}), ({_UNROUTED}), ({_DUE})", (LEASE, now, now, now))
    return (row[0], row[1], row[2]) if row else (None, None, None)


def unrouted(db: Database) -> tuple[int, int | None]:
    """How many changes wait to be taken in by alerts, and since when the oldest does (ms)."""
    row = db.row("SELECT count(*), MIN(at) FROM transition WHERE routed_at IS NULL")
    return (row[0], row[1]) if row else (0, None)


def due_since(db: Database, now: int) -> int | None:
    """Since when a message waits that nobody tries to send, though its channel works (ms); None when none does."""
    row = db.row(_DUE, (now, now, now))
    return row[0] if row else None


def broken_channels(db: Database, accounts: tuple[int, ...] | None = None) -> list[tuple[int, str, str, int]]:
    """(id, name, kind, since (ms)) of the channels that do not deliver; None for all accounts."""
    listed = "" if accounts is None else f" AND account_id IN ({','.join(map(str, accounts)) or 'NULL'})"
    rows = db.rows(f"SELECT id, name, kind, state_at FROM channel WHERE state = 'broken'{listed} ORDER BY id")
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def attempts(db: Database) -> list[Attempts]:
    """How many attempts ended how, by kind of channel; of notices that are kept."""
    rows = db.rows(
        "SELECT c.kind, a.outcome, count(*) FROM attempt a JOIN notice n ON n.id = a.notice_id"
        " JOIN channel c ON c.id = n.channel_id WHERE a.outcome <> '' GROUP BY 1, 2"
    )
    return [Attempts(*row) for row in rows]


def delays(db: Database, since: int) -> list[int]:
    """How long the notices of problems took that were sent since a time (ms), each in ms; at most 10,000."""
    rows = db.rows(
        "SELECT ended_at - created_at FROM notice WHERE result = 'sent' AND ended_at >= ?"
        " AND kind IN ('problem', 'worse', 'summary', 'recovered', 'event') ORDER BY ended_at DESC LIMIT 10000",
        (since,),
    )
    return [max(0, row[0]) for row in rows]


def last_digest(db: Database) -> int | None:
    """When a digest last went out (ms)."""
    row = db.row("SELECT MAX(last_at) FROM digest")
    return row[0] if row else None
