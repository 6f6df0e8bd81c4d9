"""Times as senders write them, and as our tables and answers hold them.

Inside, a time is an aware UTC datetime. A datetime has microseconds; Duplicati writes units of 100 ns, and
two runs may differ only there, so the exact start also travels as an integer of such ticks.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple, overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICKS_PER_SECOND = 10_000_000

_NAIVE_EPOCH = datetime(1970, 1, 1)
# Before 1971 a clock was unset (.NET's year 1, a board without a battery's 1970); after 9999 nothing fits.
_FIRST_SECOND = 31_536_000
_LAST_SECOND = 253_402_300_799
_DAY_MINUTES = 24 * 60

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)
_OF_DOTNET = "2026-11-29T18:01:02.1234567Z"
_COMPACT = re.compile(r"\d{8}T\d{6}Z", re.ASCII)


class Moment(NamedTuple):
    """A time as told: `at` in UTC, `ticks` of 100 ns since 1970, and the offset east of UTC if one was given.

    "Z" is the offset 0; a time without any is read as UTC and has the offset None.
    """

    at: datetime
    ticks: int
    offset_minutes: int | None


def parse_iso(value: object) -> Moment | None:
    """Read ISO 8601 with any number of fraction digits (the eighth and later are cut off).

    None for anything that is no such time, for an unset clock (before 1971; .NET's 0001-01-01T00:00:00), and
    for a time that is past year 9999 in UTC. Never raises.
    """
    if not isinstance(value, str):
        return None
    if value[19:20] == "." and len(value) <= len(_OF_DOTNET) and (moment := _parse_dotnet(value)) is not None:
        return moment
    found = _ISO.fullmatch(value.strip())
    if found is None:
        return None
    date, clock, second, fraction, sign, hours, minutes = found.groups()
    try:
        naive = datetime.fromisoformat(f"{date}T{clock}:{second or '00'}")
    except ValueError:
        return None
    offset = None
    if sign:
        offset = int(hours) * 60 + int(minutes or 0)
        if offset >= _DAY_MINUTES:
            return None
        if sign == "-":
            offset = -offset
    elif value.rstrip()[-1] in "Zz":
        offset = 0
    since = naive - _NAIVE_EPOCH
    seconds = since.days * 86_400 + since.seconds - (offset or 0) * 60
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        return None
    part = int(fraction[:7].ljust(7, "0")) if fraction else 0
    at = EPOCH + timedelta(seconds=seconds, microseconds=part // 10)
    return Moment(at, seconds * TICKS_PER_SECOND + part, offset)


def _parse_dotnet(text: str) -> Moment | None:
    """A time in UTC with decimals as .NET writes it, and so nearly all that are told: that much quicker. None for any
    other; `text` has 20 characters at least."""
    fraction = text[20:-1]
    if text[4] + text[7] + text[10] + text[-1] != "--TZ" or not (
        # Python looks at six of these only.
        fraction.isdecimal() and fraction.isascii()
    ):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    since = at - EPOCH
    seconds = since.days * 86_400 + since.seconds
    if seconds < _FIRST_SECOND:
        return None
    return Moment(at, seconds * TICKS_PER_SECOND + int(fraction.ljust(7, "0")), 0)


def parse_compact(value: object) -> datetime | None:
    """Read Duplicati's `yyyyMMddTHHmmssZ` (next-scheduled-run, REST metadata); None when it is not one."""
    found = _COMPACT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found[0])
    except ValueError:
        return None
    return at if at.timestamp() >= _FIRST_SECOND else None


def from_unix(seconds: int) -> datetime | None:
    """The time of whole seconds since 1970; None for an unset clock or one past year 9999."""
    return EPOCH + timedelta(seconds=seconds) if _FIRST_SECOND <= seconds <= _LAST_SECOND else None


@overload
def to_ms(at: datetime) -> int: ...
@overload
def to_ms(at: datetime | None) -> int | None: ...
def to_ms(at: datetime | None) -> int | None:
    """Milliseconds since 1970 of an aware datetime, rounded down; None for None."""
    if at is None:
        return None
    since = at - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


@overload
def from_ms(ms: int) -> datetime: ...
@overload
def from_ms(ms: int | None) -> datetime | None: ...
def from_ms(ms: int | None) -> datetime | None:
    """The aware UTC datetime of milliseconds since 1970; None for None.

    Raises OverflowError for a number outside years 1 to 9999: `to_ms` never makes one.
    """
    return None if ms is None else EPOCH + timedelta(milliseconds=ms)


def in_zone(ms: int, zone: tzinfo) -> datetime:
    """A time (ms) by the clock of a zone; in UTC where that clock shows a year after 9999."""
    at = from_ms(ms)
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def midnight(day: date, zone: tzinfo, later: int = 0) -> int:
    """The beginning (ms) of a day in a zone, or of one so many days later. Raises OverflowError past year 9999."""
    return to_ms(datetime.combine(day + timedelta(days=later), time(), zone))


def by_our_clock(ms: int, shift: int) -> int:
    """A time (ms) that a sender told, `shift` later; at the edge of what `from_ms` takes where that is beyond it.

    Such a sender tells of a start and an end that are thousands of years apart.
    """
    return min(max(ms + shift, 0), _LAST_SECOND * 1000)


@overload
def iso_ms(at: datetime) -> str: ...
@overload
def iso_ms(at: datetime | None) -> str | None: ...
def iso_ms(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and `Z`, as every answer writes times; None for None."""
    if at is None:
        return None
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
