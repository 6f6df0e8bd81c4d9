"""Memory of the whole process tree: RSS counts shared pages once a process, PSS counts them once."""

from bench.result import Bench
from bench.server import Server

LIMIT_MB = 250.0


def measure(bench: Bench, server: Server, title: str) -> None:
    processes, rss, pss = server.memory()
    bench.add("memory", f"{title}: RSS, summed over {processes} processes", rss / 1e6, "MB")
    what = f"{title}: PSS, summed over {processes} processes"
    bench.add("memory", what, pss / 1e6, "MB", f"< {LIMIT_MB:.0f} MB", pss / 1e6 < LIMIT_MB)
