"""Uploads a second over keep-alive connections: every answer checked, and all of them counted in the end."""

import json
from collections.abc import Sequence

from bench.load import load
from bench.result import Bench
from bench.server import Server

SUCCESS = b'"success":true'
RATE, P99_MS, KEPT = 1500.0, 100.0, 0.85
FEW, MANY = 8, 64


def measure(bench: Bench, server: Server, title: str, requests: Sequence[bytes]) -> None:
    """A third of the requests over FEW connections, the others over MANY."""
    before = _runs(server)
    third = len(requests) // 3
    few = load(bench, server, "uploads", f"uploads, {title}", requests[:third], FEW, SUCCESS)
    usual = bench.known.get("uploads")
    many = load(
        bench,
        server,
        "uploads",
        f"uploads, {title}",
        requests[third:],
        MANY,
        SUCCESS,
        at_least=usual * KEPT if usual else RATE,
        because=" (empty − 15 %)" if usual else "",
        p99_below=P99_MS,
    )
    bench.known.setdefault("uploads", many.rate)
    answered, counted = few.answered + many.answered, _runs(server) - before
    lost = abs(answered - counted)
    bench.add("uploads", f"{title}: answered, but not in /api/summary", lost, "", "0", lost == 0)


def _runs(server: Server) -> int:
    return int(json.loads(server.read("/api/summary"))["totalBackupsRuns"])
