"""What the runs of a service's servers come to: the latest of them, few columns, however many there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.jobs import SELECT, Job


@dataclass(frozen=True, slots=True)
class Brief:
    """A run in short. Times in ms."""

    id: int
    job_id: int
    order_at: int
    status: str
    warnings: int | None
    errors: int | None


_BRIEF = "id, job_id, order_at, status, warnings, errors"


def jobs_of(db: Database, servers: Collection[int]) -> list[Job]:
    """The jobs of some servers, in the order in which they were made."""
    if not servers:
        return []
    rows = db.rows(f"{SELECT} WHERE server_id IN ({account_filter(tuple(servers))}) ORDER BY id")
    return [Job(*row) for row in rows]


def was_reported(db: Database, server: int) -> bool:
    """Whether a run of a server is known from anywhere but its agent's log."""
    row = db.row(
        "SELECT 1 FROM job j JOIN run r ON r.job_id = j.id WHERE j.server_id = ? AND r.collected = 0 LIMIT 1",
        (server,),
    )
    return row is not None


def latest(db: Database, servers: Collection[int], limit: int) -> list[Brief]:
    """The latest runs of each job of some servers, newest first; at most `limit` of each."""
    if not servers:
        return []
    first = db.first_of_each("job", "run", "job_id = o.id ORDER BY order_at DESC, id DESC LIMIT ?")
    rows = db.rows(
        f"SELECT {', '.join('t.' + name for name in _BRIEF.split(', '))} {first}"
        f" WHERE o.server_id IN ({account_filter(tuple(servers))}) ORDER BY t.order_at DESC, t.id DESC",
        (limit,),
    )
    return [Brief(*row) for row in rows]


def briefs(db: Database, runs: Sequence[int]) -> dict[int, Brief]:
    if not runs:
        return {}
    rows = db.rows(f"SELECT {_BRIEF} FROM run WHERE id IN ({', '.join('?' * len(runs))})", runs)
    return {row[0]: Brief(*row) for row in rows}
