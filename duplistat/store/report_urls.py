"""Secrets of report URLs: one of each service, encrypted to be shown again, and matched by its hash."""

from dataclasses import dataclass

from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class ReportUrl:
    """`secret` is encrypted. The secret before it, `old_hash`, is valid until `old_until` (ms)."""

    service_id: int
    secret: str
    hash: str
    old_hash: str | None
    old_until: int | None
    made_at: int


_COLUMNS = "service_id, secret, hash, old_hash, old_until, made_at"


def of_service(db: Database, service: int) -> ReportUrl | None:
    row = db.row(f"SELECT {_COLUMNS} FROM report_url WHERE service_id = ?", (service,))
    return ReportUrl(*row) if row else None


def by_hash(db: Database, hash: str) -> ReportUrl | None:
    """The one whose secret has this hash, or had it before. One statement, whether or not there is one."""
    row = db.row(
        f"SELECT {_COLUMNS} FROM report_url WHERE hash = ? UNION ALL"
        f" SELECT {_COLUMNS} FROM report_url WHERE old_hash = ? AND old_hash IS NOT NULL LIMIT 1",
        (hash, hash),
    )
    return ReportUrl(*row) if row else None


def add(db: Database, service: int, secret: str, hash: str, now: int) -> bool:
    """Give a service its first secret; False when it has one."""
    return bool(
        db.change(
            "INSERT INTO report_url (service_id, secret, hash, made_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (service_id) DO NOTHING",
            (service, secret, hash, now),
        )
    )


def rotate(db: Database, service: int, secret: str, hash: str, now: int, *, old_until: int) -> None:
    """Another secret; the one that it had expires then (ms)."""
    db.change(
        "UPDATE report_url SET old_hash = hash, old_until = ?, secret = ?, hash = ?, made_at = ?"
        " WHERE service_id = ?",
        (old_until, secret, hash, now, service),
    )
