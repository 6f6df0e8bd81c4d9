"""What is measured over databases of very different sizes: each is filled once, for all of it."""

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import memory, signing, start
from bench.bodies import JOBS, filled_until
from bench.fill import fill
from bench.floor import floor
from bench.reads import Reads
from bench.result import Bench
from bench.server import duplistat
from bench.settling import settle
from bench.uploads import Uploads
from duplistat.config import load
from duplistat.store.database import Database

PARTS = ("uploads", "reads", "start", "memory")


@dataclass(frozen=True, slots=True)
class _Size:
    """So many runs, and what is measured over them."""

    runs: int
    parts: tuple[str, ...]


def measure(bench: Bench, parts: frozenset[str]) -> None:
    """Those of PARTS that are asked for."""
    # The fewest runs that all jobs can have, and thousand times as many.
    fewest, most = bench.size(1000, 1000), bench.size(1_000_000, 50_000)
    sizes = [_Size(0, ("start",)), _Size(fewest, ("uploads", "reads", "memory"))]
    if not bench.tiny:
        sizes.append(_Size(bench.size(100_000, 20_000), ("uploads", "reads")))
    sizes.append(_Size(most, PARTS))
    with ExitStack() as stack:
        uploads = reads = None
        if parts & {"uploads", "reads"}:
            below = stack.enter_context(floor(bench))
            uploads, reads = Uploads(bench, below), Reads(bench, below)
        for size in sizes:
            if wanted := parts.intersection(size.parts):
                _over(bench, size.runs, wanted, uploads, reads)


def _over(
    bench: Bench, runs: int, parts: frozenset[str], uploads: Uploads | None, reads: Reads | None
) -> None:
    title = f"{runs:,} runs" if runs else "empty"
    data = bench.folder / f"runs-{runs}"
    if runs:
        begun = time.perf_counter()
        how = fill(data, runs, filled_until(bench), job_count=bench.size(JOBS, JOBS))
        bench.note(f"filled in {time.perf_counter() - begun:.0f} s: {how}")
    if "start" in parts:
        start.measure(bench, data, title)
    # Before the uploads, which are very many beside a thousand runs; on a server of its own, whose memory is its own.
    if reads is not None and "reads" in parts:
        with duplistat(data, bench.environment) as server:
            took = _settle(data)
            bench.note(f"all jobs are overdue at first: swept, learned and told of after {took:.0f} s")
            reads.measure(server, title, _signed(data))
    if parts & {"uploads", "memory"}:
        with duplistat(data, bench.environment) as server:
            if "memory" in parts:
                server.settle()
                time.sleep(bench.seconds(1))
                memory.measure(bench, server, f"idle, {title}")
            _settle(data)
            if uploads is not None and "uploads" in parts:
                uploads.measure(server, title)
                if "memory" in parts:
                    memory.measure(bench, server, f"after the uploads, {title}")
    shutil.rmtree(data, ignore_errors=True)


def _settle(data: Path) -> float:
    db = Database(load(data=data, environment={}).database_url)
    try:
        return settle(db)
    finally:
        db.close_all()


def _signed(data: Path) -> str:
    db = Database(load(data=data, environment={}).database_url)
    try:
        return signing.header(db)
    finally:
        db.close_all()
