"""When Healthchecks expects a ping, as a schedule of ours: simple, cron, and what we can say of OnCalendar."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from duplistat.core.i18n import later
from duplistat.core.schedule import Schedule, Within
from duplistat.core.schedule_text import LONGEST, SHORTEST, parse_schedule, write_schedule
from duplistat.formats.imports.values import integer_in, text_in, zone_in

MICROSECONDS = 1_000_000
NO_CRON = later("a cron expression that is not understood: the schedule is learned")
NO_CALENDAR = later("an OnCalendar expression that is no schedule here: it is learned")
NO_TIMEOUT = later("a period that is no schedule here: it is learned")
NO_ZONE = later("a time zone that this machine does not know: UTC is taken")

_SHORTHANDS = {
    "hourly": "cron 0 * * * *",
    "daily": "daily 00:00",
    "weekly": "mon 00:00",
    "monthly": "monthly 1 00:00",
    "quarterly": "cron 0 0 1 1,4,7,10 *",
    "yearly": "cron 0 0 1 1 *",
    "annually": "cron 0 0 1 1 *",
}
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_CALENDAR = re.compile(
    rf"(?:(?P<days>{_DAY}(?:(?:,|\.\.){_DAY})*) )?(?:\*-\*-(?P<day>\*|\d\d?) )?(?P<time>\d\d?:\d\d)(?::00)?",
    re.ASCII,
)


def expectation_of(row: Mapping[str, Any]) -> tuple[str | None, str, str]:
    """(schedule as text or None, its zone, what of it is lost or "") of a row of `api_check`."""
    kind, text = text_in(row.get("kind")) or "simple", text_in(row.get("schedule")).strip()
    zone = zone_in(row.get("tz") or "UTC")
    lost = "" if zone else NO_ZONE
    match kind:
        case "cron":
            schedule, problem = _parsed(f"cron {text}"), NO_CRON
        case "oncalendar":
            schedule, problem = _calendar(text), NO_CALENDAR
        case _:
            return _simple(row.get("timeout"))
    if schedule is None:
        return None, zone or "UTC", problem
    return write_schedule(schedule), zone or "UTC", lost


def _simple(timeout: Any) -> tuple[str | None, str, str]:
    number = integer_in(timeout)
    seconds = number // MICROSECONDS if number is not None else 0
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        return None, "UTC", NO_TIMEOUT
    return write_schedule(Within(timedelta(seconds=seconds))), "UTC", ""


def _calendar(text: str) -> Schedule | None:
    """Of several lines, each a time of its own."""
    lines = [_translated(line.strip().lower()) for line in text.splitlines() if line.strip()]
    return _parsed("; ".join(lines)) if lines and all(lines) else None


def _translated(line: str) -> str:
    """One line in our words; "" for what cannot be said in them."""
    if line in _SHORTHANDS:
        return _SHORTHANDS[line]
    found = _CALENDAR.fullmatch(" ".join(line.split()))
    if found is None:
        return ""
    days, day, at = found["days"], found["day"], found["time"].rjust(5, "0")
    if day and day != "*":
        return "" if days else f"monthly {int(day)} {at}"
    return f"{days.replace('..', '-') if days else 'daily'} {at}"


def _parsed(text: str) -> Schedule | None:
    try:
        return parse_schedule(text)
    except ValueError:
        return None
