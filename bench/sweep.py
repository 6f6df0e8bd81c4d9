"""A sweep over very many jobs of which a few are due, through the command that the scheduler calls."""

import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.bodies import EVERY, JOBS
from bench.fill import fill
from bench.result import Bench
from duplistat.config import load
from duplistat.services.commands import Direct
from duplistat.services.monitoring.sweep import sweep
from duplistat.store import jobs
from duplistat.store.database import Database

DUE, TIMES, LIMIT_MS = 100, 7, 200.0


def measure(bench: Bench) -> None:
    data = bench.folder / "sweep"
    count = bench.size(100_000, 10_000)
    recorded = bench.size(JOBS, JOBS)
    fill(data, (1 if bench.tiny else 4) * recorded, datetime.now(UTC) - EVERY, job_count=recorded)
    db, writes = _open(data)
    more_jobs(db, recorded, count)
    times = []
    for turn in range(turns(bench)):
        times.append(sweep_once(db, writes, turn))
    db.close()
    what = f"sweep over {count:,} jobs of which {DUE} are due: "
    middle = statistics.median(times)
    bench.add("sweep", f"{what}median of {len(times)}", middle, "ms", f"≤ {LIMIT_MS:.0f}", middle <= LIMIT_MS)
    bench.add("sweep", f"{what}slowest", max(times), "ms")


def turns(bench: Bench) -> int:
    return 2 if bench.tiny else TIMES


def sweep_once(db: Database, writes: Direct, turn: int) -> float:
    """Make some jobs due, others each turn, and sweep: how long that takes, ms."""
    now = int(time.time() * 1000)
    _make_due(db, turn, now)
    begun = time.perf_counter()
    done = writes.run(sweep, now=now)
    took = (time.perf_counter() - begun) * 1000
    if (done["looked_at"], done["changed"]) != (DUE, DUE):
        raise RuntimeError(f"a sweep over {DUE} due jobs did {done}")
    return took


def _open(data: Path) -> tuple[Database, Direct]:
    config = load(data=data)
    db = Database(config.database_url)
    return db, Direct(db, config)


def more_jobs(db: Database, recorded: int, count: int) -> None:
    """Clone the jobs until there are so many; the clones' latest run is that of their original."""
    columns = [name for name in jobs.COLUMNS if name not in ("id", "name")]
    with db.transaction():
        for copy in range(1, count // recorded):
            db.execute(
                f"INSERT INTO job (name, {', '.join(columns)})"
                f" SELECT name || ' {copy}', {', '.join(columns)} FROM job WHERE id <= ? ORDER BY id",
                (recorded,),
            )


def _make_due(db: Database, turn: int, now: int) -> None:
    """Fresh jobs, spread over all, that were expected a while ago and have just become overdue."""
    step = db.rows("SELECT count(*) FROM job")[0][0] // DUE
    with db.transaction():
        changed = db.change(
            "UPDATE job SET due_at = ? - id % 1000, expected_at = ? - id % 1000, health = 'ok' WHERE id % ? = ?",
            (now - 1000, now - 7_201_000, step, turn + 1),
        )
    if changed != DUE:
        raise RuntimeError(f"{changed} jobs were made due instead of {DUE}")
