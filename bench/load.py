"""One load on one server: driven from a process of its own, and what it cost both sides."""

from collections.abc import Sequence

from bench import client
from bench.client import Outcome
from bench.result import Bench
from bench.server import Server


def load(
    bench: Bench,
    server: Server,
    group: str,
    what: str,
    requests: Sequence[bytes],
    connections: int,
    expected: bytes,
    *,
    seconds: float = 600.0,
    at_least: float = 0.0,
    because: str = "",
    p99_below: float = 0.0,
) -> Outcome:
    """Send the requests, for `seconds` at most; rate and latencies become rows, and a failure misses the target."""
    busy = server.cpu_seconds()
    outcome = client.run(lambda: client.keep_alive(server.port, requests, connections, expected, seconds))
    busy = server.cpu_seconds() - busy
    what = f"{what}, {connections} connections"
    failed = sum(outcome.failures.values())
    met = outcome.rate >= at_least and not failed if at_least else (False if failed else None)
    bench.add(group, what, outcome.rate, "/s", f"≥ {at_least:,.0f}{because}" if at_least else "", met)
    bench.add(group, f"{what}: p50", outcome.percentile(0.5), "ms")
    p99 = outcome.percentile(0.99)
    limit, below = (f"< {p99_below:.0f}", p99 < p99_below) if p99_below else ("", None)
    bench.add(group, f"{what}: p99", p99, "ms", limit, below)
    each = busy / outcome.answered * 1000 if outcome.answered else 0.0
    bench.add(group, f"{what}: processor time of the server, each", each, "ms")
    share = outcome.cpu_seconds / outcome.seconds if outcome.seconds else 0.0
    bench.note(
        f"{outcome.answered:,} answered in {outcome.seconds:.1f} s, {failed} failed"
        f"{f' {dict(outcome.failures)}' if failed else ''}; the load generator took {share:.0%} of a core"
    )
    return outcome
