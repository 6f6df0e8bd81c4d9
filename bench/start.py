"""Cold start: from the start of the process to the first answer of 200 at /api/ping."""

import statistics
from pathlib import Path

from bench.result import Bench
from bench.server import Server, command

TIMES, LIMIT = 5, 1.5


def measure(bench: Bench, data: Path, title: str) -> None:
    times = []
    for _ in range(bench.size(TIMES, 2)):
        server = Server(*command(data))
        try:
            times.append(server.wait())
        finally:
            server.stop()
    middle = statistics.median(times)
    bench.add(
        "start", f"cold start, {title}: median of {len(times)}", middle, "s", f"< {LIMIT}", middle < LIMIT
    )
