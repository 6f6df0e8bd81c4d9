"""Uploads over keep-alive connections, beside the floor: every answer checked, and all of them counted in the end."""

import json
from collections.abc import Sequence

from bench.bodies import requests_of
from bench.floor import Floor
from bench.load import Load, load, tell
from bench.result import Bench
from bench.server import Server

SUCCESS = b'"success":true'
# As part of the rate of a view that only reads the report; and of that part at the smallest size.
OF_FLOOR, FLAT = 0.5, 0.85
FEW, MANY = 8, 64


class Uploads:
    """Uploads at one size after the other. The first one is what the others are compared with."""

    def __init__(self, bench: Bench, floor: Floor) -> None:
        self._bench, self._floor = bench, floor
        self._first: float | None = None

    def measure(self, server: Server, title: str) -> None:
        """A third of the requests over FEW connections, the others over MANY."""
        bench, requests = self._bench, requests_of(self._bench)
        before = runs(server)
        third = len(requests) // 3
        few = self._load(server, requests[:third], FEW)[0]
        many, part = self._load(server, requests[third:], MANY)
        tell(bench, "uploads", f"uploads, {title}, {FEW} connections", few)
        what = f"uploads, {title}, {MANY} connections"
        tell(bench, "uploads", f"{what} ÷ floor", many, ratio=part, at_least=OF_FLOOR)
        if self._first is None:
            self._first = part
        else:
            what = f"{what}: that part ÷ at the fewest runs"
            bench.compare("uploads", what, part, "", part / self._first, at_least=FLAT)
        what = f"uploads, {title}: processor time of each, {FEW} connections ÷ {MANY}"
        bench.compare("uploads", what, few.cost, "ms", few.cost / many.cost)
        answered, counted = few.outcome.answered + many.outcome.answered, runs(server) - before
        lost = abs(answered - counted)
        bench.add("uploads", f"{title}: answered, but not in /api/summary", lost, "", "0", lost == 0)

    def _load(self, server: Server, requests: Sequence[bytes], connections: int) -> tuple[Load, float]:
        return self._floor.beside(self._floor.posts, lambda: load(server, requests, connections, SUCCESS))


def runs(server: Server) -> int:
    return int(json.loads(server.read("/api/summary"))["totalBackupsRuns"])
