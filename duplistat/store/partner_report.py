"""What the partner report says of each active job, in one pass over the jobs and never over history."""

from collections.abc import Iterator
from typing import NamedTuple

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database
from duplistat.store.jobs import resting, stands


class Row(NamedTuple):
    """An active job with its latest runs; None where there is none, or it did not say. Times in ms.

    `steps` is the `details` of its latest backup run, where that holds a delete.
    """

    account: int
    username: str
    server: int
    computer: str
    job: int
    name: str
    tags: str
    missed: int
    due_at: int | None
    live_state: str
    live_at: int | None
    live_started: int | None
    status: str | None
    partial: int
    order_at: int | None
    started_at: int | None
    ended_at: int | None
    offset_minutes: int | None
    errors: int | None
    warnings: int | None
    files: int | None
    uploaded: int | None
    steps: str | None
    restore_run: int | None
    restored: int | None
    restore_status: str | None
    delete_at: int | None
    delete_status: str | None
    delete_details: str | None
    verify_failed: int
    restore_failed: int


def rows(db: Database, accounts: tuple[int, ...], now: int) -> Iterator[Row]:
    """Every job of which something is expected at `now` (ms), in no order. One statement."""
    rest = resting(now, "j")
    cursor = db.execute(
        "SELECT j.account_id, a.name, s.id, COALESCE(NULLIF(s.alias, ''), s.name), j.id, j.name, j.tags,"
        " j.missed, j.due_at, j.live_state, j.live_at, j.live_started, j.last_status, j.last_partial,"
        " r.order_at, r.started_at, r.ended_at, r.offset_minutes, r.errors, r.warnings, r.files, r.uploaded,"
        """ CASE WHEN r.details LIKE '%"operation":"delete"%' THEN r.details END,"""
        " j.restore_run, t.files, t.status, d.order_at, d.status, d.details,"
        f" {stands('j.verify')}, {stands('j.restored')}"
        " FROM job j JOIN server s ON s.id = j.server_id JOIN account a ON a.id = j.account_id"
        " LEFT JOIN run r ON r.id = j.last_run LEFT JOIN run t ON t.id = j.restore_run"
        " LEFT JOIN run d ON d.id = j.delete_run"
        f" WHERE {rest.text} = 0 AND j.account_id IN ({account_filter(accounts)})",
        rest.parameters,
    )
    for row in cursor:
        yield Row(*row)
