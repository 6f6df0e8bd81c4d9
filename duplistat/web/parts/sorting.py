"""Rows of a table in the order of one of its columns, and back to front."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, TypeVar

Row = TypeVar("Row")
# Of addresses: what says that rows stand in the reverse order.
REVERSE = "reverse"


def in_order(rows: Iterable[Row], key: Callable[[Row], Any], *, reverse: bool = False) -> list[Row]:
    """Rows sorted by `key`. Equal ones stay as they are; those of which nothing is known (None) come last, also in
    the reverse order."""
    keyed = [(key(row), row) for row in rows]
    known = sorted((one for one in keyed if one[0] is not None), key=itemgetter(0), reverse=reverse)
    return [row for _key, row in known] + [row for value, row in keyed if value is None]


def order_of(*, rising: bool, reverse: bool) -> str:
    """As in aria-sort; `rising` says that the least stands first where nothing is reversed."""
    return "ascending" if rising != reverse else "descending"
