"""Reads beside the floor: the summary, a server's latest backups, and the overview page, at any number of runs."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bench import client
from bench.bodies import JOBS, JOBS_EACH, get
from bench.floor import Floor
from bench.load import Load, load, tell
from bench.result import Bench
from bench.server import Server

CONNECTIONS = 16
PAGE_MS = 100.0
# Of that part of the floor at the smallest size.
FLAT = 0.85


@dataclass(frozen=True, slots=True)
class Read:
    """One kind of read: its requests in turn, what is in each answer, and which part of the floor is wanted."""

    name: str
    requests: Sequence[bytes]
    expected: bytes
    of_floor: float | None = None


def kinds(bench: Bench, signed: str) -> list[Read]:
    """`signed` is the header of somebody who is signed in."""
    jobs = bench.size(JOBS, JOBS)
    lists = [get(f"/api/lastbackups/{number + 1}") for number in range(jobs // JOBS_EACH)]
    return [
        Read("GET /api/summary", [get("/api/summary")], b'"totalServers"', 0.6),
        Read("GET /api/lastbackups/{id}", lists, b'"status":"success"', 0.6),
        Read(f"GET / ({jobs:,} jobs)", [get("/", signed)], b"</table>"),
    ]


class Reads:
    """Reads at one size after the other. The first one is what the others are compared with."""

    def __init__(self, bench: Bench, floor: Floor) -> None:
        self._bench, self._floor = bench, floor
        self._first: dict[str, float] = {}

    def measure(self, server: Server, title: str, signed: str) -> None:
        bench = self._bench
        for kind in kinds(bench, signed):
            warm(bench, server, kind)
            load = partial(run, bench, server, kind, bench.seconds(5))
            done, part = self._floor.beside(self._floor.reads, load)
            what = f"{kind.name}, {title}, {CONNECTIONS} connections"
            tell(bench, "reads", f"{what} ÷ floor", done, ratio=part, at_least=kind.of_floor)
            first = self._first.setdefault(kind.name, part)
            if first != part:
                what = f"{what}: that part ÷ at the fewest runs"
                bench.compare("reads", what, part, "", part / first, at_least=FLAT if kind.of_floor else None)
        single = alone(bench, server, signed)
        bench.add(
            "reads", f"GET / alone, {title}: median", single, "ms", f"≤ {PAGE_MS:.0f} ms", single <= PAGE_MS
        )


def run(bench: Bench, server: Server, kind: Read, seconds: float, others: Sequence[Server] = ()) -> Load:
    many = list(kind.requests) * (bench.size(200_000, 20_000) // len(kind.requests))
    return load(server, many, CONNECTIONS, kind.expected, seconds=seconds, others=others)


def alone(bench: Bench, server: Server, signed: str) -> float:
    """The overview page, one after the other: the median, ms."""
    times = []
    for _ in range(bench.size(20, 5)):
        begun = time.perf_counter()
        server.read("/", signed)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def warm(bench: Bench, server: Server, kind: Read) -> None:
    """Let each worker have answered once, as any server that has run for a minute has."""
    requests = [kind.requests[0]] * (2 if bench.tiny else 64)
    client.run(lambda: client.keep_alive(server.port, requests, CONNECTIONS, kind.expected, 5))
