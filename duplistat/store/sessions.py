"""Sign-ins, known by the hash of their cookie."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Session:
    """A row of `session`, and whose it is; `suspended_at` is the account's. Times are ms.

    `fitted`: the users whose password the sign-in fitted as well, a JSON array of ids.
    """

    hash: str
    user_id: int
    used_at: int
    expires_at: int
    remember: int
    account_id: int
    email: str
    name: str
    role: str
    suspended_at: int | None
    created_at: int
    fitted: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as people see it: with whose it is and where it came from. Times are ms."""

    hash: str
    user_id: int
    email: str
    name: str
    account_id: int
    created_at: int
    used_at: int
    remember: int
    address: str
    agent: str

    @property
    def reference(self) -> str:
        """Tells the sessions of one user apart; nobody can sign in with it, nor with the hash."""
        return self.hash[:16]


class SignedIn(NamedTuple):
    """How many sessions a user has, and when (ms) one of them was used last."""

    sessions: int
    used_at: int


_SHOWN = (
    "SELECT s.hash, s.user_id, u.email, u.name, u.account_id, s.created_at, s.used_at, s.remember, s.address,"
    " s.agent FROM session s JOIN account_user u ON u.id = s.user_id WHERE s.expires_at > ?"
)


def add(
    db: Database,
    *,
    hash: str,
    user: int,
    now: int,
    expires_at: int,
    remember: bool,
    address: str,
    agent: str,
    fitted: str = "[]",
) -> None:
    db.execute(
        "INSERT INTO session (hash, user_id, created_at, used_at, expires_at, remember, address, agent, fitted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (hash, user, now, now, expires_at, int(remember), address, agent, fitted),
    )


def by_hash(db: Database, hash: str) -> Session | None:
    """The session with this hash; it may have expired."""
    row = db.row(
        "SELECT s.hash, s.user_id, s.used_at, s.expires_at, s.remember, u.account_id, u.email, u.name, u.role,"
        " a.suspended_at, s.created_at, s.fitted FROM session s JOIN account_user u ON u.id = s.user_id"
        " JOIN account a ON a.id = u.account_id WHERE s.hash = ?",
        (hash,),
    )
    return Session(*row) if row else None


def of_user(db: Database, user: int, now: int, limit: int) -> list[Shown]:
    """The sessions of a user that have not ended, the one that was used latest first."""
    rows = db.rows(f"{_SHOWN} AND s.user_id = ? ORDER BY s.used_at DESC LIMIT ?", (now, user, limit))
    return [Shown(*row) for row in rows]


def of_accounts(
    db: Database, accounts: tuple[int, ...], now: int, *, but_user: int, limit: int
) -> list[Shown]:
    """The same of all users of some accounts but one."""
    rows = db.rows(
        f"{_SHOWN} AND u.account_id IN ({account_filter(accounts)}) AND u.id <> ? ORDER BY s.used_at DESC LIMIT ?",
        (now, but_user, limit),
    )
    return [Shown(*row) for row in rows]


def referred(db: Database, user: int, reference: str, now: int) -> Shown | None:
    """The session of a user with this reference."""
    row = db.row(f"{_SHOWN} AND s.user_id = ? AND substr(s.hash, 1, 16) = ?", (now, user, reference))
    return Shown(*row) if row else None


def counted(db: Database, users: Collection[int], now: int) -> dict[int, SignedIn]:
    """{user: how often they are signed in} of those users that are."""
    if not users:
        return {}
    rows = db.rows(
        "SELECT user_id, count(*), max(used_at) FROM session WHERE expires_at > ?"
        f" AND user_id IN ({account_filter(tuple(users))}) GROUP BY user_id",
        (now,),
    )
    return {row[0]: SignedIn(row[1], row[2]) for row in rows}


def touch(db: Database, hash: str, now: int, expires_at: int) -> None:
    """Note a use. Several requests of one session do not come in the order of their times."""
    db.change(
        "UPDATE session SET used_at = ?, expires_at = ? WHERE hash = ? AND used_at < ?",
        (now, expires_at, hash, now),
    )


def drop(db: Database, hash: str) -> None:
    db.change("DELETE FROM session WHERE hash = ?", (hash,))


def drop_of_user(db: Database, user: int, but: str = "") -> int:
    """End all sessions of a user but the one with that hash; how many."""
    return db.change("DELETE FROM session WHERE user_id = ? AND hash <> ?", (user, but))


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
