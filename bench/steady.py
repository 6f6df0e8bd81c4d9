"""Uploads that go on at a steady rate while something else is measured."""

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bench import client
from bench.client import Outcome
from bench.paced import paced
from bench.result import Bench

SUCCESS = b'"success":true'


def after(seconds: float) -> int:
    """Wait so long; the time then (perf_counter, ns)."""
    time.sleep(seconds)
    return time.perf_counter_ns()


@contextmanager
def steady(
    port: int, requests: Iterable[bytes], rate: int
) -> Iterator[tuple[Callable[[], None], Callable[[], Outcome]]]:
    """Uploads go on, so many a second; how to stop them, and what came of them then."""
    stopped = multiprocessing.get_context("fork").Event()
    with client.beside(lambda: paced(port, requests, rate, SUCCESS, stopped.is_set)) as outcome_of:
        yield stopped.set, outcome_of


def compare(
    bench: Bench,
    part: str,
    rate: int,
    *,
    without: tuple[str, Outcome],
    beside: tuple[str, Outcome],
    what: str,
    at_most: float,
) -> None:
    """Add how long uploads took without something and beside it, each with its words; `what` names the ratio.

    The few seconds of a quick run are those in which a server warms up: they say nothing of one in a hundred.
    """
    for name, some in (without, beside):
        bench.note(f"{some.answered:,} uploads {name}")
        for share, word in (0.5, "p50"), (0.99, "p99"), (1.0, "slowest"):
            bench.add(part, f"uploads at {rate} /s {name}: {word}", some.percentile(share), "ms")
    slow = beside[1].percentile(0.99)
    times = slow / without[1].percentile(0.99)
    bench.compare(
        part, f"uploads at {rate} /s: p99 {what}", slow, "ms", times, at_most=None if bench.quick else at_most
    )
