"""JSON as senders spell it: with raw line ends in strings, NaN, numbers of any length."""

import json
from typing import Any

from pydantic_core import from_json

from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.i18n import Text, later

INVALID = "Invalid backup data format"
NOT_JSON = later("is not JSON: {problem} at line {line}, column {column}")

_BLANKS = " \t\r\n"
# Longer numbers fit no column, and Python refuses to convert thousands of digits.
_MAX_DIGITS = 20


def _nothing(_: str) -> None:
    return None


def _short_integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


_QUICK = json.JSONDecoder(strict=False, parse_constant=_nothing)
_PATIENT = json.JSONDecoder(strict=False, parse_constant=_nothing, parse_int=_short_integer)


def load(text: str) -> tuple[Any, int]:
    """The JSON value that a text begins with, and where it ends.

    NaN, infinities and absurdly long integers become None. Raises `Unrecognised` for a text that is no JSON
    and for one nested too deeply.
    """
    if text.startswith("{"):
        try:
            # It takes half as long, and only what the standard allows: of that it makes the same as Python's own does.
            return from_json(text, allow_inf_nan=False, cache_strings="keys"), len(text.rstrip(_BLANKS))
        except (ValueError, TypeError):  # TypeError of half a character, which is in no UTF-8
            pass
    try:
        try:
            return _QUICK.raw_decode(text)
        except json.JSONDecodeError:
            raise
        except ValueError:
            return _PATIENT.raw_decode(text)
    except json.JSONDecodeError as error:
        where = Text(NOT_JSON, problem=error.msg, line=error.lineno, column=error.colno)
        raise Unrecognised(INVALID, [Problem("body", where)]) from None
    except RecursionError:
        raise Unrecognised(INVALID, [Problem("body", "is nested too deeply")]) from None


def value_at(text: str, begin: int) -> tuple[Any, int]:
    """The object or array that begins at a place of a text, and where it ends.

    None where there is none, and how far it had to be read for that.
    """
    try:
        try:
            return _QUICK.raw_decode(text, begin)
        except json.JSONDecodeError:
            raise
        except ValueError:
            return _PATIENT.raw_decode(text, begin)
    except json.JSONDecodeError as error:
        # A string without an end is read to the end of the text; the error only knows where it begins.
        return None, len(text) if error.msg.startswith("Unterminated") else max(error.pos, begin)
    except RecursionError:
        return None, begin


def load_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is, or None for anything else."""
    text = text.strip()
    if not text.startswith("{"):
        return None
    try:
        value, end = load(text)
    except Unrecognised:
        return None
    return value if isinstance(value, dict) and end == len(text) else None
