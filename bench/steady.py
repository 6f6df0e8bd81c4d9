"""Uploads that go on at a steady rate while something else is measured."""

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bench import client
from bench.client import Outcome
from bench.paced import paced

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
