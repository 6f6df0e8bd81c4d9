"""Numbers and times as a person would say them, in any language; times come with their zone from the caller."""

from datetime import date, datetime

from duplistat.core.i18n import ENGLISH, Say, later

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
MINUTE, HOUR, DAY = 60, 3600, 86_400
_DAYS = (later("Mon"), later("Tue"), later("Wed"), later("Thu"), later("Fri"), later("Sat"), later("Sun"))
_MONTHS = (
    later("Jan"),
    later("Feb"),
    later("Mar"),
    later("Apr"),
    later("May"),
    later("Jun"),
    later("Jul"),
    later("Aug"),
    later("Sep"),
    later("Oct"),
    later("Nov"),
    later("Dec"),
)


def size(count: int | None, say: Say = ENGLISH) -> str:
    """Bytes with three significant digits: 48.3 GB. Decimal units, as disks are sold. "" for None."""
    if count is None:
        return ""
    sign, amount, unit = ("−" if count < 0 else ""), float(abs(count)), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount /= 1000
        unit += 1
    digits = 0 if unit == 0 or amount >= 99.95 else 1 if amount >= 9.995 else 2
    return f"{sign}{amount:.{digits}f} {_UNITS[unit]}".replace(".", say.decimal)


def change(before: int | None, after: int | None, say: Say = ENGLISH) -> str:
    """How a size changed: +31.0 MB, −2.00 GB, or ±0."""
    if before is None or after is None:
        return ""
    difference = after - before
    if not difference:
        return "±0"
    return ("+" if difference > 0 else "") + size(difference, say)


def count(number: int | None) -> str:
    """An integer in groups of three: 10 211."""
    return "" if number is None else f"{number:,}".replace(",", "\u202f")


def more(number: int, say: Say = ENGLISH) -> str:
    """How many items are not shown: and 14 more. "" for none."""
    return say.gettext("and {number} more").format(number=count(number)) if number > 0 else ""


def duration(seconds: float, say: Say = ENGLISH) -> str:
    """At most two units: 45 s, 3 min 20 s, 1 h 10 min, 2 d 3 h."""
    sign = "−" if seconds < 0 else ""
    whole = round(abs(seconds))
    if whole < 1:
        return say.gettext("under 1 s") if seconds else "0 s"
    for unit, name, lower, lower_name in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // lower
            return f"{sign}{whole // unit} {name}" + (f" {rest} {lower_name}" if rest else "")
    return f"{sign}{whole} s"


def span(seconds: float, say: Say = ENGLISH) -> str:
    """One unit, for a glance: 40 s, 20 min, 6 h, 9 days."""
    return _short(seconds) or say.ngettext("{days} day", "{days} days", _days(seconds)).format(
        days=_days(seconds)
    )


def since(seconds: float, say: Say = ENGLISH) -> str:
    """The same behind "for", "since" and "ago", where other languages bend it."""
    days = _days(seconds)
    return _short(seconds) or say.npgettext("for so long", "{days} day", "{days} days", days).format(
        days=days
    )


def ago(at: datetime, now: datetime, say: Say = ENGLISH) -> str:
    """6 h ago, in 18 h, or just now."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 10:
        return say.gettext("just now")
    pattern = say.gettext("{span} ago") if seconds > 0 else say.gettext("in {span}")
    return pattern.format(span=since(seconds, say))


def percent(part: float, say: Say = ENGLISH) -> str:
    """0.45 as 45%."""
    return say.gettext("{number}%").format(number=f"{part:.0%}".rstrip("%"))


def growth(part: float, say: Say = ENGLISH) -> str:
    """By how much of it something grew: +3 %, +0.5 %, −50 %, ±0 %."""
    size = abs(part) * 100
    text = f"{size:.0f}" if size >= 10 else f"{size:.1f}".removesuffix(".0")
    sign = "±" if text == "0" else "+" if part > 0 else "−"
    return f"{sign}{text} %".replace(".", say.decimal)


def moment(at: datetime, now: datetime, say: Say = ENGLISH) -> str:
    """A time near now: "today 02:00", "yesterday 02:03", "Mon 02:00", "11 Nov 20:00", "11 Nov 2024 20:00".

    Both are aware, and in the zone in which they shall be read.
    """
    return f"{day(at.date(), now.date(), say)} {at:%H:%M}"


def day(at: date, today: date, say: Say = ENGLISH) -> str:
    """A day near today: "yesterday", "Mon", "11 Nov", "11 Nov 2024"."""
    days = (at - today).days
    if days in (-1, 0, 1):
        return (say.gettext("yesterday"), say.gettext("today"), say.gettext("tomorrow"))[days + 1]
    if -6 <= days <= 6:
        return day_name(at, say)
    return date_of(at, say) if at.year == today.year else f"{date_of(at, say)} {at.year}"


def day_name(at: date, say: Say = ENGLISH) -> str:
    """Mon, Tue …"""
    return say.gettext(_DAYS[at.weekday()])


def date_of(at: date, say: Say = ENGLISH) -> str:
    """11 Nov."""
    return say.gettext("{day} {month}").format(day=at.day, month=say.gettext(_MONTHS[at.month - 1]))


def month_of(at: date, say: Say = ENGLISH) -> str:
    """Nov 2026."""
    return f"{say.gettext(_MONTHS[at.month - 1])} {at.year}"


def exact(at: datetime) -> str:
    """A time with its zone, for hover and for screen readers: 2026-11-20 02:00:13 CET (UTC+01:00)."""
    return f"{at:%Y-%m-%d %H:%M:%S} {at:%Z} ({offset(at)})"


def offset(at: datetime) -> str:
    """UTC+01:00, of an aware time."""
    east = f"{at:%z}"
    return f"UTC{east[:3]}:{east[3:5]}"


def plural(number: int, word: str, many: str = "") -> str:
    """1 job, 2 jobs. In English: what pages say has a text of its own."""
    return f"{count(number)} {word if number == 1 else many or word + 's'}"


def _days(seconds: float) -> int:
    return round(abs(seconds) / DAY)


def _short(seconds: float) -> str:
    """As `span`, up to two days; "" beyond."""
    whole = abs(seconds)
    if whole < 90:
        return f"{round(whole)} s"
    if whole < 90 * MINUTE:
        return f"{round(whole / MINUTE)} min"
    return f"{round(whole / HOUR)} h" if whole < 48 * HOUR else ""
