"""Schedules as text: what a person types, what the database keeps, and words to read."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from cronsim import CronSim

from duplistat.core.schedule import (
    DAY,
    EVERY_DAY,
    LAST,
    MONDAY_TO_FRIDAY,
    Cron,
    Interval,
    Monthly,
    MonthlyNth,
    Schedule,
    Unplanned,
    Weekly,
)

MAX_TEXT = 200
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=400)

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT_DAYS = tuple(name[:3].lower() for name in DAY_NAMES)
NTH_NAMES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}
DAY_SETS = {
    "daily": EVERY_DAY,
    "weekdays": MONDAY_TO_FRIDAY,
    "weekends": frozenset({5, 6}),
}

# Largest first: a length is written in the largest unit that it is a whole number of.
UNITS = {
    "w": (timedelta(weeks=1), "week"),
    "d": (DAY, "day"),
    "h": (timedelta(hours=1), "hour"),
    "m": (timedelta(minutes=1), "minute"),
    "s": (timedelta(seconds=1), "second"),
}
UNIT_WORDS = {
    word: length for letter, (length, name) in UNITS.items() for word in (letter, name, f"{name}s")
} | {word: UNITS[word[0]][0] for word in ("hr", "hrs", "min", "mins", "sec", "secs")}

_LENGTH = re.compile(r"(\d{1,9}) ?([a-z]+) ?")
_LENGTHS = re.compile(rf"(?:{_LENGTH.pattern})+")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


def parse_schedule(text: str, *, anchor: datetime | None = None) -> Schedule:
    """The schedule that `text` means. Case and white space do not matter.

    `anchor` (aware) is when an interval begins that does not say `from`. Raises ValueError with
    a sentence for people: what is wrong, and an example.
    """
    if len(text) > MAX_TEXT:
        raise _wrong(f"a schedule is at most {MAX_TEXT} characters long", "daily 02:00")
    tidy = re.sub(r"\s*,\s*", ",", text.lower())
    tidy = re.sub(r"(?<=[a-z])\s*-\s*(?=[a-z])", "-", tidy)
    words = [word for word in tidy.split() if word != "at"]
    match words:
        case []:
            raise _wrong("the schedule is empty", "daily 02:00")
        case ["unplanned"] | ["not", "planned"]:
            return Unplanned()
        case ["every", *rest]:
            return _parse_interval(" ".join(rest), anchor)
        case ["cron", *rest]:
            return _parse_cron(" ".join(rest))
        case ["monthly", *rest]:
            return _parse_monthly(rest)
        case [days, *rest] if (found := _parse_days(days)) is not None:
            if len(rest) != 1:
                raise _wrong(f'"{days}" needs times of day, with commas between them', f"{days} 02:00,14:00")
            return Weekly(found, tuple(_parse_time(item) for item in rest[0].split(",")))
    raise _wrong(
        f'"{_short(text)}" does not begin with daily, weekdays, a weekday, monthly, every, cron or unplanned',
        "weekdays 22:30",
    )


def write_schedule(schedule: Schedule) -> str:
    """The one text that means this schedule; `parse_schedule` gives the same schedule back."""
    match schedule:
        case Interval(every, anchor):
            count, letter, _ = _in_units(every)
            exact = anchor.second or anchor.microsecond
            start = anchor.replace(tzinfo=None).isoformat(timespec="auto" if exact else "minutes")
            return f"every {count}{letter} from {start}Z"
        case Weekly(days, times):
            names = {EVERY_DAY: "daily", MONDAY_TO_FRIDAY: "weekdays"}
            when = names.get(days) or ",".join(SHORT_DAYS[day] for day in sorted(days))
            return f"{when} {','.join(_clocks(times))}"
        case Monthly(day, at):
            return f"monthly {'last' if day == LAST else day} {at:%H:%M}"
        case MonthlyNth(nth, weekday, at):
            return f"monthly {NTH_NAMES[nth]} {SHORT_DAYS[weekday]} {at:%H:%M}"
        case Cron(expression):
            return f"cron {expression}"
        case Unplanned():
            return "unplanned"


def describe(schedule: Schedule) -> str:
    """The schedule in words that fit into a sentence: "every day at 02:00"."""
    match schedule:
        case Interval(every, _):
            count, _, name = _in_units(every)
            return f"every {name}" if count == 1 else f"every {count} {name}s"
        case Weekly(days, times):
            return f"{_day_words(sorted(days))} at {_and(_clocks(times))}"
        case Monthly(day, at):
            which = "last day" if day == LAST else _ordinal(day)
            fallback = " (or its last day)" if day > 28 else ""
            return f"on the {which} of the month{fallback} at {at:%H:%M}"
        case MonthlyNth(nth, weekday, at):
            return f"on the {NTH_NAMES[nth]} {DAY_NAMES[weekday]} of the month at {at:%H:%M}"
        case Cron(expression):
            words = CronSim(expression, datetime(2026, 1, 1)).explain()
            return words[:1].lower() + words[1:]
        case Unplanned():
            return "not planned"


def _wrong(what: str, example: str) -> ValueError:
    return ValueError(f'{what}; write for example "{example}"')


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"


def _parse_time(text: str) -> time:
    if (found := _TIME.fullmatch(text)) and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    raise _wrong(f'"{_short(text)}" is not a time of day from 00:00 to 23:59', "daily 02:00")


def _parse_day(text: str) -> int | None:
    """A weekday by any beginning of its name of three letters or more."""
    if len(text) < 3:
        return None
    return next((number for number, name in enumerate(DAY_NAMES) if name.lower().startswith(text)), None)


def _parse_days(text: str) -> frozenset[int] | None:
    """The weekdays of "daily", "mon,wed" or "mon-fri" (which may wrap: "sat-mon"), or None."""
    if text in DAY_SETS:
        return DAY_SETS[text]
    found: set[int] = set()
    for item in text.split(","):
        begin, _, end = item.partition("-")
        first, last = _parse_day(begin), _parse_day(end or begin)
        if first is None or last is None or item.endswith("-"):
            return None
        found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return frozenset(found)


def _parse_interval(text: str, anchor: datetime | None) -> Interval:
    length, _, start = text.partition(" from ")
    if length in UNIT_WORDS:
        length = f"1 {length}"
    if not _LENGTHS.fullmatch(length):
        raise _wrong(f'"{_short(length)}" is not a length of time', "every 6h")
    pairs = [(int(count), unit) for count, unit in _LENGTH.findall(length)]
    if unknown := next((unit for _, unit in pairs if unit not in UNIT_WORDS), None):
        raise _wrong(f'"{_short(unknown)}" is not a unit of time (s, m, h, d or w)', "every 6h")
    # Counted in whole seconds, which do not overflow as a timedelta would.
    seconds = sum(count * int(UNIT_WORDS[unit].total_seconds()) for count, unit in pairs)
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        raise _wrong(f'"{_short(length)}" is not between 1 minute and 400 days', "every 6h")
    if start:
        anchor = _parse_moment(start)
    if anchor is None:
        raise _wrong(
            "the interval does not say when it begins", f"every {_short(length)} from 2026-01-05T02:00Z"
        )
    return Interval(timedelta(seconds=seconds), anchor)


def _parse_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.upper().replace(" ", "T", 1))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _wrong(f'"{_short(text)}" is not a date, time and zone', "every 2d from 2026-01-05T02:00Z")


def _parse_cron(expression: str) -> Cron:
    try:
        return Cron(expression)
    except ValueError as error:
        raise _wrong(
            f'"{_short(expression)}" is not a cron expression ({error})', "cron 0 2 * * mon-fri"
        ) from error


def _parse_monthly(words: list[str]) -> Monthly | MonthlyNth:
    nths = {name: nth for nth, name in NTH_NAMES.items()} | {_ordinal(nth): nth for nth in range(1, 6)}
    days = (
        {_ordinal(day): day for day in range(1, 32)}
        | {str(day): day for day in range(1, 32)}
        | {"last": LAST}
    )
    match words:
        case [nth, day, at] if nth in nths and (weekday := _parse_day(day)) is not None:
            return MonthlyNth(nths[nth], weekday, _parse_time(at))
        case [day, at] if day in days:
            return Monthly(days[day], _parse_time(at))
    raise _wrong(
        f'"{_short(" ".join(words))}" is not a day (1 to 31, last, or as "second tue") and a time',
        "monthly second tue 02:00",
    )


def _in_units(length: timedelta) -> tuple[int, str, str]:
    """The length as a count, the letter and the name of its unit."""
    return next((length // unit, letter, name) for letter, (unit, name) in UNITS.items() if not length % unit)


def _clocks(times: Iterable[time]) -> list[str]:
    return [f"{at:%H:%M}" for at in times]


def _ordinal(number: int) -> str:
    teens = number in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _and(items: list[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def _day_words(days: list[int]) -> str:
    if len(days) == 7:
        return "every day"
    if len(days) == 1:
        return f"every {DAY_NAMES[days[0]]}"
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{DAY_NAMES[days[0]]} to {DAY_NAMES[days[-1]]}"
    return _and([DAY_NAMES[day] for day in days])
