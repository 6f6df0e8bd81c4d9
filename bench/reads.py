"""Reads: the summary, a server's latest backups, and the overview page, at any number of runs."""

import statistics
import time

from bench import client
from bench.bodies import SERVERS, get
from bench.load import load
from bench.result import Bench
from bench.server import Server

CONNECTIONS = 16
OF_FLOOR, PAGE_MS = 0.6, 100.0
# No slower than at the smallest size, but for the noise of a measurement.
NOISE = 0.9


def measure(bench: Bench, server: Server, title: str, signed: str) -> None:
    """`signed` is the header of somebody who is signed in."""
    pages = {
        "GET /api/summary": ([get("/api/summary")], b'"totalServers"'),
        "GET /api/lastbackups/{id}": (
            [get(f"/api/lastbackups/{i + 1}") for i in range(SERVERS)],
            b'"status":"success"',
        ),
        "GET / (1,000 jobs)": ([get("/", signed)], b"</table>"),
    }
    for name, (requests, expected) in pages.items():
        many = requests * (bench.size(200_000, 5000) // len(requests))
        seconds = bench.size(5, 1)
        _warm(server, requests[0], expected)
        what = f"{name}, {title}"
        outcome = load(bench, server, "reads", what, many, CONNECTIONS, expected, seconds=seconds)
        if name == "GET /api/summary":
            _judge_summary(bench, title, outcome.rate)
    times = []
    for _ in range(bench.size(20, 5)):
        begun = time.perf_counter()
        server.read("/", signed)
        times.append((time.perf_counter() - begun) * 1000)
    single = statistics.median(times)
    bench.add("reads", f"GET / alone, {title}: median", single, "ms", f"≤ {PAGE_MS:.0f}", single <= PAGE_MS)


def _judge_summary(bench: Bench, title: str, rate: float) -> None:
    floor = bench.known.get("floor GET")
    if floor:
        part = rate / floor
        bench.add(
            "reads",
            f"summary as part of the floor's rate, {title}",
            part,
            "",
            f"≥ {OF_FLOOR}",
            part >= OF_FLOOR,
        )
    first = bench.known.setdefault("summary", rate)
    part = rate / first
    bench.add("reads", f"summary against the smallest size, {title}", part, "", f"≥ {NOISE}", part >= NOISE)


def _warm(server: Server, request: bytes, expected: bytes) -> None:
    """Let each worker have answered once, as any server that has run for a minute has."""
    client.run(lambda: client.keep_alive(server.port, [request] * 64, CONNECTIONS, expected, 5))
