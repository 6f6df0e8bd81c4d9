"""By which channels a problem was told: those hear what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Told:
    """A row of `told`; times in ms. `recovered_at`: when that it is over was sent."""

    problem_id: int
    channel_id: int
    rule_id: int | None
    first_at: int
    last_at: int
    last_kind: str
    recovered_at: int | None


_SELECT = f"SELECT {', '.join(f.name for f in fields(Told))} FROM told"


def tell(db: Database, problem: int, channel: int, rule: int | None, kind: str, now: int) -> None:
    """Note that a channel has told of a problem."""
    db.execute(
        "INSERT INTO told (problem_id, channel_id, rule_id, first_at, last_at, last_kind) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (problem_id, channel_id) DO UPDATE SET last_at = excluded.last_at,"
        " last_kind = excluded.last_kind, rule_id = COALESCE(excluded.rule_id, told.rule_id)",
        (problem, channel, rule, now, now, kind),
    )


def recovered(db: Database, problem: int, channel: int, now: int) -> None:
    """Note that a channel has told that a problem is over."""
    db.execute(
        "UPDATE told SET recovered_at = ?, last_at = ?, last_kind = 'recovered'"
        " WHERE problem_id = ? AND channel_id = ?",
        (now, now, problem, channel),
    )


def of(db: Database, problems: Sequence[int]) -> dict[int, list[Told]]:
    """By which channels each problem was told."""
    found: dict[int, list[Told]] = {problem: [] for problem in problems}
    if not problems:
        return found
    rows = db.rows(
        f"{_SELECT} WHERE problem_id IN ({', '.join('?' * len(problems))}) ORDER BY first_at", list(problems)
    )
    for row in rows:
        found[row[0]].append(Told(*row))
    return found


def unrecovered(db: Database, channel: int, limit: int) -> list[int]:
    """The problems that are over and of which a channel, which told of them, has not been given that to tell."""
    rows = db.rows(
        "SELECT t.problem_id FROM told t JOIN problem p ON p.id = t.problem_id WHERE t.channel_id = ?"
        " AND t.recovered_at IS NULL AND p.closed_at IS NOT NULL AND p.next_at IS NOT NULL LIMIT ?",
        (channel, limit),
    )
    return [row[0] for row in rows]


def open_counts(db: Database, channels: Sequence[int]) -> dict[int, int]:
    """{channel: how many open problems of jobs it has told of}."""
    if not channels:
        return {}
    rows = db.rows(
        "SELECT t.channel_id, count(*) FROM told t JOIN problem p ON p.id = t.problem_id"
        f" WHERE t.channel_id IN ({', '.join(str(int(channel)) for channel in channels)}) AND p.closed_at IS NULL"
        " AND p.family = 'health'"
        " GROUP BY t.channel_id",
    )
    return dict(rows)
