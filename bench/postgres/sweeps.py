"""Sweeps over very many jobs on both databases, in turns."""

from datetime import UTC, datetime
from statistics import median

from bench.bodies import EVERY, JOBS
from bench.fill import fill
from bench.postgres.cluster import Cluster
from bench.postgres.copying import copy
from bench.result import Bench
from bench.sweep import DUE, LIMIT_MS, more_jobs, sweep_once, turns
from duplistat.config import Config
from duplistat.config import Database as Setting
from duplistat.services.commands import Direct
from duplistat.store.database import Database

LEAST = 0.9


def measure(bench: Bench, postgres: Cluster) -> None:
    data, jobs, recorded = bench.folder / "sweep", bench.size(100_000, 10_000), bench.size(JOBS, JOBS)
    fill(data, (1 if bench.tiny else 4) * recorded, datetime.now(UTC) - EVERY, job_count=recorded)
    config = Config(data=data)
    old = Database(config.database_url)
    more_jobs(old, recorded, jobs)
    url = postgres.database("sweep")
    copy(data / "duplistat.db", url)
    postgres.settle(url)
    new = Database(url)
    on_sqlite, on_postgres = Direct(old, config), Direct(new, Config(data=data, database=Setting(url=url)))
    times: dict[str, list[float]] = {"SQLite": [], "PostgreSQL": []}
    try:
        for turn in range(turns(bench)):
            times["SQLite"].append(sweep_once(old, on_sqlite, turn))
            times["PostgreSQL"].append(sweep_once(new, on_postgres, turn))
    finally:
        old.close_all()
        new.close_all()
    what = f"sweep over {jobs:,} jobs of which {DUE} are due: "
    middle = median(times["PostgreSQL"])
    ratio = median(times["SQLite"]) / middle
    bench.compare("sweep", f"{what}median time, SQLite ÷ PostgreSQL", middle, "ms", ratio, at_least=LEAST)
    slowest = max(times["PostgreSQL"])
    bench.add(
        "sweep", f"{what}slowest on PostgreSQL", slowest, "ms", f"≤ {LIMIT_MS:.0f} ms", slowest <= LIMIT_MS
    )
