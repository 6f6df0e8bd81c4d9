"""What duplistatus expects of a job, as a schedule of ours. It counts calendar steps in UTC."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from duplistat.core.i18n import later
from duplistat.core.schedule import EVERY_DAY, Cron, Interval, Monthly, Schedule, Unplanned, Weekly
from duplistat.core.schedule_text import LONGEST, SHORTEST, write_schedule
from duplistat.formats.imports.values import time_in

_TOKEN = re.compile(r"(\d{1,9})([smhDWMY])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "D": 86_400, "W": 7 * 86_400}
_MONTHS = {"M": 1, "Y": 12}
_OLD_UNITS = {"hour": "h", "day": "D"}
_DAY_SECONDS = 86_400
TOLERANCES = {
    "no_tolerance": 0,
    "5min": 5,
    "15min": 15,
    "30min": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "6h": 360,
    "12h": 720,
    "1d": 1440,
}
NOT_UNDERSTOOD = later("the expected interval is not understood: the schedule is learned")
NO_ANCHOR = later("nothing says when the expected interval begins: the schedule is learned")
NO_SUCH_MONTHS = later("an interval of so many months is no schedule here: it is learned")
NO_WEEKDAYS = later("weekdays are not kept with an interval that is not one day: every day counts")


class Expectation(NamedTuple):
    """A schedule as text, None for one that is learned; and what of it is lost, "" for nothing."""

    schedule: str | None
    lost: str = ""


def expectation_of(settings: Mapping[str, Any], last: datetime | None) -> Expectation:
    """What the settings of a job say. `last` is when its latest run began: older versions count from that."""
    if settings.get("overdueBackupCheckEnabled") is False:
        return Expectation(write_schedule(Unplanned()))
    interval = settings.get("expectedInterval")
    if interval in (None, "", 0):
        return Expectation(None)
    seconds, months = _length(interval, settings.get("intervalUnit"))
    anchor = time_in(settings.get("time")) or last
    if bool(seconds) == bool(months):
        return Expectation(None, NOT_UNDERSTOOD)
    if anchor is None:
        return Expectation(None, NO_ANCHOR)
    anchor = anchor.replace(microsecond=0)
    days = _weekdays(settings.get("allowedWeekDays"))
    if months:
        return _monthly(months, anchor)
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        return Expectation(None, NOT_UNDERSTOOD)
    if days != EVERY_DAY:
        if seconds > _DAY_SECONDS or _DAY_SECONDS % seconds or seconds % 60:
            return Expectation(_written(Interval(timedelta(seconds=seconds), anchor)), NO_WEEKDAYS)
        return Expectation(_written(Weekly(days, _times(seconds, anchor))))
    return Expectation(_written(Interval(timedelta(seconds=seconds), anchor)))


def _written(schedule: Schedule) -> str:
    return write_schedule(schedule)


def _length(interval: object, unit: object) -> tuple[int, int]:
    """Seconds and months of an interval; (0, 0) for what is none."""
    if isinstance(interval, int) and not isinstance(interval, bool):
        letter = _OLD_UNITS.get(str(unit), "") if unit is not None else "s"
        return (interval * _SECONDS[letter], 0) if letter and 0 < interval < 10**9 else (0, 0)
    if not isinstance(interval, str):
        return 0, 0
    text = interval.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text), 0
    tokens = _TOKEN.findall(text)
    if not tokens or "".join(number + letter for number, letter in tokens) != text:
        return 0, 0
    seconds = sum(int(number) * _SECONDS[letter] for number, letter in tokens if letter in _SECONDS)
    months = sum(int(number) * _MONTHS[letter] for number, letter in tokens if letter in _MONTHS)
    return seconds, months


def _weekdays(value: object) -> frozenset[int]:
    """Their weekdays begin with Sunday, ours with Monday; none, or all, are every day."""
    if not isinstance(value, list):
        return EVERY_DAY
    days = {(day - 1) % 7 for day in value if isinstance(day, int) and 0 <= day <= 6}
    return frozenset(days) or EVERY_DAY


def _times(seconds: int, anchor: datetime) -> tuple[time, ...]:
    first = (anchor.hour * 3600 + anchor.minute * 60) % seconds
    minutes = [(first + step * seconds) // 60 for step in range(_DAY_SECONDS // seconds)]
    return tuple(time(minute // 60, minute % 60) for minute in sorted(minutes))


def _monthly(months: int, anchor: datetime) -> Expectation:
    at = time(anchor.hour, anchor.minute)
    if months == 1:
        return Expectation(_written(Monthly(anchor.day, at)))
    if 12 % months or anchor.day > 28:
        return Expectation(None, NO_SUCH_MONTHS)
    which = sorted({(anchor.month - 1 + step * months) % 12 + 1 for step in range(12 // months)})
    text = f"{at.minute} {at.hour} {anchor.day} {','.join(map(str, which))} *"
    return Expectation(_written(Cron(text)))
