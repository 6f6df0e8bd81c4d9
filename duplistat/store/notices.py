"""Notices: the outbox of messages that have to go out."""

from dataclasses import dataclass

from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many notices wait, and since when the oldest does (ms); None when none does."""

    count: int
    oldest: int | None


def waiting(db: Database) -> Waiting:
    row = db.row("SELECT count(*), MIN(created_at) FROM notice WHERE result = ''")
    return Waiting(row[0], row[1]) if row else Waiting(0, None)


def results(db: Database) -> list[tuple[str, str, int]]:
    """(channel, result, how many) of the notices that wait no more."""
    rows = db.rows("SELECT channel, result, count(*) FROM notice WHERE result <> '' GROUP BY channel, result")
    return [(row[0], row[1], row[2]) for row in rows]
