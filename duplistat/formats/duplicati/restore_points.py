"""The versions that a backup has, from the lines in which Duplicati says which it keeps.

`Backups to consider: DATE, DATE, …` lists them, and `All backups to delete: DATE, …` those that go, in the culture of
the sender, in its local time. Both are messages of the level Information.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from itertools import islice

from duplistat.core.report import LogLine

_CONSIDERED = "Backups to consider:"
_DELETED = "All backups to delete:"
_MOST_DATES = 20_000
_MOST_CHARACTERS = 2_000_000
# A list is as old as its log line, but for a clock that changes meanwhile.
_SLACK = timedelta(hours=2)
# A newest version that is older says little of how it is to be read.
_RECENT = timedelta(days=31)
# 02:00:02, 2:00:02 AM, 2:00 p. m.; newer .NET has narrow blanks before AM.
_CLOCK = (
    r"(?P<hour{n}>\d{{1,2}})[:.](?P<minute{n}>\d\d)(?:[:.](?P<second{n}>\d\d))?"
    r"(?:[\s\u202f\u00a0]{{1,2}}(?P<half{n}>[AaPp])\.?[\s\u00a0]?[Mm]\.?)?"
)
_DATE = re.compile(
    r"(?<!\d)(?:(?P<year1>\d{4})[-/.]\s?(?P<month>\d{1,2})[-/.]\s?(?P<day>\d{1,2})\.?(?:T|,?\s)"
    + _CLOCK.format(n=1)
    + r"(?:\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?"
    r"|(?P<one>\d{1,2})(?P<joint>[-/.])\s?(?P<two>\d{1,2})(?P=joint)\s?(?P<year2>\d{4}),?\s"
    + _CLOCK.format(n=2)
    + ")",
    re.ASCII,
)
# Blanks that cultures write, and our pattern does not.
_BLANKS = str.maketrans("\u202f\u00a0", "  ")


def restore_points_of(lines: Iterable[LogLine], offset_minutes: int | None) -> tuple[datetime, ...]:
    """The versions that remain, newest first, in UTC; naive wall time where nothing tells the sender's offset.

    Empty where the log does not tell. Never raises.
    """
    considered: list[str] = []
    deleted: list[str] = []
    offset = offset_minutes
    logged: datetime | None = None
    for line in lines:
        for start, texts in ((_CONSIDERED, considered), (_DELETED, deleted)):
            at = line.text.find(start, 0, 200)
            if at >= 0:
                texts.append(line.text[at + len(start) : at + _MOST_CHARACTERS])
                logged = line.at or logged
                if offset is None and line.at is not None and (utc_offset := line.at.utcoffset()) is not None:
                    offset = int(utc_offset.total_seconds()) // 60
    if not considered:
        return ()
    found, gone = _dates(considered[-1]), _dates(deleted[-1]) if deleted else []
    month_first = _month_first(found + gone, logged)
    removed = {_moment(date, month_first, offset) for date in gone}
    moments = {_moment(date, month_first, offset) for date in found} - removed
    known = [at for at in moments if at is not None]
    if len({at.tzinfo is None for at in known}) > 1:
        known = [at for at in known if at.tzinfo is not None]
    return tuple(sorted(known, reverse=True))


def _dates(text: str) -> list[re.Match[str]]:
    return list(islice(_DATE.finditer(text.translate(_BLANKS)), _MOST_DATES))


def _month_first(dates: Iterable[re.Match[str]], logged: datetime | None) -> bool:
    """Whether 03/04 is the 4th of March: as far as one date of the list tells, else by what fits.

    `logged` is when the sender wrote the list: nothing in it is newer, and its newest version is rarely old.
    """
    slashed = [date for date in dates if date["joint"] == "/"]
    if any(int(date["one"]) > 12 for date in slashed):
        return False
    if any(int(date["two"]) > 12 for date in slashed):
        return True
    if logged is not None and slashed:
        at = logged.replace(tzinfo=None)
        day, month = (_distance(slashed, first, at) for first in (False, True))
        if day != month and min(day, month) <= _RECENT:
            return month < day
    if any(date["half2"] for date in slashed):
        return True
    # Versions follow each other: of the two numbers, the one that changes more often is the day.
    return len({date["two"] for date in slashed}) > len({date["one"] for date in slashed})


def _distance(dates: Iterable[re.Match[str]], month_first: bool, at: datetime) -> timedelta:
    """How long before `at` the newest date is; as long as can be, if it is after it."""
    known = [moment for date in dates if (moment := _moment(date, month_first, None)) is not None]
    newest = max((moment.replace(tzinfo=None) for moment in known), default=datetime.max)
    return at - newest if newest <= at + _SLACK else timedelta.max


def _moment(date: re.Match[str], month_first: bool, offset: int | None) -> datetime | None:
    if date["year1"]:
        numbers, n = (date["year1"], date["month"], date["day"]), 1
    elif month_first and date["joint"] == "/":
        numbers, n = (date["year2"], date["one"], date["two"]), 2
    else:
        numbers, n = (date["year2"], date["two"], date["one"]), 2
    hour, half = int(date[f"hour{n}"]), date[f"half{n}"]
    if half:
        hour = hour % 12 + (12 if half in "Pp" else 0)
    year, month, day = map(int, numbers)
    try:
        at = datetime(year, month, day, hour, int(date[f"minute{n}"]), int(date[f"second{n}"] or 0))
        if not 1971 <= at.year < 9999:
            return None
        if date["zone"]:
            at = datetime.fromisoformat(at.isoformat() + date["zone"].replace("Z", "+00:00"))
            return at
        return at if offset is None else at.replace(tzinfo=timezone(timedelta(minutes=offset)))
    except (ValueError, OverflowError):
        return None
