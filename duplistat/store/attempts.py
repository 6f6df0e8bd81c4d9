"""Attempts: what became of each try to send a notice."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row of `attempt`; times in ms. `outcome` is empty while it goes on."""

    id: int
    notice_id: int
    number: int
    started_at: int
    ms: int | None
    outcome: str
    code: str
    answer: str
    holder: str


_SELECT = f"SELECT {', '.join(f.name for f in fields(Attempt))} FROM attempt"
UNKNOWN = "unknown"
# A notice is tried for so long at most (ms): older ones have no new attempts.
LONGEST_LIFE = 80 * 3_600_000


def begin(db: Database, notice: int, number: int, holder: str, now: int) -> None:
    """Note that an attempt begins. One before it that nobody ended may have arrived or not."""
    db.change(
        "UPDATE attempt SET outcome = ? WHERE notice_id = ? AND outcome = ''",
        (UNKNOWN, notice),
    )
    db.execute(
        "INSERT INTO attempt (notice_id, number, started_at, holder) VALUES (?, ?, ?, ?)",
        (notice, number, now, holder),
    )


def end(
    db: Database,
    notice: int,
    number: int,
    holder: str,
    *,
    ms: int | None,
    outcome: str,
    code: str,
    answer: str,
) -> bool:
    """Note what became of an attempt; False when that is known already, or it is another's."""
    changed = db.change(
        "UPDATE attempt SET ms = ?, outcome = ?, code = ?, answer = ?"
        " WHERE notice_id = ? AND number = ? AND holder = ? AND outcome = ''",
        (ms, outcome, code, answer, notice, number, holder),
    )
    return changed == 1


def of_notice(db: Database, notice: int) -> list[Attempt]:
    """The attempts of a notice, oldest first."""
    rows = db.rows(f"{_SELECT} WHERE notice_id = ? ORDER BY number", (notice,))
    return [Attempt(*row) for row in rows]


def of_notices(db: Database, notices: Sequence[int]) -> dict[int, list[Attempt]]:
    """The attempts of each notice, oldest first."""
    found: dict[int, list[Attempt]] = {notice: [] for notice in notices}
    if notices:
        places = ", ".join("?" * len(notices))
        for row in db.rows(f"{_SELECT} WHERE notice_id IN ({places}) ORDER BY number", list(notices)):
            found[row[1]].append(Attempt(*row))
    return found


def first_at(db: Database, notice: int) -> int | None:
    """When a notice was tried first (ms)."""
    row = db.row("SELECT MIN(started_at) FROM attempt WHERE notice_id = ?", (notice,))
    return row[0] if row else None


def with_code(db: Database, channel: int, code: str, since: int) -> int:
    """How many attempts of a channel had that answer since a time (ms)."""
    row = db.row(
        "SELECT count(*) FROM attempt a JOIN notice n ON n.id = a.notice_id"
        " WHERE n.channel_id = ? AND n.created_at >= ? AND a.started_at >= ? AND a.code = ?",
        (channel, since - LONGEST_LIFE, since, code),
    )
    return int(row[0]) if row else 0
