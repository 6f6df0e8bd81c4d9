"""How long something took, as senders write it.

A duration is never below zero: where a clock stepped back, it is unknown.
"""

import re
from datetime import datetime

from duplistat.core.times import to_ms

# A hundred years: more is no duration.
MOST_SECONDS = 100 * 366 * 86_400

_TIMESPAN = re.compile(r"(?:(\d{1,8})\.)?(\d{1,4}):([0-5]\d):([0-5]\d)(?:[.,](\d{1,30}))?", re.ASCII)
_NUMBER = r"\d{1,12}(?:[.,]\d{1,9})?"
_ISO = re.compile(
    rf"P(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?",
    re.ASCII | re.IGNORECASE,
)
_ISO_MS = (7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000)
_PARTS = re.compile(rf"(?:{_NUMBER}\s?[a-z]{{1,7}}[\s,]{{0,2}}){{1,6}}", re.ASCII)
_PART = re.compile(rf"({_NUMBER})\s?([a-z]{{1,7}})", re.ASCII)
_UNITS = {
    unit: ms
    for ms, units in {
        1: "ms msec msecs",
        1000: "s sec secs second seconds",
        60_000: "m min mins minute minutes",
        3_600_000: "h hr hrs hour hours",
        86_400_000: "d day days",
        7 * 86_400_000: "w week weeks",
    }.items()
    for unit in units.split()
}


def parse_duration(value: object) -> int | None:
    """Milliseconds, rounded, of a text with its units: None for anything else, and for one below zero.

    A .NET TimeSpan `[d.]hh:mm:ss[.fffffff]`, ISO 8601 (`PT1H30M`), or numbers with units: `1h30m`, `90 min`, `5400s`.
    """
    if not isinstance(value, str) or len(value) > 100:
        return None
    text = value.strip()
    if found := _TIMESPAN.fullmatch(text):
        return _of_timespan(*found.groups())
    if text[:1] in "Pp" and (found := _ISO.fullmatch(text)):
        parts = zip(found.groups(), _ISO_MS, strict=True)
        told = [_number(number) * ms for number, ms in parts if number]
        return _within(sum(told)) if told and text[-1] not in "Tt" else None
    return _of_units(text.lower())


def between(started: datetime | None, ended: datetime | None) -> int | None:
    """Milliseconds from one time to another; None where one is not known, or the clock stepped back between them."""
    if started is None or ended is None:
        return None
    return known(to_ms(ended) - to_ms(started))


def known(duration_ms: int | None) -> int | None:
    """A duration, or None for one below zero: nothing takes that long."""
    return duration_ms if duration_ms is not None and duration_ms >= 0 else None


def _of_timespan(
    days: str | None, hours: str, minutes: str, seconds: str, fraction: str | None
) -> int | None:
    whole = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
    part = int(fraction[:7].ljust(7, "0")) if fraction else 0
    return _within(whole * 1000 + (part + 5_000) // 10_000)


def _of_units(text: str) -> int | None:
    if not _PARTS.fullmatch(text):
        return None
    parts = _PART.findall(text)
    units = [unit for _, unit in parts]
    if len(set(units)) < len(units) or not all(unit in _UNITS for unit in units):
        return None
    return _within(sum(_number(number) * _UNITS[unit] for number, unit in parts))


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _within(ms: float) -> int | None:
    return round(ms) if ms <= MOST_SECONDS * 1000 else None
