"""Sign-ins, known by the hash of their cookie."""

from dataclasses import dataclass

from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Session:
    """A row of `session`, and whose it is; `frozen_at` is the account's. Times are ms."""

    hash: str
    user_id: int
    used_at: int
    expires_at: int
    remember: int
    account_id: int
    email: str
    name: str
    role: str
    frozen_at: int | None


def add(
    db: Database, *, hash: str, user: int, now: int, expires_at: int, remember: bool, address: str, agent: str
) -> None:
    db.execute(
        "INSERT INTO session (hash, user_id, created_at, used_at, expires_at, remember, address, agent)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (hash, user, now, now, expires_at, int(remember), address, agent),
    )


def by_hash(db: Database, hash: str) -> Session | None:
    """The session with this hash; it may have expired."""
    row = db.row(
        "SELECT s.hash, s.user_id, s.used_at, s.expires_at, s.remember, u.account_id, u.email, u.name, u.role,"
        " a.frozen_at FROM session s JOIN account_user u ON u.id = s.user_id"
        " JOIN account a ON a.id = u.account_id WHERE s.hash = ?",
        (hash,),
    )
    return Session(*row) if row else None


def touch(db: Database, hash: str, now: int, expires_at: int) -> None:
    """Note a use. Several requests of one session do not come in the order of their times."""
    db.change(
        "UPDATE session SET used_at = ?, expires_at = ? WHERE hash = ? AND used_at < ?",
        (now, expires_at, hash, now),
    )


def drop(db: Database, hash: str) -> None:
    db.change("DELETE FROM session WHERE hash = ?", (hash,))


def drop_of_user(db: Database, user: int, but: str = "") -> None:
    """End all sessions of a user but the one with that hash."""
    db.change("DELETE FROM session WHERE user_id = ? AND hash <> ?", (user, but))


def drop_oldest(db: Database, user: int, keep: int) -> None:
    """End all sessions of a user but the `keep` that were used last."""
    db.change(
        "DELETE FROM session WHERE user_id = ? AND hash NOT IN"
        " (SELECT hash FROM session WHERE user_id = ? ORDER BY used_at DESC, created_at DESC LIMIT ?)",
        (user, user, keep),
    )


def prune(db: Database, before: int, limit: int) -> int:
    """Delete sessions that expired before a time; how many."""
    return db.change(
        "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE expires_at < ? LIMIT ?)",
        (before, limit),
    )
