"""The outbox: which notices are next, and who is sending them.

A notice without a channel, and without the name of one, is a mail of our own to people of its account. All of those
go one after the other, as if they were of one channel with the number DIRECT.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from duplistat.store.database import Database
from duplistat.store.notices import SELECT, Notice

DIRECT = 0
_LANE = f"COALESCE(n.channel_id, {DIRECT})"
_FREE = "n.result = '' AND n.not_before <= ? AND (n.claimed_until IS NULL OR n.claimed_until <= ?)"
# Of a channel that was deleted nothing goes out, and of one that is off or broken only a test.
_OPEN = (
    "(n.channel_id IS NOT NULL OR n.channel = '') AND (n.channel_id IS NULL OR n.kind = 'test'"
    " OR (c.state <> 'broken' AND (c.paused_until IS NULL OR c.paused_until <= ?)))"
)


@dataclass(frozen=True, slots=True)
class Next:
    """The notice that is next of a channel."""

    notice: int
    channel: int


def due(db: Database, now: int, limit: int, busy: Sequence[int], *, only: int | None = None) -> list[Next]:
    """The first notice of each channel for which nobody is sending, quick channels first. Asked several times a second.

    `busy` channels are left out, or all but one. A recovery waits for what its channel has to say of the same problem
    before it.
    """
    left_out = f" AND {_LANE} NOT IN ({', '.join('?' * len(busy))})" if busy else ""
    if only is not None:
        left_out, busy = f" AND {_LANE} = ?", [only]
    rows = db.rows(
        f"SELECT MIN(n.id), {_LANE}, COALESCE(MAX(c.last_ms), 0) FROM notice n LEFT JOIN channel c"
        f" ON c.id = n.channel_id WHERE {_FREE} AND {_OPEN}{left_out}"
        f" AND {_LANE} NOT IN (SELECT COALESCE(o.channel_id, {DIRECT}) FROM notice o"
        " WHERE o.result = '' AND o.claimed_until > ?)"
        " AND (n.kind <> 'recovered' OR NOT EXISTS (SELECT 1 FROM notice_problem m JOIN notice_problem e"
        " ON e.problem_id = m.problem_id AND e.notice_id < m.notice_id JOIN notice w ON w.id = e.notice_id"
        " WHERE m.notice_id = n.id AND w.channel_id = n.channel_id AND w.result = ''))"
        f" GROUP BY {_LANE} ORDER BY 3, 1 LIMIT ?",
        (now, now, now, *busy, now, limit),
    )
    return [Next(row[0], row[1]) for row in rows]


def take_channel(db: Database, channel: int) -> bool:
    """Hold a channel until the transaction ends; False when another transaction does, or it is gone."""
    if channel == DIRECT:
        db.queue_for("direct notices")
        return True
    free = db.for_own_use_of_free
    return db.row(f"SELECT id FROM channel WHERE id = ?{free}", (channel,)) is not None


def hold_channel(db: Database, channel: int) -> None:
    """Hold a channel until the transaction ends, once nobody else does."""
    db.row(f"SELECT id FROM channel WHERE id = ?{db.for_own_use}", (channel,))


def in_use(db: Database, channel: int, now: int) -> bool:
    """Whether somebody is sending by a channel."""
    row = db.row(
        f"SELECT 1 FROM notice n WHERE n.result = '' AND n.claimed_until > ? AND {_LANE} = ? LIMIT 1",
        (now, channel),
    )
    return row is not None


def take(db: Database, notice: int, now: int) -> Notice | None:
    """A notice that waits and that nobody is sending; held until the transaction ends."""
    row = db.row(
        f"{SELECT} n WHERE n.id = ? AND {_FREE}{db.for_own_use}",
        (notice, now, now),
    )
    return Notice(*row) if row else None


def claim(db: Database, notice: Notice, holder: str, now: int, until: int) -> bool:
    """Have a notice for a while to send it: compare and set."""
    changed = db.change(
        "UPDATE notice SET claimed_by = ?, claimed_until = ?, attempts = attempts + 1 WHERE id = ? AND result = ''"
        " AND attempts = ? AND not_before <= ? AND (claimed_until IS NULL OR claimed_until <= ?)",
        (holder, until, notice.id, notice.attempts, now, now),
    )
    return changed == 1


def held(db: Database, notice: int, number: int, holder: str) -> Notice | None:
    """A notice, if this holder has it for this attempt; held until the transaction ends."""
    row = db.row(
        f"{SELECT} WHERE id = ? AND claimed_by = ? AND attempts = ? AND result = ''{db.for_own_use}",
        (notice, holder, number),
    )
    return Notice(*row) if row else None


def put_back(db: Database, notice: int, not_before: int, *, plain: bool = False) -> None:
    """Let it wait again until a time (ms); `plain`: it goes out in the short text then."""
    db.change(
        "UPDATE notice SET claimed_by = '', claimed_until = NULL, not_before = ?, plain = CASE WHEN ? = 1 THEN 1"
        " ELSE plain END WHERE id = ?",
        (not_before, int(plain), notice),
    )


def end(db: Database, notice: int, result: str, why: str, now: int) -> None:
    """It waits no more."""
    db.change(
        "UPDATE notice SET claimed_by = '', claimed_until = NULL, result = ?, result_why = ?, ended_at = ?"
        " WHERE id = ?",
        (result, why, now, notice),
    )


def reopen(db: Database, notice: int, now: int) -> None:
    """Let one that failed or was dropped wait again, from now on."""
    db.change(
        "UPDATE notice SET claimed_by = '', claimed_until = NULL, result = '', result_why = '', ended_at = NULL,"
        " not_before = ? WHERE id = ?",
        (now, notice),
    )


def set_facts(db: Database, notice: int, facts: str) -> None:
    db.change("UPDATE notice SET facts = ? WHERE id = ?", (facts, notice))


def set_sent_to(db: Database, notice: int, sent_to: str) -> None:
    db.change("UPDATE notice SET sent_to = ? WHERE id = ?", (sent_to, notice))


def claimed_by(db: Database, holder: str) -> list[Notice]:
    """What a sender has."""
    rows = db.rows(
        f"{SELECT} WHERE result = '' AND claimed_by = ? AND claimed_until IS NOT NULL ORDER BY id", (holder,)
    )
    return [Notice(*row) for row in rows]


def waiting_for(db: Database, channel: int) -> list[Notice]:
    """What waits for a channel, oldest first."""
    rows = db.rows(f"{SELECT} WHERE result = '' AND channel_id = ? ORDER BY id", (channel,))
    return [Notice(*row) for row in rows]


def hurry(db: Database, channel: int, now: int) -> int:
    """Have what waits for a channel, and nobody is sending, go out at once; how many."""
    return db.change(
        "UPDATE notice SET not_before = ? WHERE channel_id = ? AND result = ''"
        " AND (claimed_until IS NULL OR claimed_until <= ?)",
        (now, channel, now),
    )


def counts_of(db: Database, channels: Sequence[int]) -> dict[int, int]:
    """{channel: how many notices wait for it}; those without any are left out."""
    if not channels:
        return {}
    rows = db.rows(
        f"SELECT channel_id, count(*) FROM notice WHERE channel_id IN ({', '.join('?' * len(channels))})"
        " AND result = '' GROUP BY channel_id",
        list(channels),
    )
    return {row[0]: row[1] for row in rows}


def old(db: Database, before: int, since: int, limit: int) -> list[Notice]:
    """What nobody is sending, was made before a time and could go out since another (ms)."""
    rows = db.rows(
        f"{SELECT} WHERE result = '' AND created_at <= ? AND not_before <= ? AND claimed_until IS NULL"
        " ORDER BY id LIMIT ?",
        (before, since, limit),
    )
    return [Notice(*row) for row in rows]


def of_no_channel(db: Database) -> list[int]:
    """What waits for a channel that is gone."""
    rows = db.rows("SELECT id FROM notice WHERE result = '' AND channel_id IS NULL AND channel <> ''")
    return [row[0] for row in rows]


def late(db: Database, since: int) -> dict[int, int]:
    """{channel: since when (ms)} of what waits since a time; not what is held back until later."""
    rows = db.rows(
        "SELECT n.channel_id, MIN(CASE WHEN n.attempts = 0 THEN n.not_before ELSE"
        " (SELECT MIN(a.started_at) FROM attempt a WHERE a.notice_id = n.id) END) AS began FROM notice n"
        " WHERE n.result = '' AND n.created_at <= ? AND n.channel_id IS NOT NULL GROUP BY n.channel_id",
        (since,),
    )
    return {row[0]: row[1] for row in rows if row[1] is not None and row[1] <= since}


def lost(db: Database, since: int) -> list[int]:
    """Channels of which a message was given up since a time, and none went out after that."""
    rows = db.rows(
        "SELECT n.channel_id, MAX(n.ended_at) FROM notice n JOIN channel c ON c.id = n.channel_id"
        " WHERE n.ended_at >= ? AND n.result = 'failed' AND (n.kind <> 'test' OR n.why = 'schedule')"
        " AND (c.last_ok_at IS NULL OR c.last_ok_at <= n.ended_at) GROUP BY n.channel_id",
        (since,),
    )
    return [row[0] for row in rows]


def last_about(db: Database, subject: str) -> int | None:
    """When a notice of a subject's problems was made last (ms)."""
    row = db.row(
        "SELECT MAX(n.created_at) FROM problem p JOIN notice_problem m ON m.problem_id = p.id"
        " JOIN notice n ON n.id = m.notice_id WHERE p.subject = ? AND n.kind <> 'recovered'",
        (subject,),
    )
    return row[0] if row else None
