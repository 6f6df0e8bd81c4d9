"""Addresses that take mails in, known by the hashes of their secrets, and the rules of accounts for mails."""

from dataclasses import dataclass

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class MailAddress:
    """A row of `mail_address`; `server` and `job` are "" where the mail says them. `suspended_at` is its account's.
    Times are ms."""

    id: int
    account_id: int
    name: str
    server: str
    job: str
    hint: str
    created_at: int
    used_at: int | None
    mails: int
    suspended_at: int | None


@dataclass(frozen=True, slots=True)
class MailRule:
    """A row of `mail_rule`: `place` is subject or body."""

    id: int
    account_id: int
    place: str
    pattern: str
    status: str
    operation: str


_ADDRESSES = (
    "SELECT m.id, m.account_id, m.name, m.server, m.job, m.hint, m.created_at, m.used_at, m.mails, a.suspended_at"
    " FROM mail_address m JOIN account a ON a.id = m.account_id"
)
_RULES = "SELECT id, account_id, place, pattern, status, operation FROM mail_rule"


def add_address(
    db: Database, account: int, name: str, server: str, job: str, hash: str, hint: str, now: int
) -> int | None:
    """A new address; its id, None when the account has one of that name."""
    return db.insert(
        "INSERT INTO mail_address (account_id, name, server, job, hash, hint, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (account, name, server, job, hash, hint, now),
    )


def address_by_hash(db: Database, hash: str) -> MailAddress | None:
    row = db.row(f"{_ADDRESSES} WHERE m.hash = ?", (hash,))
    return MailAddress(*row) if row else None


def address_by_name(db: Database, account: int, name: str) -> MailAddress | None:
    row = db.row(f"{_ADDRESSES} WHERE m.account_id = ? AND m.name = ?", (account, name))
    return MailAddress(*row) if row else None


def addresses(db: Database, accounts: tuple[int, ...]) -> list[MailAddress]:
    """All of these accounts, the oldest first."""
    rows = db.rows(f"{_ADDRESSES} WHERE m.account_id IN ({account_filter(accounts)}) ORDER BY m.id")
    return [MailAddress(*row) for row in rows]


def address(db: Database, accounts: tuple[int, ...], number: int) -> MailAddress | None:
    """The address of that number, if it is of one of these accounts."""
    row = db.row(f"{_ADDRESSES} WHERE m.id = ? AND m.account_id IN ({account_filter(accounts)})", (number,))
    return MailAddress(*row) if row else None


def page_of_addresses(
    db: Database, accounts: tuple[int, ...], *, after: int, limit: int
) -> list[MailAddress]:
    """Addresses of these accounts with ids above `after`, by id."""
    rows = db.rows(
        f"{_ADDRESSES} WHERE m.account_id IN ({account_filter(accounts)}) AND m.id > ? ORDER BY m.id LIMIT ?",
        (after, limit),
    )
    return [MailAddress(*row) for row in rows]


def drop_address(db: Database, address: int) -> None:
    db.change("DELETE FROM mail_address WHERE id = ?", (address,))


def count_mail(db: Database, address: int, now: int) -> None:
    """Note that a mail came to an address."""
    db.execute("UPDATE mail_address SET used_at = ?, mails = mails + 1 WHERE id = ?", (now, address))


def add_rule(db: Database, account: int, place: str, pattern: str, status: str, operation: str) -> int | None:
    """A new rule; its id, None when the account has one for the same words."""
    return db.insert(
        "INSERT INTO mail_rule (account_id, place, pattern, status, operation) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (account, place, pattern, status, operation),
    )


def rules(db: Database, accounts: tuple[int, ...]) -> list[MailRule]:
    """All rules of these accounts, the oldest first: in that order they are tried."""
    rows = db.rows(f"{_RULES} WHERE account_id IN ({account_filter(accounts)}) ORDER BY id")
    return [MailRule(*row) for row in rows]


def page_of_rules(db: Database, accounts: tuple[int, ...], *, after: int, limit: int) -> list[MailRule]:
    """Rules of these accounts with ids above `after`, by id."""
    rows = db.rows(
        f"{_RULES} WHERE account_id IN ({account_filter(accounts)}) AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [MailRule(*row) for row in rows]


def rule(db: Database, accounts: tuple[int, ...], number: int) -> MailRule | None:
    row = db.row(f"{_RULES} WHERE id = ? AND account_id IN ({account_filter(accounts)})", (number,))
    return MailRule(*row) if row else None


def drop_rule(db: Database, number: int) -> None:
    db.change("DELETE FROM mail_rule WHERE id = ?", (number,))
