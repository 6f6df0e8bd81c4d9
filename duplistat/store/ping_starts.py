"""What began by a ping and has not ended, and how often jobs are pinged."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from duplistat.store.database import Database

# Older ones are of runs whose end will not come; more of one job than this are of a client that never ends any.
FORGOTTEN_MS = 72 * 3_600_000
MOST = 50
# Deliveries that are noted of one run: there are as many as its client sends.
MOST_LOGS = 50


@dataclass(frozen=True, slots=True)
class Start:
    """`at` is in ms; `logs` are the deliveries that told of the run so far."""

    rid: str
    at: int
    logs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many pings a job had, when the latest came (ms), and whether Uptime Kuma's `ping` is how long it took."""

    pings: int = 0
    last_at: int | None = None
    timed: bool = True


def of_job(db: Database, job: int, now: int) -> list[Start]:
    """Those of a job, the newest first."""
    rows = db.rows(
        "SELECT rid, at, logs FROM ping_start WHERE job_id = ? AND at > ? ORDER BY at DESC, rid LIMIT ?",
        (job, now - FORGOTTEN_MS, MOST),
    )
    return [Start(rid, at, tuple(json.loads(logs))) for rid, at, logs in rows]


def put(db: Database, job: int, start: Start) -> None:
    """Note a start in place of the one with its rid; forget those of long ago."""
    db.execute("DELETE FROM ping_start WHERE job_id = ? AND at <= ?", (job, start.at - FORGOTTEN_MS))
    db.execute(
        "DELETE FROM ping_start WHERE job_id = ? AND rid NOT IN"
        " (SELECT rid FROM ping_start WHERE job_id = ? ORDER BY at DESC LIMIT ?)",
        (job, job, MOST - 1),
    )
    db.execute(
        "INSERT INTO ping_start (job_id, rid, at, logs) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (job_id, rid) DO UPDATE SET at = excluded.at, logs = excluded.logs",
        (job, start.rid, start.at, json.dumps(start.logs)),
    )


def note_log(db: Database, job: int, start: Start, delivery: int) -> None:
    """Note a delivery that tells of a run that is under way."""
    db.execute(
        "UPDATE ping_start SET logs = ? WHERE job_id = ? AND rid = ?",
        (json.dumps([*start.logs, delivery][-MOST_LOGS:]), job, start.rid),
    )


def drop(db: Database, job: int, rids: Collection[str]) -> None:
    if rids:
        marks = ", ".join("?" * len(rids))
        db.execute(f"DELETE FROM ping_start WHERE job_id = ? AND rid IN ({marks})", (job, *rids))


def count(db: Database, job: int, at: int) -> None:
    """Count a ping."""
    db.execute(
        "INSERT INTO ping_count (job_id, pings, last_at) VALUES (?, 1, ?)"
        " ON CONFLICT (job_id) DO UPDATE SET pings = ping_count.pings + 1, last_at = excluded.last_at",
        (job, at),
    )


def set_timed(db: Database, job: int, timed: bool) -> None:
    db.execute(
        "INSERT INTO ping_count (job_id, timed) VALUES (?, ?)"
        " ON CONFLICT (job_id) DO UPDATE SET timed = excluded.timed",
        (job, int(timed)),
    )


def of_page(db: Database, job: int) -> tuple[str, Count]:
    """What a job is called behind a ping key, and how it is pinged. One statement."""
    row = db.row(
        "SELECT (SELECT min(slug) FROM ping_slug WHERE job_id = ?), c.pings, c.last_at, c.timed"
        " FROM (SELECT 1) AS one LEFT JOIN ping_count c ON c.job_id = ?",
        (job, job),
    )
    slug, pings, last_at, timed = row or (None, None, None, None)
    return slug or "", Count(pings or 0, last_at, timed is None or bool(timed))


def counts(db: Database, jobs: Collection[int]) -> dict[int, Count]:
    """{job: how it is pinged} of those jobs of which something is known."""
    if not jobs:
        return {}
    marks = ", ".join("?" * len(jobs))
    rows = db.rows(f"SELECT job_id, pings, last_at, timed FROM ping_count WHERE job_id IN ({marks})", [*jobs])
    return {row[0]: Count(row[1], row[2], bool(row[3])) for row in rows}
