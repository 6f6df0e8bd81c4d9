"""Cursors: where a page ended, as a short text that is safe in an address. What is in it may change."""

import re
from collections.abc import Sequence

# Whatever fits the pattern is a place, so that the document can say what a wrong cursor is.
BY_ID = "^[0-9a-f]{1,15}$"
BY_TIME = "^[0-9a-f]{1,15}-[0-9a-f]{1,15}$"


def write(place: int | Sequence[int] | None) -> str | None:
    """The cursor of an id, or of an (order_at, id); None for None: the end."""
    if place is None:
        return None
    return f"{place:x}" if isinstance(place, int) else "-".join(f"{number:x}" for number in place)


def read_id(text: str) -> int:
    """The id that a page ended with. Raises ValueError."""
    return _numbers(text, BY_ID)[0]


def read_place(text: str) -> tuple[int, int]:
    """The (order_at, id) that a page ended with. Raises ValueError."""
    order_at, id = _numbers(text, BY_TIME)
    return order_at, id


def _numbers(text: str, pattern: str) -> list[int]:
    if not re.fullmatch(pattern.strip("^$"), text):
        raise ValueError("must be the next_cursor of the page before")
    return [int(part, 16) for part in text.split("-")]
