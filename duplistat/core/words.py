"""Numbers and times as a person would say them. English; times come with their zone from the caller."""

from datetime import date, datetime

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
MINUTE, HOUR, DAY = 60, 3600, 86_400


def size(count: int | None) -> str:
    """Bytes with three significant digits: 48.3 GB. Decimal units, as disks are sold. "" for None."""
    if count is None:
        return ""
    sign, amount, unit = ("−" if count < 0 else ""), float(abs(count)), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount /= 1000
        unit += 1
    digits = 0 if unit == 0 or amount >= 99.95 else 1 if amount >= 9.995 else 2
    return f"{sign}{amount:.{digits}f} {_UNITS[unit]}"


def change(before: int | None, after: int | None) -> str:
    """How a size changed: +31.0 MB, −2.00 GB, or ±0."""
    if before is None or after is None:
        return ""
    difference = after - before
    if not difference:
        return "±0"
    return ("+" if difference > 0 else "") + size(difference)


def count(number: int | None) -> str:
    """An integer in groups of three: 10 211."""
    return "" if number is None else f"{number:,}".replace(",", "\u202f")


def duration(seconds: float) -> str:
    """At most two units: 45 s, 3 min 20 s, 1 h 10 min, 2 d 3 h."""
    sign = "−" if seconds < 0 else ""
    whole = round(abs(seconds))
    if whole < 1:
        return "under 1 s" if seconds else "0 s"
    for unit, name, lower, lower_name in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // lower
            return f"{sign}{whole // unit} {name}" + (f" {rest} {lower_name}" if rest else "")
    return f"{sign}{whole} s"


def span(seconds: float) -> str:
    """One unit, for a glance: 40 s, 20 min, 6 h, 9 days."""
    whole = abs(seconds)
    if whole < 90:
        return f"{round(whole)} s"
    if whole < 90 * MINUTE:
        return f"{round(whole / MINUTE)} min"
    if whole < 48 * HOUR:
        return f"{round(whole / HOUR)} h"
    return f"{round(whole / DAY)} days"


def ago(at: datetime, now: datetime) -> str:
    """6 h ago, in 18 h, or just now."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 10:
        return "just now"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(seconds)}"


def moment(at: datetime, now: datetime) -> str:
    """A time near now: "today 02:00", "yesterday 02:03", "Mon 02:00", "11 Nov 20:00", "11 Nov 2024 20:00".

    Both are aware, and in the zone in which they shall be read.
    """
    days = (at.date() - now.date()).days
    clock = f"{at:%H:%M}"
    if days in (-1, 0, 1):
        return f"{('yesterday', 'today', 'tomorrow')[days + 1]} {clock}"
    if -6 <= days <= 6:
        return f"{at:%a} {clock}"
    return f"{_day(at.date(), now.date())} {clock}"


def _day(day: date, today: date) -> str:
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def exact(at: datetime) -> str:
    """A time with its zone, for hover and for screen readers: 2026-11-20 02:00:13 CET (UTC+01:00)."""
    offset = f"{at:%z}"
    return f"{at:%Y-%m-%d %H:%M:%S} {at:%Z} (UTC{offset[:3]}:{offset[3:]})"


def plural(number: int, word: str, many: str = "") -> str:
    """1 job, 2 jobs."""
    return f"{count(number)} {word if number == 1 else many or word + 's'}"
