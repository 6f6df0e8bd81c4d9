"""Very many jobs that changed at once are learned by the real server, beside uploads that come at a steady rate."""

import sqlite3
import statistics
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench import rhythms
from bench.bodies import EVERY, JOBS, bodies, post
from bench.fill import fill as fill_runs
from bench.result import Bench
from bench.server import Server
from bench.steady import after, compare, steady
from duplistat.config import load
from duplistat.services.commands import Direct, schedule_defaults
from duplistat.services.monitoring.learning import learn_noted, save_learned
from duplistat.services.writes import name_of
from duplistat.store import jobs, runs
from duplistat.store.database import Database

# Uploads come for so few jobs: that these are learned, too, does not matter.
UPLOADING, UPLOADED_EVERY = 20, timedelta(minutes=2)
RATE, MOST_SECONDS = 50, 300
# Older than any note that a report makes: who is waited for.
NOTED = 1
TIMES_SLOWER, LIMIT_MS = 2.0, 50.0
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How many jobs there are, how many of them were recorded and not cloned, each with so many runs; how many uploads
    come a second and in all, and when the first one begins.
    """

    jobs: int
    recorded: int
    each: int
    rate: int
    uploads: int
    first: datetime

    @classmethod
    def of(cls, bench: Bench) -> "_Sizes":
        rate = RATE // 10 if bench.tiny else RATE
        uploads = bench.size(MOST_SECONDS, 60) * rate
        first = bench.began - uploads // UPLOADING * UPLOADED_EVERY
        return cls(bench.size(10_000, 1000), bench.size(JOBS, JOBS), bench.size(40, 8), rate, uploads, first)


def fill(bench: Bench, data: Path) -> None:
    sizes = _Sizes.of(bench)
    runs = sizes.each * sizes.recorded
    fill_runs(data, runs, sizes.first - EVERY, job_count=sizes.recorded)
    with closing(sqlite3.connect(data / "duplistat.db", isolation_level=None)) as db:
        _more_jobs(db, sizes.recorded, sizes.jobs // sizes.recorded, runs)


def measure(bench: Bench, server: Server, data: Path) -> None:
    sizes = _Sizes.of(bench)
    reports = bodies(sizes.uploads, sizes.first, seed=2, jobs=UPLOADING, every=UPLOADED_EVERY)
    # Made when they are due, where nobody looks at the numbers: most are not needed.
    requests = map(post, reports) if bench.tiny else [post(body) for body in reports]
    _beside_uploads(bench, server.port, data, requests, sizes)


def without_server(bench: Bench, data: Path) -> None:
    rhythms.measure(bench)
    sizes = _Sizes.of(bench)
    _transactions(bench, data, sizes.recorded, f"{sizes.recorded:,} jobs of {sizes.each} runs")


def _more_jobs(db: sqlite3.Connection, recorded: int, times: int, all_runs: int) -> None:
    """Clone the jobs with their runs until there are so many times as many."""
    db.execute("PRAGMA synchronous=off")
    for copy in range(1, times):
        of_job = {
            "id": f"id + {copy * recorded}",
            "name": f"name || ' {copy}'",
            **{name: f"{name} + {copy * all_runs}" for name in ("last_run", "last_success_run")},
        }
        of_run = {"id": f"id + {copy * all_runs}", "job_id": f"job_id + {copy * recorded}"}
        db.execute("BEGIN")
        for table, names, changed, last in (
            ("job", jobs.COLUMNS, of_job, recorded),
            ("run", runs.COLUMNS, of_run, all_runs),
        ):
            values = ", ".join(changed.get(name, name) for name in names)
            db.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE id <= ? ORDER BY id",
                (last,),
            )
        db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _note(db: sqlite3.Connection, last: int) -> None:
    """The jobs up to this one changed: nothing that was known of their rhythm holds."""
    for begin in range(0, last + 1, 200):
        db.execute(
            "UPDATE job SET learned = NULL, told_next = NULL, told_gap = NULL, learn_since = ?"
            " WHERE id BETWEEN ? AND ?",
            (NOTED, begin, begin + 199),
        )
        # The server writes as well.
        time.sleep(0.02)


def _beside_uploads(bench: Bench, port: int, data: Path, requests: Iterable[bytes], sizes: _Sizes) -> None:
    what = f"{sizes.jobs:,} jobs of {sizes.each} runs"
    # A quick run begins at once: a server learns for the first time when it has been up for five seconds.
    warming_up, before, afterwards = (0, 0, 2) if bench.quick else (3, 20, 20)
    with (
        steady(port, requests, sizes.rate) as (stop, outcome_of),
        closing(sqlite3.connect(data / "duplistat.db", isolation_level=None, timeout=30)) as db,
    ):
        usual = [(after(warming_up), after(before))]
        _note(db, sizes.jobs)
        waiting = all_noted = _waiting(db)
        begun = time.perf_counter()
        while waiting == all_noted:
            waiting = _still(db, begun)
        began = time.perf_counter_ns()
        while waiting:
            waiting = _still(db, begun)
        learned = time.perf_counter_ns()
        usual.append((after(1), after(afterwards)))
        stop()
        outcome = outcome_of()
    if outcome.failures:
        raise RuntimeError(f"uploads failed beside learning: {dict(outcome.failures)}")
    bench.add("learning", f"{what} that all changed: until all are learned", (learned - began) / 1e9, "s")
    compare(
        bench,
        "learning",
        sizes.rate,
        without=("without learning", outcome.during(usual)),
        beside=("while these are learned", outcome.during([(began, learned)])),
        what="while jobs are learned ÷ without",
        at_most=TIMES_SLOWER,
    )


def _waiting(db: sqlite3.Connection) -> int:
    count: int
    (count,) = db.execute("SELECT count(*) FROM job WHERE learn_since = ?", (NOTED,)).fetchone()
    return count


def _still(db: sqlite3.Connection, begun: float) -> int:
    time.sleep(0.05)
    if time.perf_counter() - begun > PATIENCE:
        raise RuntimeError(f"{_waiting(db)} jobs are not learned after {PATIENCE:.0f} s")
    return _waiting(db)


class Timed(Direct):
    """Writes in this process, of which is known how long each took: (processor time, time), seconds."""

    took: list[tuple[float, float]]

    def _send(self, name: str, arguments: dict[str, Any]) -> Any:
        busy, begun = time.process_time(), time.perf_counter()
        try:
            return super()._send(name, arguments)
        finally:
            if name == name_of(save_learned):
                self.took.append((time.process_time() - busy, time.perf_counter() - begun))


def _transactions(bench: Bench, data: Path, count: int, what: str) -> None:
    """Learn some once more in this process, where each transaction can be timed."""
    with closing(sqlite3.connect(data / "duplistat.db", isolation_level=None)) as plain:
        _note(plain, count)
    config = load(data=data)
    db = Database(config.database_url)
    writes = Timed(db, config)
    writes.took = []
    busy = time.process_time()
    learned = learn_noted(db, writes, schedule_defaults(config), lambda: int(time.time() * 1000))
    busy = time.process_time() - busy
    db.close()
    held = [processor * 1000 for processor, _ in writes.took]
    bench.add("learning", f"{what}: processor time of each, all in all", busy / learned * 1000, "ms")
    bench.add("learning", f"{what}: transactions, processor time: median", statistics.median(held), "ms")
    bench.add(
        "learning",
        f"{what}: transactions, processor time: slowest",
        max(held),
        "ms",
        f"< {LIMIT_MS:.0f} ms",
        max(held) < LIMIT_MS,
    )
    slowest = max(lasted for _, lasted in writes.took) * 1000
    bench.note(
        f"{len(held)} transactions of {learned / len(held):.0f} jobs; the slowest lasted {slowest:.0f} ms"
    )
