"""How all jobs of some accounts are, in two statements: cheap enough to be asked again and again."""

from dataclasses import dataclass
from typing import NamedTuple

from duplistat.core.health import Facts, Live
from duplistat.core.status import Status
from duplistat.store.accounts import among
from duplistat.store.database import Database
from duplistat.store.deliveries import waiting
from duplistat.store.jobs import resting


class Alike(NamedTuple):
    """Jobs that share the facts of their health: how many, and what changes when anything happens to one of them."""

    facts: Facts
    jobs: int
    snoozed: bool
    stamp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """What else the overview shows, or what a person changes: the newest report (ms, None before the first), how many
    requests could not be read, how many servers there are, and the newest entry of the audit log."""

    received_at: int | None
    unread: int
    servers: int
    audited: int


def alike(db: Database, accounts: tuple[int, ...], now: int) -> list[Alike]:
    """All jobs but those in the archive, by their facts at `now` (ms)."""
    rest, inside = resting(now), among(accounts)
    rows = db.rows(
        "SELECT rests, due, live_state, last_status, last_partial, late, snoozed, count(*), MAX(last_run),"
        " MAX(last_received), MAX(live_at), MAX(health_at) FROM"
        f" (SELECT {rest.text} AS rests, CASE WHEN due_at <= ? THEN 1 ELSE 0 END AS due, live_state, last_status,"
        " last_partial, CASE WHEN missed > 0 THEN 1 ELSE 0 END AS late, last_run, last_received, live_at, health_at,"
        " CASE WHEN snoozed_until > ? THEN 1 ELSE 0 END AS snoozed"
        f" FROM job WHERE account_id IN ({inside}) AND archived_at IS NULL AND server_id NOT IN"
        f" (SELECT id FROM server WHERE account_id IN ({inside}) AND archived_at IS NOT NULL)) AS j"
        " GROUP BY rests, due, live_state, last_status, last_partial, late, snoozed",
        (*rest.parameters, now, now),
    )
    return [
        Alike(
            Facts(
                paused=bool(rests),
                missed=late,
                due_at=now if due else None,
                live=Live(live),
                last_status=Status(status) if status else None,
                last_partial=bool(partial),
            ),
            jobs,
            bool(snoozed),
            tuple(int(value or 0) for value in stamp),
        )
        for rests, due, live, status, partial, late, snoozed, jobs, *stamp in rows
    ]


def marks(db: Database, accounts: tuple[int, ...]) -> Marks:
    inside = among(accounts)
    row = db.row(
        f"SELECT (SELECT MAX(received_at) FROM total WHERE account_id IN ({inside})),"
        f" (SELECT count(*) FROM {waiting(db)} WHERE outcome = 'unrecognised' AND account_id IN ({inside})),"
        f" (SELECT count(*) FROM server WHERE account_id IN ({inside}) AND archived_at IS NULL),"
        f" (SELECT MAX(id) FROM audit WHERE account_id IN ({inside}))"
    )
    assert row is not None  # noqa: S101  # a SELECT without FROM gives one row
    return Marks(row[0] or None, row[1], row[2], row[3] or 0)
