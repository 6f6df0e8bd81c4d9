"""Numbers and times as a person would say them, in any language; times come with their zone from the caller.

And the signs of a language between texts that code puts together.
"""

from collections.abc import Iterable
from datetime import date, datetime

from duplistat.core.i18n import ENGLISH, Say

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
MINUTE, HOUR, DAY = 60, 3600, 86_400


def size(count: int | None, say: Say = ENGLISH) -> str:
    """Bytes with three significant digits: 48.3 GB (French: 48,3 Go). Decimal units, as disks are sold. "" for None."""
    if count is None:
        return ""
    sign, amount, unit = ("−" if count < 0 else ""), float(abs(count)), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount /= 1000
        unit += 1
    digits = 0 if unit == 0 or amount >= 99.95 else 1 if amount >= 9.995 else 2
    number = f"{amount:.{digits}f}".replace(".", say.formats.decimal)
    return f"{sign}{number} {_UNITS[unit].replace('B', say.formats.byte)}"


def change(before: int | None, after: int | None, say: Say = ENGLISH) -> str:
    """How a size changed: +31.0 MB, −2.00 GB, or ±0."""
    if before is None or after is None:
        return ""
    difference = after - before
    if not difference:
        return "±0"
    return ("+" if difference > 0 else "") + size(difference, say)


def count(number: int | None, say: Say = ENGLISH) -> str:
    """An integer in groups of three: 10,211. "" for None."""
    if number is None:
        return ""
    grouped = len(str(abs(number))) >= say.formats.thousands
    return f"{number:,}".replace(",", say.formats.group) if grouped else str(number)


def more(number: int, say: Say = ENGLISH) -> str:
    """How many items are not shown: and 14 more. "" for none."""
    return say.gettext("and {number} more").format(number=count(number, say)) if number > 0 else ""


def duration(seconds: float, say: Say = ENGLISH) -> str:
    """At most two units: 45 s, 3 min 20 s, 1 h 10 min, 2 d 3 h. Units are those of the SI; French has its own day."""
    sign = "−" if seconds < 0 else ""
    whole = round(abs(seconds))
    if whole < 1:
        return say.gettext("under 1 s") if seconds else "0 s"
    for unit, name, lower, lower_name in (
        (DAY, say.formats.day_unit, HOUR, "h"),
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
    return say.formats.percent.format(number=f"{part:.0%}".rstrip("%"))


def growth(part: float, say: Say = ENGLISH) -> str:
    """By how much of it something grew: +3%, +0.5%, −50%, ±0%."""
    size = abs(part) * 100
    text = f"{size:.0f}" if size >= 10 else f"{size:.1f}".removesuffix(".0")
    sign = "±" if text == "0" else "+" if part > 0 else "−"
    return say.formats.percent.format(number=sign + text.replace(".", say.formats.decimal))


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
    return date_near(at, today, say)


def day_name(at: date, say: Say = ENGLISH) -> str:
    """Mon, Tue …"""
    return say.formats.days[at.weekday()]


def date_of(at: date, say: Say = ENGLISH) -> str:
    """11 Nov."""
    return say.formats.date.format(day=at.day, month=say.formats.months[at.month - 1])


def date_near(at: date, today: date, say: Say = ENGLISH) -> str:
    """11 Nov; 11 Nov 2024 of another year than that of `today`."""
    if at.year == today.year:
        return date_of(at, say)
    month = say.formats.months[at.month - 1]
    return say.formats.date_of_year.format(day=at.day, month=month, year=at.year)


def day_and_date(at: date, today: date, say: Say = ENGLISH) -> str:
    """Tue 24 Nov; Tue 24 Nov 2024 of another year than that of `today`."""
    return say.formats.day_and_date.format(
        weekday=day_name(at, say),
        date=date_near(at, today, say),
        day=at.day,
        month=say.formats.months[at.month - 1],
    )


def month_of(at: date, say: Say = ENGLISH) -> str:
    """Nov 2026."""
    return say.formats.month_of_year.format(month=say.formats.months[at.month - 1], year=at.year)


def exact(at: datetime) -> str:
    """A time with its zone, for hover and for screen readers: 2026-11-20 02:00:13 CET (UTC+01:00)."""
    return f"{at:%Y-%m-%d %H:%M:%S} {at:%Z} ({offset(at)})"


def offset(at: datetime) -> str:
    """UTC+01:00, of an aware time."""
    east = f"{at:%z}"
    return f"UTC{east[:3]}:{east[3:5]}"


def labelled(label: str, text: str, say: Say = ENGLISH) -> str:
    """Size: 3 GB."""
    return f"{label}{say.formats.colon}{text}"


def listed(texts: Iterable[str], say: Say = ENGLISH) -> str:
    """Texts behind each other, of which one may have commas in it: 2 failed, 1 late; 3 good."""
    return say.formats.semicolon.join(texts)


def quoted(text: str, say: Say = ENGLISH) -> str:
    """What somebody else wrote: “disk full”."""
    first, last = say.formats.quotes
    return f"{first}{text}{last}"


def plural(number: int, word: str, many: str = "") -> str:
    """1 job, 2 jobs. In English: what pages say has a text of its own."""
    return f"{count(number, ENGLISH)} {word if number == 1 else many or word + 's'}"


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
