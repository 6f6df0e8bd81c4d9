"""Badges: what each is of, its code encrypted to be shown again, and the hash that it is found by."""

from dataclasses import dataclass

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

JOB, SERVER, TAG, ACCOUNT = "job", "server", "tag", "account"


@dataclass(frozen=True, slots=True)
class Badge:
    """A row of `badge`; `code` is encrypted. `label` is what it is of, `suspended_at` its account's."""

    id: int
    account_id: int
    kind: str
    job_id: int | None
    server_id: int | None
    tag: str
    code: str
    hash: str
    made_at: int
    label: str
    suspended_at: int | None


_SELECT = (
    "SELECT b.id, b.account_id, b.kind, b.job_id, b.server_id, b.tag, b.code, b.hash, b.made_at,"
    " CASE b.kind WHEN 'job' THEN COALESCE(j.alias, j.name) WHEN 'server' THEN COALESCE(s.alias, s.name)"
    " WHEN 'tag' THEN b.tag ELSE a.name END, a.suspended_at"
    " FROM badge b JOIN account a ON a.id = b.account_id"
    " LEFT JOIN job j ON j.id = b.job_id LEFT JOIN server s ON s.id = b.server_id"
)


def add(
    db: Database,
    account: int,
    kind: str,
    *,
    job: int | None,
    server: int | None,
    tag: str,
    code: str,
    hash: str,
    now: int,
) -> int | None:
    """A new badge; its id, None when there is one of that already."""
    return db.insert(
        "INSERT INTO badge (account_id, kind, job_id, server_id, tag, code, hash, made_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (account, kind, job, server, tag, code, hash, now),
    )


def by_hash(db: Database, hash: str) -> Badge | None:
    row = db.row(f"{_SELECT} WHERE b.hash = ?", (hash,))
    return Badge(*row) if row else None


def by_id(db: Database, accounts: tuple[int, ...], badge: int) -> Badge | None:
    row = db.row(f"{_SELECT} WHERE b.id = ? AND b.account_id IN ({account_filter(accounts)})", (badge,))
    return Badge(*row) if row else None


def of_accounts(db: Database, accounts: tuple[int, ...]) -> list[Badge]:
    """All of these accounts, the oldest first."""
    rows = db.rows(
        f"{_SELECT} WHERE b.account_id IN ({account_filter(accounts)}) ORDER BY b.account_id, b.id"
    )
    return [Badge(*row) for row in rows]


def of_job(db: Database, job: int) -> Badge | None:
    row = db.row(f"{_SELECT} WHERE b.job_id = ?", (job,))
    return Badge(*row) if row else None


def drop(db: Database, badge: int) -> None:
    db.change("DELETE FROM badge WHERE id = ?", (badge,))
