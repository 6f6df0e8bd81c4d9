"""Ping URLs of jobs: by what they are found, and what is encrypted of them to be shown again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class PingUrl:
    """A row of `ping_url`: `uuid` and `token` are encrypted. It is valid until `until` (ms), None for ever."""

    id: int
    account_id: int
    job_id: int
    uuid: str
    uuid_hash: str
    unique_key: str
    token: str
    token_hash: str
    made_at: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Target:
    """The job that a ping is for: with its server, and when its account was suspended."""

    job_id: int
    account_id: int
    server_id: int
    job_name: str
    server_name: str
    server_alias: str | None
    suspended_at: int | None


_COLUMNS = "id, account_id, job_id, uuid, uuid_hash, unique_key, token, token_hash, made_at, until"
_TARGET = "SELECT j.id, j.account_id, j.server_id, j.name, s.name, s.alias, a.suspended_at"
_JOINED = "JOIN server s ON s.id = j.server_id JOIN account a ON a.id = j.account_id"
_THERE = "j.deleting_at IS NULL AND j.joining_at IS NULL"
HASHES = ("uuid_hash", "token_hash")


def add(
    db: Database,
    *,
    account: int,
    job: int,
    uuid: str,
    uuid_hash: str,
    unique_key: str,
    token: str,
    token_hash: str,
    now: int,
) -> int | None:
    """A new URL of a job; its id, None when its UUID or its token is known already."""
    return db.insert(
        "INSERT INTO ping_url (account_id, job_id, uuid, uuid_hash, unique_key, token, token_hash, made_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (account, job, uuid, uuid_hash, unique_key, token, token_hash, now),
    )


def of_job(db: Database, job: int) -> list[PingUrl]:
    """The URLs of a job, the one that is shown first, then those before it."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM ping_url WHERE job_id = ?"
        " ORDER BY CASE WHEN until IS NULL THEN 0 ELSE 1 END, made_at DESC, id DESC",
        (job,),
    )
    return [PingUrl(*row) for row in rows]


def shown(db: Database, accounts: tuple[int, ...]) -> dict[int, PingUrl]:
    """{job: the URL that is shown of it} of all jobs of these accounts that have one."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM ping_url WHERE account_id IN ({account_filter(accounts)}) AND until IS NULL"
        " ORDER BY made_at, id"
    )
    return {row[2]: PingUrl(*row) for row in rows}


def any_of(db: Database, uuid_hash: str, token_hash: str) -> list[PingUrl]:
    """Those that have this UUID, or this token, by their hashes."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM ping_url WHERE uuid_hash = ?"
        f" UNION SELECT {_COLUMNS} FROM ping_url WHERE token_hash = ?",
        (uuid_hash, token_hash),
    )
    return [PingUrl(*row) for row in rows]


def target(db: Database, column: str, hash: str, now: int) -> Target | None:
    """The job whose URL has this hash in one of HASHES, and is valid at `now` (ms)."""
    if column not in HASHES:
        raise ValueError("ping URLs are not found by this column")
    row = db.row(
        f"{_TARGET} FROM ping_url u JOIN job j ON j.id = u.job_id {_JOINED}"
        f" WHERE u.{column} = ? AND (u.until IS NULL OR u.until > ?) AND {_THERE}",
        (hash, now),
    )
    return Target(*row) if row else None


def targets_of_slug(db: Database, account: int, slug: str) -> list[Target]:
    """The jobs of an account that are called so behind its ping keys."""
    rows = db.rows(
        f"{_TARGET} FROM ping_slug p JOIN job j ON j.id = p.job_id {_JOINED}"
        f" WHERE p.account_id = ? AND p.slug = ? AND {_THERE} ORDER BY j.id",
        (account, slug),
    )
    return [Target(*row) for row in rows]


def target_named(db: Database, account: int, server: str, job: str) -> Target | None:
    """The job of this name on the server of this name, or alias; of several, the first."""
    row = db.row(
        f"{_TARGET} FROM job j {_JOINED} WHERE j.account_id = ? AND j.name = ? AND (s.name = ? OR s.alias = ?)"
        f" AND {_THERE} ORDER BY j.id LIMIT 1",
        (account, job, server, server),
    )
    return Target(*row) if row else None


def targets_of_account(db: Database, account: int) -> list[tuple[Target, str | None]]:
    """(job, its alias) of all jobs of an account."""
    rows = db.rows(
        f"{_TARGET}, j.alias FROM job j {_JOINED} WHERE j.account_id = ? AND {_THERE} ORDER BY j.id",
        (account,),
    )
    return [(Target(*row[:-1]), row[-1]) for row in rows]


def job_of_unique_key(db: Database, accounts: tuple[int, ...], key: str) -> int | None:
    row = db.row(
        f"SELECT job_id FROM ping_url WHERE unique_key = ? AND account_id IN ({account_filter(accounts)})"
        " ORDER BY id DESC LIMIT 1",
        (key,),
    )
    return row[0] if row else None


def end_all(db: Database, job: int, until: int) -> None:
    """Let the URLs of a job that do not expire yet expire then (ms)."""
    db.change("UPDATE ping_url SET until = ? WHERE job_id = ? AND until IS NULL", (until, job))


def drop_ended(db: Database, job: int, now: int) -> int:
    """Delete those of a job that are not good any more; how many."""
    return db.change("DELETE FROM ping_url WHERE job_id = ? AND until IS NOT NULL AND until <= ?", (job, now))


def drop_all(db: Database, job: int) -> int:
    """Delete all URLs of a job; how many."""
    return db.change("DELETE FROM ping_url WHERE job_id = ?", (job,))


def hand_over(db: Database, gone: int, kept: int) -> dict[str, list[Any]]:
    """Let a job be pinged as another one was, too: `urls` and `slugs` that it has for that."""
    urls = [row[0] for row in db.rows("SELECT id FROM ping_url WHERE job_id = ?", (gone,))]
    slugs = [
        row[0]
        for row in db.rows(
            "SELECT slug FROM ping_slug WHERE job_id = ?"
            " AND slug NOT IN (SELECT slug FROM ping_slug WHERE job_id = ?)",
            (gone, kept),
        )
    ]
    move(db, urls, slugs, gone, kept)
    return {"urls": urls, "slugs": slugs}


def move(db: Database, urls: Sequence[int], slugs: Sequence[str], off: int, to: int) -> None:
    """Give URLs and slugs of a job to another one."""
    for url in urls:
        db.change("UPDATE ping_url SET job_id = ? WHERE id = ? AND job_id = ?", (to, url, off))
    for slug in slugs:
        db.change("DELETE FROM ping_slug WHERE job_id = ? AND slug = ?", (off, slug))
        db.execute(
            "INSERT INTO ping_slug (job_id, account_id, slug) SELECT id, account_id, ? FROM job WHERE id = ?"
            " ON CONFLICT DO NOTHING",
            (slug, to),
        )


def add_slug(db: Database, account: int, job: int, slug: str) -> None:
    db.execute(
        "INSERT INTO ping_slug (job_id, account_id, slug) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (job, account, slug),
    )


def slugs(db: Database, jobs: Collection[int]) -> dict[int, str]:
    """{job: what it is called behind a ping key} of those jobs that have such a name."""
    if not jobs:
        return {}
    marks = ", ".join("?" * len(jobs))
    rows = db.rows(
        f"SELECT job_id, slug FROM ping_slug WHERE job_id IN ({marks}) ORDER BY slug DESC", list(jobs)
    )
    return dict(rows)
