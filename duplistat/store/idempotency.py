"""Answers to writes of our API whose senders may repeat them: each request is carried out once."""

from dataclasses import dataclass

from duplistat.store.database import Database

# What stands for the answer of a request that was carried out, and whose answer is not stored yet.
UNANSWERED = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of `idempotency`. While `status` is UNANSWERED, `body` is what the command gave, as JSON."""

    request: str
    status: int
    body: str


def hold(db: Database, hash: str, request: str, now: int) -> bool:
    """Take a key for a request, in the caller's transaction; False when it is taken."""
    new = db.rows(
        "INSERT INTO idempotency (hash, request, status, body, at) VALUES (?, ?, ?, '', ?)"
        " ON CONFLICT (hash) DO NOTHING RETURNING at",
        (hash, request, UNANSWERED, now),
    )
    return bool(new)


def save(db: Database, hash: str, status: int, body: str) -> None:
    """Store what was answered."""
    db.execute("UPDATE idempotency SET status = ?, body = ? WHERE hash = ?", (status, body, hash))


def get(db: Database, hash: str) -> Stored | None:
    row = db.row("SELECT request, status, body FROM idempotency WHERE hash = ?", (hash,))
    return Stored(*row) if row else None


def prune(db: Database, before: int, limit: int) -> int:
    """Delete answers of before a time (ms); how many."""
    return db.change(
        "DELETE FROM idempotency WHERE hash IN (SELECT hash FROM idempotency WHERE at < ? LIMIT ?)",
        (before, limit),
    )
