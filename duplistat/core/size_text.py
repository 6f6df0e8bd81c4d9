"""Sizes as tools print them for people: a number with a unit, rounded."""

import re

_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}
_SIZE = re.compile(
    r"(-?\d{1,15}(?:[.,]\d{1,6})?)\s?(?:([kmgtpe]?)(i?)(?:b|bytes?)?)", re.IGNORECASE | re.ASCII
)
_MOST = 2**63 - 1


def size_of(text: str, *, binary: bool = False) -> int | None:
    """Bytes of `1.783 MiB`, `1.87 MB`, `70.000 KB`, `1.87M` or `12 B`, rounded; None for anything else, and below zero.

    KiB are 1024 bytes, kB are 1000; with `binary`, kB are 1024 too.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    number, unit, i = found.groups()
    base = 1024 if i or (binary and unit) else 1000
    size = round(float(number.replace(",", ".")) * base ** _POWERS[unit.lower()])
    return size if 0 <= size <= _MOST else None


def is_rounded(text: str) -> bool:
    """Whether a size has a unit above bytes, and so is only about right."""
    found = _SIZE.fullmatch(text.strip())
    return found is not None and bool(found[2])
