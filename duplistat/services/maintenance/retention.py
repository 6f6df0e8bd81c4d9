"""Retention: delete what is older than it is to be kept, a little at a time."""

from collections.abc import Callable
from time import monotonic
from typing import TypedDict

from duplistat.config import Retention
from duplistat.services.context import Tx
from duplistat.services.servers.unmerge import KEPT_MS
from duplistat.services.writes import Writes, command
from duplistat.store import (
    audit,
    background_tasks,
    buckets,
    clients,
    deliveries,
    events,
    failed_sign_ins,
    idempotency,
    merges,
    notices,
    password_resets,
    problems,
    runs,
    sessions,
    transitions,
)
from duplistat.store.totals import DAY_MS

# Rows deleted in one transaction: reports wait for it.
AT_ONCE = 100
_TABLES = {
    "deliveries": deliveries.prune,
    "events": events.prune,
    "transitions": transitions.prune_transitions,
    "buckets": buckets.prune,
    "tokens": clients.prune_tokens,
    "sessions": sessions.prune,
    "recoveries": password_resets.prune,
    "failures": failed_sign_ins.prune,
    "audit": audit.prune,
    "chores": background_tasks.prune,
    "merges": merges.prune,
    "notices": notices.prune,
    "problems": problems.prune,
    "answers": idempotency.prune,
}
# A bucket is full again within minutes, and then as if never used; what has expired is of no use, a sign-in that
# failed counts for minutes, and who repeats a write of our API does so within a day.
_SOON_DAYS = 1
# What came of a background task is shown for a while.
_BACKGROUND_TASK_DAYS = 30


@command
def prune_table(tx: Tx, *, table: str, before: int) -> int:
    """Delete at most AT_ONCE rows of one table that are older than `before` (ms); how many, 0 when none are left."""
    return _TABLES[table](tx.db, before, AT_ONCE)


class PrunedRuns(TypedDict):
    """How many runs were deleted, and (received_at, id) of the last that was looked at; None at the end."""

    deleted: int
    after: tuple[int, int] | None


@command
def prune_runs(tx: Tx, *, before: int, after: tuple[int, int]) -> PrunedRuns:
    """Delete at most AT_ONCE runs that were received before a time (ms), of those behind `after`.

    A job's latest runs stay: those of very many silent jobs are looked at once, and not by each transaction.
    """
    deleted, reached = runs.prune(tx.db, before, AT_ONCE, (after[0], after[1]))
    return {"deleted": deleted, "after": reached}


def prune_all(
    writes: Writes, retention: Retention, now: int, pause: Callable[[float], object] = lambda _: None
) -> dict[str, int]:
    """Delete everything that is past its time; how much of each. Totals stay: they are of all time.

    After each transaction it pauses for as many seconds as that took: reports have the writer meanwhile.
    """
    kept = {
        "deliveries": retention.deliveries_days,
        "events": retention.events_days,
        "transitions": retention.events_days,
        "buckets": _SOON_DAYS,
        "tokens": _SOON_DAYS,
        "sessions": _SOON_DAYS,
        "recoveries": _SOON_DAYS,
        "failures": _SOON_DAYS,
        "audit": retention.audit_days,
        "chores": _BACKGROUND_TASK_DAYS,
        "merges": KEPT_MS // DAY_MS,
        "notices": retention.events_days,
        "problems": retention.events_days,
        "answers": _SOON_DAYS,
    }
    deleted = {"runs": 0} | dict.fromkeys(kept, 0)
    after: tuple[int, int] | None = (0, 0) if retention.runs_days else None
    while after is not None:
        begun = monotonic()
        done = writes.run(prune_runs, before=now - retention.runs_days * DAY_MS, after=after)
        deleted["runs"] += done["deleted"]
        after = done["after"]
        if after is not None:
            pause(monotonic() - begun)
    for table, days in kept.items():
        while days:
            begun = monotonic()
            gone = writes.run(prune_table, table=table, before=now - days * DAY_MS)
            deleted[table] += gone
            if not gone:
                break
            pause(monotonic() - begun)
    return deleted
