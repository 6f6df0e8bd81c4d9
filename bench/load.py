"""One load on one server: driven from a process of its own, and what it cost both sides."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from bench import client
from bench.client import Outcome
from bench.result import Bench
from bench.server import Server


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load, and the servers' processor time for each answer, ms."""

    outcome: Outcome
    cost: float

    @property
    def rate(self) -> float:
        return self.outcome.rate

    @property
    def failed(self) -> int:
        return sum(self.outcome.failures.values())


def load(
    server: Server,
    requests: Sequence[bytes],
    connections: int,
    expected: bytes,
    *,
    seconds: float = 600.0,
    others: Sequence[Server] = (),
) -> Load:
    """Send the requests to a server, and to `others` beside it, for `seconds` at most."""
    servers = (server, *others)
    busy = sum(each.cpu_seconds() for each in servers)
    ports = [each.port for each in others]
    outcome = client.run(
        lambda: client.keep_alive(server.port, requests, connections, expected, seconds, others=ports)
    )
    # The system counts whole ticks: a few requests may take none.
    busy = max(sum(each.cpu_seconds() for each in servers) - busy, 1 / os.sysconf("SC_CLK_TCK"))
    return Load(outcome, busy / outcome.answered * 1000 if outcome.answered else 0.0)


def tell(
    bench: Bench,
    group: str,
    what: str,
    done: Load,
    *,
    ratio: float | None = None,
    at_least: float | None = None,
    p99_below: float = 0.0,
) -> None:
    """Rows of a load. `ratio` is that of its rate; a failure misses whatever is wanted."""
    outcome = done.outcome
    if ratio is not None:
        bench.compare(group, what, done.rate, "/s", ratio, at_least=at_least, failed=done.failed > 0)
    else:
        bench.add(group, what, done.rate, "/s", met=False if done.failed else None)
    bench.add(group, f"{what}: p50", outcome.percentile(0.5), "ms")
    p99 = outcome.percentile(0.99)
    limit, below = (f"< {p99_below:.0f} ms", p99 < p99_below) if p99_below else ("", None)
    bench.add(group, f"{what}: p99", p99, "ms", limit, below)
    bench.add(group, f"{what}: processor time of the server, each", done.cost, "ms")
    share = outcome.cpu_seconds / outcome.seconds if outcome.seconds else 0.0
    bench.note(
        f"{outcome.answered:,} answered in {outcome.seconds:.1f} s, {done.failed} failed"
        f"{f' {dict(outcome.failures)}' if done.failed else ''}; the load generator took {share:.0%} of a core"
    )
