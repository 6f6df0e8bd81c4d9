"""Duplicati's schedules as ours, where one means exactly the same."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from duplistat.agents.answers import AgentSchedule
from duplistat.core.schedule import EVERY_DAY, Interval, Monthly, Schedule, Weekly
from duplistat.core.schedule_text import parse_schedule, write_schedule

_PART = re.compile(r"(\d{1,6})([smhDWMY])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DAYS = {"D": 1, "W": 7}
_MONTHS = {"M": 1, "Y": 12}
# Every month has these, so nothing is moved to the end of a short one, from where Duplicati goes on.
_LAST_SAFE_DAY = 28


def schedule_text(schedule: AgentSchedule, zone: ZoneInfo) -> str | None:
    """What `core.schedule_text.parse_schedule` reads as the same schedule in `zone`; None when nothing fits.

    `zone` is the agent's own: Duplicati keeps the time on its wall for days, weeks and months, and counts
    absolute time as soon as hours, minutes or seconds are in it.
    """
    text = schedule.repeat.strip()
    if text.isascii() and text.isdecimal():
        text += "s"
    parts = _PART.findall(text)
    if not parts or "".join(count + unit for count, unit in parts) != text:
        return None
    length = dict.fromkeys("smhDWMY", 0)
    for count, unit in parts:
        length[unit] += int(count)
    clock = sum(length[unit] * size for unit, size in _SECONDS.items())
    days = sum(length[unit] * size for unit, size in _DAYS.items())
    months = sum(length[unit] * size for unit, size in _MONTHS.items())
    allowed = frozenset(schedule.allowed_days) or EVERY_DAY
    if months:
        return None if clock or days or allowed != EVERY_DAY else _monthly(schedule, zone, months)
    if clock:
        seconds = clock + days * 86_400
        # Whole days would keep the time on the wall.
        return None if allowed != EVERY_DAY or seconds % 86_400 == 0 else _interval(schedule, seconds)
    return _daily(schedule, zone, days, allowed) if days else None


def _daily(schedule: AgentSchedule, zone: ZoneInfo, days: int, allowed: frozenset[int]) -> str | None:
    wall = schedule.time.astimezone(zone)
    if wall.weekday() not in allowed:
        return None
    whole = not wall.second and not wall.microsecond
    if days == 1 and whole:
        return _exact(Weekly(allowed, (wall.time(),)))
    if days == 7 and whole:
        return _exact(Weekly(frozenset({wall.weekday()}), (wall.time(),)))
    if allowed == EVERY_DAY or days % 7 == 0:
        return _interval(schedule, days * 86_400)
    return None


def _monthly(schedule: AgentSchedule, zone: ZoneInfo, months: int) -> str | None:
    wall = schedule.time.astimezone(zone)
    if wall.day > _LAST_SAFE_DAY or wall.second or wall.microsecond:
        return None
    if months == 1:
        return _exact(Monthly(wall.day, wall.time()))
    if 12 % months:
        return None
    which = ",".join(str(month) for month in range((wall.month - 1) % months + 1, 13, months))
    return f"cron {wall.minute} {wall.hour} {wall.day} {which} *"


def _interval(schedule: AgentSchedule, seconds: int) -> str | None:
    try:
        return _exact(Interval(timedelta(seconds=seconds), schedule.time))
    except (OverflowError, ValueError):
        return None


def _exact(schedule: Schedule) -> str | None:
    """Its text, when that is read as the same: not for an interval that is too short or too long."""
    text = write_schedule(schedule)
    try:
        return text if parse_schedule(text) == schedule else None
    except ValueError:
        return None
