"""`python -m bench`: measure all, print each number beside its target, and clean up."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench import floor, herd, ingest, learning, memory, partner, reads, signing, slow, start, sweep, uploads
from bench.alarms import played
from bench.alerting import quick
from bench.alerting import uploads as beside_alerts
from bench.bodies import EVERY, JOBS, bodies, post
from bench.fill import REAL_EACH, fill
from bench.result import Bench, machine
from bench.server import duplistat

GROUPS = (
    "floor",
    "uploads",
    "reads",
    "ingest",
    "partner",
    "sweep",
    "start",
    "memory",
    "herd",
    "slow",
    "learning",
    "telling",
    "alarms",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes: two minutes or three")
    parser.add_argument("--tiny", action="store_true", help="sizes that only show that it runs")
    parser.add_argument("--only", default=",".join(GROUPS), help=f"some of {','.join(GROUPS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there too")
    parser.add_argument("--folder", type=Path, help="where the databases are put for the time being (5 GB)")
    given = parser.parse_args()
    only = set(given.only.split(","))
    if unknown := only - set(GROUPS):
        parser.error(f"--only knows {', '.join(GROUPS)}, not {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with _folder(given.folder) as folder:
        bench = Bench(folder, given.quick or given.tiny, tiny=given.tiny)
        print(", ".join(f"{name} {value}" for name, value in machine().items()), flush=True)
        try:
            _measure(bench, only)
        except KeyboardInterrupt:
            print("\ninterrupted", file=sys.stderr)
            return 130
        finally:
            if given.json:
                bench.write(given.json)
    print(bench.summary())
    return 0


def _measure(bench: Bench, only: set[str]) -> None:
    began = datetime.now(UTC)
    reports: list[bytes] = []
    if only & {"floor", "uploads", "memory", "herd", "slow"}:
        count = bench.size(45_000, 3000)
        # They go on in the rhythm of a filled database that ends before them, and end now.
        reports = list(bodies(count, began - count // JOBS * EVERY, seed=2))
        sizes = [len(body) for body in reports]
        bench.note(f"reports of {min(sizes):,} to {max(sizes):,} bytes, {sum(sizes) // count:,} in the mean")
    requests = [post(body) for body in reports]
    if "floor" in only:
        floor.measure(bench, requests)
    if only & {"uploads", "memory", "start"}:
        _over(bench, only, 0, requests, began)
    for count in (1000, bench.size(100_000, 20_000), bench.size(1_000_000, 50_000)):
        largest = count == bench.size(1_000_000, 50_000)
        if "reads" in only or (largest and only & {"uploads", "memory", "start"}):
            _over(bench, only if largest else only & {"reads"}, count, requests, began)
    if "herd" in only:
        herd.measure(bench, reports[: bench.size(5000, 500)])
    if "slow" in only:
        slow.measure(bench, requests[: bench.size(5000, 500)])
    if "ingest" in only:
        ingest.measure(bench)
    if "partner" in only:
        partner.measure(bench)
    if "sweep" in only:
        sweep.measure(bench)
    if "learning" in only:
        learning.measure(bench)
    if "telling" in only:
        quick.measure(bench)
        beside_alerts.measure(bench)
    if "alarms" in only:
        played.measure(bench)


def _over(bench: Bench, only: set[str], count: int, requests: list[bytes], began: datetime) -> None:
    """Everything that is measured over a database of so many runs."""
    title = f"{count:,} runs" if count else "empty"
    data = bench.folder / f"runs-{count}"
    if count:
        begun = time.perf_counter()
        turns = len(requests) // JOBS if only & {"uploads", "memory"} else 0
        how = fill(data, count, began - (turns + 1) * EVERY, most_each=1 if bench.tiny else REAL_EACH)
        bench.note(f"filled in {time.perf_counter() - begun:.0f} s: {how}")
    if "start" in only:
        start.measure(bench, data, title)
    if only & {"uploads", "reads", "memory"}:
        with duplistat(data) as server:
            if "memory" in only:
                time.sleep(1)
                memory.measure(bench, server, f"idle, {title}")
            if only & {"uploads", "memory"}:
                uploads.measure(bench, server, title, requests)
            if "memory" in only:
                memory.measure(bench, server, f"after the uploads, {title}")
            if "reads" in only and count:
                reads.measure(bench, server, title, signing.header(data))
    shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _folder(parent: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="duplistat-bench-", dir=parent, ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


if __name__ == "__main__":
    sys.exit(main())
