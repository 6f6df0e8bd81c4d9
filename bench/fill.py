"""A database with any number of runs, in which everything is as if each had been recorded.

A few runs of each job are recorded for real. Their rows are cloned with SQL, shifted into the past by whole
periods, oldest first; then all that sums runs up (totals, days, what is learned) is worked out from
the clones with the functions that recording uses. Bodies are kept as long as the default retention would.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.bodies import EVERY, JOBS, bodies
from duplistat.config import load
from duplistat.core import days
from duplistat.core.status import Status
from duplistat.services.bootstrap import prepare
from duplistat.services.commands import Direct, operations, schedule_defaults
from duplistat.services.jobs.state import day_of, note_to_learn, update_expectation
from duplistat.services.monitoring.learning import learn_noted
from duplistat.services.reports import intake
from duplistat.services.reports.accept import recording_of
from duplistat.services.writes import WriteCommand
from duplistat.store import jobs, runs, writer
from duplistat.store.database import Database

REAL_EACH = 4
EVERY_MS = int(EVERY.total_seconds() * 1000)
DAY_MS = 86_400_000
# [retention] deliveries_days
BODIES_KEPT_MS = 90 * DAY_MS
_BATCH = 500


def fill(
    data: Path, wanted: int, until: datetime, *, job_count: int = JOBS, most_each: int = REAL_EACH
) -> str:
    """A data folder with `wanted` runs over so many jobs, of which the latest began at `until`; how it was filled.

    Up to `most_each` of a job are recorded for real, the others are clones.
    """
    each = min(most_each, wanted // job_count)
    real = each * job_count
    config = load(data=data)
    data.mkdir(parents=True, exist_ok=True)
    db = Database(config.database_url)
    prepare(db, int(until.timestamp() * 1000) - wanted // job_count * EVERY_MS)
    db.execute("PRAGMA synchronous=off")
    doing = operations(config)
    batch: list[writer.Request] = []
    for recording in _recordings(real, until - (each - 1) * EVERY, job_count):
        batch.append((recording.name, recording.arguments))
        if len(batch) == _BATCH:
            _apply(db, doing, batch)
    _apply(db, doing, batch)
    db.close()
    if wanted > real:
        _clone(data / "duplistat.db", real, each, wanted // real)
        db = Database(config.database_url)
        _settle(db, int(datetime.now(UTC).timestamp() * 1000))
        db.close()
    how = f"{real:,} runs recorded for real" + (
        f", each cloned {wanted // real - 1} times" if wanted > real else ""
    )
    size = (data / "duplistat.db").stat().st_size / 1e6
    return f"{wanted:,} runs: {how}; {size:,.0f} MB on disk"


def _recordings(count: int, first: datetime, job_count: int) -> Iterator[WriteCommand[object]]:
    for body in bodies(count, first, seed=1, jobs=job_count):
        parsed = intake.read(body, endpoint="/api/upload", address="127.0.0.1", max_log_lines=1000)
        ended = getattr(parsed, "ended", None) or first
        incoming = intake.Incoming(
            1, int(ended.timestamp() * 1000) + 700, "/api/upload", body, "127.0.0.1", "", "application/json"
        )
        yield recording_of(incoming, parsed)


def _apply(db: Database, doing: Mapping[str, writer.Operation], batch: list[writer.Request]) -> None:
    for result in writer.apply(db, doing, batch):
        if isinstance(result, Exception):
            raise result
    batch.clear()


def _clone(path: Path, real: int, each: int, copies: int) -> None:
    """Put `copies` - 1 older generations below the real runs, with ids in the order of time."""
    source = path.with_suffix(".real")
    period = each * EVERY_MS
    offset = (copies - 1) * real
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("VACUUM INTO ?", (str(source),))
        db.execute("PRAGMA synchronous=off")
        db.execute("PRAGMA cache_size=-400000")
        db.execute("ATTACH ? AS real", (str(source),))
        columns = [row[1] for row in db.execute("PRAGMA table_info(delivery)")]
        (bodies_each,) = db.execute("SELECT max(id) FROM real.delivery").fetchone()
        db.execute("BEGIN")
        for table in ("run_log", "delivery", "run"):
            db.execute(f"DELETE FROM {table}")
        for generation in range(copies - 1, -1, -1):
            back, ids = generation * period, (copies - 1 - generation) * real
            moved = {
                "id": f"id + {ids}",
                "key": f"'t' || (started_ticks - {back * 10_000})",
                "started_ticks": f"started_ticks - {back * 10_000}",
                **{
                    name: f"{name} - {back}" for name in ("order_at", "started_at", "ended_at", "received_at")
                },
            }
            selected = ", ".join(moved.get(name, name) for name in runs.COLUMNS)
            db.execute(
                f"INSERT INTO run ({', '.join(runs.COLUMNS)}) SELECT {selected} FROM real.run ORDER BY id"
            )
            db.execute(f"INSERT INTO run_log (run_id, lines) SELECT run_id + {ids}, lines FROM real.run_log")
            if back < BODIES_KEPT_MS:
                moved = {
                    "id": f"id + {(copies - 1 - generation) * bodies_each}",
                    "received_at": f"received_at - {back}",
                    "run": f"run + {ids}",
                }
                selected = ", ".join(moved.get(name, name) for name in columns)
                db.execute(
                    f"INSERT INTO delivery ({', '.join(columns)}) SELECT {selected} FROM real.delivery ORDER BY id"
                )
        db.execute(
            "UPDATE job SET last_run = last_run + ?1, last_success_run = last_success_run + ?1,"
            " created_at = created_at - ?2",
            (offset, (copies - 1) * period),
        )
        db.execute("UPDATE server SET created_at = created_at - ?", ((copies - 1) * period,))
        db.execute("UPDATE transition SET run = run + ?", (offset,))
        _sum_up(db, copies)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("DETACH real")
    source.unlink()


def _sum_up(db: sqlite3.Connection, copies: int) -> None:
    """What counts all runs: each generation is like the others."""
    (uploaded,) = db.execute("SELECT uploaded FROM total").fetchone()
    counts = ", ".join(f"{name} = {name} * {copies}" for name in ("success", "warning", "failed", "other"))
    db.execute(f"UPDATE total SET {counts}, uploaded = ?", (str(int(uploaded) * copies),))
    db.execute("UPDATE received SET count = count * ?", (copies,))
    db.execute("DELETE FROM account_day")
    db.execute(
        "INSERT INTO account_day (account_id, day, shard, success, warning, failed, other)"
        " SELECT 1, received_at / 86400000 AS day, 0, sum(status = 'success'), sum(status = 'warning'),"
        " sum(status IN ('error', 'fatal')), sum(status NOT IN ('success', 'warning', 'error', 'fatal'))"
        " FROM run WHERE operation = 'backup' GROUP BY day"
    )


def _settle(db: Database, now: int) -> None:
    """What each job's row knows of its runs besides the latest: rhythm, days; then what is expected."""
    config = load(data=Path())
    defaults = schedule_defaults(config)
    with db.transaction():
        for job in jobs.visible(db, (1,)):
            starts = db.rows(
                "SELECT order_at, status, partial FROM run WHERE job_id = ? AND order_at > ? ORDER BY order_at",
                (job.id, (job.last_order or 0) - 91 * DAY_MS),
            )
            job.days, job.days_to = "", 0
            for at, status, partial in starts:
                letter = days.letter_of(Status(status), bool(partial))
                job.days, job.days_to = days.mark(job.days, job.days_to, day_of(at, defaults.zone), letter)
            note_to_learn(job, now)
            job.health = update_expectation(job, defaults, now).value
            jobs.save(db, job)
    learn_noted(db, Direct(db, config), defaults, lambda: now)
