"""When people looked at the overview of an account, and how jobs were when they had."""

from collections.abc import Sequence
from dataclasses import dataclass

from duplistat.store.database import Database

# Parameters of one statement.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Look:
    """`last_at`: when somebody looked, about; `since_at`: when the visit before this one ended, None before the second
    one. In ms."""

    last_at: int
    since_at: int | None


def of(db: Database, user: int, account: int) -> Look | None:
    row = db.row(
        "SELECT last_at, since_at FROM overview_look WHERE user_id = ? AND account_id = ?", (user, account)
    )
    return Look(*row) if row else None


def note(db: Database, user: int, account: int, look: Look) -> None:
    """Keep a look, unless a later one is known."""
    db.execute(
        "INSERT INTO overview_look (user_id, account_id, last_at, since_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (user_id, account_id) DO UPDATE SET last_at = excluded.last_at, since_at = excluded.since_at"
        " WHERE overview_look.last_at < excluded.last_at",
        (user, account, look.last_at, look.since_at),
    )


def health_then(db: Database, jobs: Sequence[int], since: int) -> dict[int, str]:
    """{job: its health at a time (ms)} of those of some jobs whose health changed since.

    It reads the first change of each, by an index, however many there were.
    """
    found: dict[int, str] = {}
    for start in range(0, len(jobs), _AT_ONCE):
        some = jobs[start : start + _AT_ONCE]
        first = db.first_of_each(
            "job", "transition", "job_id = o.id AND at > ? AND before <> after ORDER BY at, id LIMIT 1"
        )
        rows = db.rows(
            f"SELECT o.id, t.before {first} WHERE o.id IN ({', '.join('?' * len(some))})", (since, *some)
        )
        found.update((job, before) for job, before in rows)
    return found
