"""Uploads a second over keep-alive connections: every answer checked, and all of them counted in the end."""

import json
from collections.abc import Sequence

from bench import client
from bench.result import Bench
from bench.server import Server

SUCCESS = b'"success":true'
RATE, P99_MS, KEPT = 1500.0, 100.0, 0.85
FEW, MANY = 8, 64


def measure(bench: Bench, server: Server, title: str, requests: Sequence[bytes]) -> None:
    """A third of the requests over FEW connections, the others over MANY."""
    before = _runs(server)
    third = len(requests) // 3
    few = client.run(lambda: client.keep_alive(server.port, requests[:third], FEW, SUCCESS))
    bench.load("uploads", f"uploads, {title}", few, FEW)
    busy = server.cpu_seconds()
    many = client.run(lambda: client.keep_alive(server.port, requests[third:], MANY, SUCCESS))
    busy = server.cpu_seconds() - busy
    usual = bench.known.get("uploads", RATE)
    at_least, because = (RATE, "") if "uploads" not in bench.known else (usual * KEPT, " (empty − 15 %)")
    bench.load(
        "uploads", f"uploads, {title}", many, MANY, at_least=at_least, because=because, p99_below=P99_MS
    )
    bench.known.setdefault("uploads", many.rate)
    if many.answered:
        bench.note(f"the server took {busy / many.answered * 1e3:.2f} ms of processor time an upload")
    answered, counted = few.answered + many.answered, _runs(server) - before
    lost = abs(answered - counted)
    bench.add("uploads", f"{title}: answered, but not in /api/summary", lost, "", "0", lost == 0)


def _runs(server: Server) -> int:
    return int(json.loads(server.read("/api/summary"))["totalBackupsRuns"])
