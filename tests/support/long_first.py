"""The order of tests: those that take long begin first, or the others would be over and wait for them."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def dealt(items: list[T], is_long: Callable[[T], bool], processes: int) -> list[T]:
    """The same items, so that each process begins with its share of the long ones.

    Each gets an equal part of the list, one after the other, as pytest-xdist's worksteal deals it; what it has left
    at the end of that others take off it, from behind.
    """
    long = [item for item in items if is_long(item)]
    others: Iterator[T] = (item for item in items if not is_long(item))
    found: list[T] = []
    left = len(items)
    for process in range(processes):
        part = left // (processes - process)
        left -= part
        share = long[process::processes]
        found += share
        found += islice(others, max(0, part - len(share)))
    return [*found, *others]
