"""Single values of a report. A relay may have turned each of them into a string: "437", "False", "None"."""

from collections.abc import Mapping
from typing import Any

from duplistat.core.report import MAX_INTEGER

# How other languages' relays write "no value".
_NOTHING = frozenset({"", "none", "null"})
_LONGEST_NOTHING = 4
_TRUE = frozenset({"true", "1", "yes"})
_EMPTY: dict[str, Any] = {}
# Digits of 2^63 and a sign: more can never fit, and converting thousands of them raises.
_MAX_DIGITS = 20


def integer(value: object) -> int | None:
    """A whole number within 64 bits, also when written as a string or a float; None for anything else."""
    if type(value) is int:
        pass  # as nearly always
    elif isinstance(value, str):
        value = value.strip()
        if len(value) > _MAX_DIGITS or not (value.isascii() and value.removeprefix("-").isdigit()):
            return None
        value = int(value)
    elif isinstance(value, float):
        if not value.is_integer():  # also NaN and the infinities
            return None
        value = int(value)
    else:
        return None
    return value if -MAX_INTEGER - 1 <= value <= MAX_INTEGER else None


def natural(value: object) -> int | None:
    """A whole number that is not below zero: Duplicati writes -1 for "cannot tell"."""
    number = integer(value)
    return number if number is not None and number >= 0 else None


def true(value: object) -> bool:
    """Whether a value says yes: true, 1, "True"; everything else says no."""
    if isinstance(value, str):
        return value.strip().lower() in _TRUE
    return value is True or (type(value) is int and value == 1)


def words(value: object) -> str:
    """A text without blanks around it; "" for null and for "None" and "null", which relays write for it."""
    if isinstance(value, str):
        value = value.strip()
        return "" if len(value) <= _LONGEST_NOTHING and value.lower() in _NOTHING else value
    return str(value) if type(value) in (int, float) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else _EMPTY


def sequence(value: object) -> list[Any]:
    """A JSON array, or an empty one where something else stands."""
    return value if isinstance(value, list) else []
