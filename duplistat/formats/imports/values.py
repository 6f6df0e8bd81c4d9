"""Values as another program's database has them. A column of SQLite holds anything, whatever it is called."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from duplistat.core.report import MAX_INTEGER
from duplistat.core.text import clean, clip_name
from duplistat.core.times import EPOCH, Moment, parse_iso

NOTE_CHARS = 10_000
_MICROSECOND = timedelta(microseconds=1)
# Seconds since 1970 from 1980 to 2100: as milliseconds they are of no such time.
_FIRST, _LAST = 315_532_800, 4_102_444_800
# Characters of a time to the second, and of one to the millisecond with a Z.
_USUAL = (19, 24)


def text_in(value: Any) -> str:
    """A text; "" for none."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return clean(value) if isinstance(value, str) else "" if value is None else clean(str(value))


def name_in(value: Any) -> str:
    """A name, in one line and within its limit; "" for none."""
    return clip_name(" ".join(text_in(value).split()))


def note_in(value: Any) -> str:
    """A note of a person; "" for none."""
    return text_in(value).strip()[:NOTE_CHARS]


def integer_in(value: Any) -> int | None:
    """A whole number from 0 on that fits; None for anything else."""
    if value.__class__ is int and 0 <= value <= MAX_INTEGER:
        return value  # as nearly always
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= MAX_INTEGER else None


def flag_in(value: Any) -> bool:
    """Whether something is so: 1, true, or one of these as text."""
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in ("1", "true"))


def moment_in(value: Any) -> Moment | None:
    """A time, in UTC where it does not say; None for what is none.

    A number is of seconds since 1970, or of milliseconds or microseconds where it is too large for that: so has it who
    copied tables from another database.
    """
    if value.__class__ is str:
        return _moment(value)
    if isinstance(value, bytes) and len(value) < 100:
        return _moment(text_in(value))
    return _counted(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _counted(number: float) -> Moment | None:
    for per_second in (1, 1_000, 1_000_000):
        if _FIRST * per_second <= number < _LAST * per_second:
            at = EPOCH + timedelta(microseconds=round(number * (1_000_000 // per_second)))
            return Moment(at, (at - EPOCH) // _MICROSECOND * 10, None)
    return None


# Each report lists the versions that the ones before it made: most times were read already.
@lru_cache(maxsize=8192)
def _moment(value: str) -> Moment | None:
    if 9 <= len(value) <= 16 and value.isascii() and value.isdigit():
        return _counted(int(value))
    if len(value) in _USUAL and value.isascii():
        # As nearly all are written, read in a tenth of the time.
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        if at.tzinfo is UTC and at.year >= 1971:
            return Moment(at, (at - EPOCH) // _MICROSECOND * 10, None)
    return parse_iso(value)


def time_in(value: Any) -> datetime | None:
    """The same as a time alone."""
    moment = moment_in(value)
    return moment.at if moment else None


def json_in(value: Any) -> Any:
    """What a text says in JSON; None for what is none."""
    if not isinstance(value, str | bytes) or not value:
        return None
    try:
        # In a third of the time. What it refuses, such as half of a surrogate pair, json may take.
        return from_json(value)
    except ValueError:
        pass
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def texts_in(value: Any) -> list[str]:
    """The texts of a list in JSON."""
    found = json_in(value) if value not in (None, "", "[]") else None
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def zone_in(value: Any) -> str:
    """The name of a time zone that this machine knows; "" for none."""
    name = text_in(value).strip()
    try:
        return ZoneInfo(name).key if name and len(name) < 100 else ""
    except (ValueError, OSError, KeyError):
        return ""


def present(wanted: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """Those of some columns that there are."""
    return tuple(name for name in wanted if name in columns)
