"""The servers that are compared: one on SQLite, one on PostgreSQL, and two on the same PostgreSQL."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.bodies import JOBS, filled_until
from bench.fill import fill
from bench.postgres.cluster import Cluster
from bench.postgres.copying import copy
from bench.result import Bench
from bench.server import Server, duplistat
from duplistat.config import load
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Side:
    """One or more servers on one database. `url` is its address."""

    name: str
    url: str
    servers: tuple[Server, ...]

    @property
    def first(self) -> Server:
        return self.servers[0]

    @property
    def others(self) -> tuple[Server, ...]:
        return self.servers[1:]

    @contextmanager
    def database(self) -> Iterator[Database]:
        db = Database(self.url)
        try:
            yield db
        finally:
            db.close_all()


@dataclass(frozen=True, slots=True)
class Sides:
    """`title` says how many runs all of them have."""

    title: str
    postgres: Cluster
    sqlite: Side
    one: Side
    two: Side
    all: tuple[Side, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "all", (self.sqlite, self.one, self.two))

    def in_turn(self, turn: int) -> list[Side]:
        """All of them, another one first each time."""
        return [*self.all[turn % 3 :], *self.all[: turn % 3]]


@contextmanager
def sides(bench: Bench, postgres: Cluster, *, first_by: str = "") -> Iterator[Sides]:
    """All of them running, over the same rows. `first_by`: where the first server finds PostgreSQL's socket instead."""
    runs = bench.size(1_000_000, 50_000)
    data = bench.folder / "filled"
    begun = time.perf_counter()
    how = fill(data, runs, filled_until(bench), job_count=bench.size(JOBS, JOBS))
    bench.note(f"filled in {time.perf_counter() - begun:.0f} s: {how}")
    url = postgres.database("filled")
    begun = time.perf_counter()
    rows = copy(data / "duplistat.db", url)
    postgres.settle(url)
    bench.note(f"{rows:,} rows copied to PostgreSQL in {time.perf_counter() - begun:.0f} s")
    settings = {**bench.environment, "DUPLISTAT_DATABASE_URL": url}
    with ExitStack() as stack:
        on_sqlite = stack.enter_context(duplistat(data, bench.environment))
        by = {"DUPLISTAT_DATABASE_URL": postgres.by(first_by, url)} if first_by else {}
        first = stack.enter_context(duplistat(bench.folder / "first", {**settings, **by}))
        second = stack.enter_context(duplistat(bench.folder / "second", settings))
        yield Sides(
            f"{runs:,} runs",
            postgres,
            Side("SQLite", load(data=data, environment={}).database_url, (on_sqlite,)),
            Side("PostgreSQL", url, (first,)),
            Side("PostgreSQL, two servers", url, (first, second)),
        )
    shutil.rmtree(data, ignore_errors=True)
