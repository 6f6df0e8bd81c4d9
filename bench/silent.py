"""Very many jobs of which nobody heard for a year: what they missed is counted beside uploads at a steady rate."""

import sqlite3
import time
from collections import defaultdict
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.bodies import bodies, post
from bench.fill import fill as fill_runs
from bench.result import Bench
from bench.server import Server
from bench.steady import after, compare, steady
from duplistat.config import load
from duplistat.jobs.alerts import route_and_tell
from duplistat.services.commands import Direct, schedule_defaults
from duplistat.services.monitoring.sweep import sweep_due
from duplistat.services.worker_context import WorkerContext
from duplistat.store import jobs
from duplistat.store.database import Database

# Uploads come for so few jobs; the others were recorded, or cloned from these.
UPLOADING, UPLOADED_EVERY, RECORDED = 20, timedelta(minutes=2), 100
RATE, YEAR_MS = 50, 365 * 86_400_000
# What the silent ones are expected by, one after the other.
SCHEDULES = ("daily 02:00", "weekdays 22:30", "every 6h from 2025-01-01T00:00:00Z", "cron 30 3 * * *")
TIMES_SLOWER, LIMIT_MS, PATIENCE = 2.0, 50.0, 1200.0


def _count(bench: Bench) -> int:
    return bench.size(10_000, 1000)


def _rate(bench: Bench) -> int:
    return RATE // 10 if bench.tiny else RATE


def fill(bench: Bench, data: Path) -> None:
    fill_runs(data, RECORDED, bench.began - timedelta(days=2), job_count=RECORDED)
    columns = [name for name in jobs.COLUMNS if name not in ("id", "name")]
    with closing(sqlite3.connect(data / "duplistat.db", isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=off")
        db.execute("BEGIN")
        for copy in range(1, max(2, _count(bench) // RECORDED + 1)):
            db.execute(
                f"INSERT INTO job (name, {', '.join(columns)})"
                f" SELECT name || ' {copy}', {', '.join(columns)} FROM job WHERE id <= ? ORDER BY id",
                (RECORDED,),
            )
        db.execute("COMMIT")


def measure(bench: Bench, server: Server, data: Path) -> None:
    """The scheduler of a real server sweeps them, takes their changes in, and tells of them."""
    rate = _rate(bench)
    first = bench.began
    # Made as they are sent: nobody knows how long a sweep takes.
    most = int(PATIENCE + 100) * rate
    requests = map(post, bodies(most, first, seed=2, jobs=UPLOADING, every=UPLOADED_EVERY))
    warming_up, before, afterwards = (
        (3, 20, 20) if not bench.quick else (0, 0, 1) if bench.tiny else (2, 8, 8)
    )
    with (
        steady(server.port, requests, rate) as (stop, outcome_of),
        closing(sqlite3.connect(data / "duplistat.db", isolation_level=None, timeout=300)) as db,
    ):
        usual = [(after(warming_up), after(before))]
        count = _fall_silent(db)
        began = time.perf_counter_ns()
        while waiting := _waiting(db):
            if time.perf_counter_ns() - began > PATIENCE * 1e9:
                raise RuntimeError(f"{waiting} jobs are not swept after {PATIENCE:.0f} s")
            time.sleep(0.1)
        swept = time.perf_counter_ns()
        usual.append((after(1), after(afterwards)))
        stop()
        outcome = outcome_of()
    if outcome.failures:
        raise RuntimeError(f"uploads failed beside a sweep: {dict(outcome.failures)}")
    what = f"{count:,} jobs that were silent for a year"
    bench.add("silent", f"{what}: until all are swept and taken in", (swept - began) / 1e9, "s")
    compare(
        bench,
        "silent",
        rate,
        without=("without a sweep", outcome.during(usual)),
        beside=("while these are swept", outcome.during([(began, swept)])),
        what="while jobs are swept ÷ without",
        at_most=TIMES_SLOWER,
    )


def without_server(bench: Bench, data: Path) -> None:
    """Sweep them once more in this process, where each transaction can be timed."""
    with closing(sqlite3.connect(data / "duplistat.db", isolation_level=None)) as plain:
        count = _fall_silent(plain)
    config = load(data=data)
    db = Database(config.database_url)
    writes = Timed(db, config)

    def now() -> int:
        return int(time.time() * 1000)

    busy = time.process_time()
    sweep_due(db, writes, schedule_defaults(config), now)
    busy = time.process_time() - busy
    context = WorkerContext(config, db, writes, now)
    while route_and_tell(context):
        pass
    db.close()
    bench.add("silent", f"{count:,} silent jobs: processor time of each", busy / count * 1000, "ms")
    for name, took in sorted(writes.took.items()):
        what = f"transactions of {name.rpartition('.')[2]}, {len(took)}: slowest, processor time"
        slowest = max(processor for processor, _ in took) * 1000
        bench.add("silent", what, slowest, "ms", f"< {LIMIT_MS:.0f} ms", slowest < LIMIT_MS)
        bench.note(f"the slowest of these lasted {max(lasted for _, lasted in took) * 1000:.0f} ms")


class Timed(Direct):
    """Writes in this process, of which is known how long each took: (processor time, time) by command, seconds."""

    def __init__(self, db: Database, config: Any) -> None:
        super().__init__(db, config)
        self.took: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)

    def _send(self, name: str, arguments: dict[str, Any]) -> Any:
        busy, begun = time.process_time(), time.perf_counter()
        try:
            return super()._send(name, arguments)
        finally:
            self.took[name].append((time.process_time() - busy, time.perf_counter() - begun))


def _fall_silent(db: sqlite3.Connection) -> int:
    """All but those that uploads come for were expected a year ago for the first time; how many."""
    last = db.execute("SELECT max(id) FROM job").fetchone()[0]
    expected = int(time.time() * 1000) - YEAR_MS
    for begin in range(RECORDED + 1, last + 1, 200):
        for number, schedule in enumerate(SCHEDULES):
            db.execute(
                "UPDATE job SET schedule = ?, expected_at = ?, due_at = ?, missed = 0, health = 'ok', days = 's'"
                " WHERE id BETWEEN ? AND ? AND id % ? = ?",
                (schedule, expected, expected + 3_600_000, begin, begin + 199, len(SCHEDULES), number),
            )
        # The server writes as well.
        time.sleep(0.02)
    return int(last - RECORDED)


def _waiting(db: sqlite3.Connection) -> int:
    """How many are due since long, or have a change that was not taken in."""
    since = int(time.time() * 1000) - YEAR_MS // 2
    due = db.execute("SELECT count(*) FROM job WHERE due_at < ?", (since,)).fetchone()[0]
    return int(due or db.execute("SELECT count(*) FROM transition WHERE routed_at IS NULL").fetchone()[0])
