"""parts(): what the clock does with very many jobs, some at a time, so that reports get their turn in between."""

from collections.abc import Callable, Iterator
from math import inf
from time import monotonic


def parts(
    jobs: list[int],
    at_once: int,
    go_on: Callable[[], bool],
    pause: Callable[[float], object],
    longest: float = inf,
) -> Iterator[list[int]]:
    """Some jobs after others, in their order, as long as `go_on` says so.

    Between two parts it pauses for as many seconds as the one before took, `longest` at most: half of a processor, and
    the writer, are left to others.
    """
    for place in range(0, len(jobs), at_once):
        if not go_on():
            return
        begun = monotonic()
        yield jobs[place : place + at_once]
        if place + at_once < len(jobs):
            pause(min(longest, monotonic() - begun))
