"""Schedules as text: what a person types, what the database keeps, and words to read."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from duplistat.core.formatting import duration
from duplistat.core.i18n import ENGLISH, Say, Text, later
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
    Timetable,
    Unplanned,
    Weekly,
    Within,
    names_times,
)
from duplistat.core.visible import visible

MAX_TEXT = 200
# Of what was learned: every quarter of an hour, other on each weekday.
LONGEST_TEXT = 10_000
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=400)

DAY_NAMES = (
    later("Monday"),
    later("Tuesday"),
    later("Wednesday"),
    later("Thursday"),
    later("Friday"),
    later("Saturday"),
    later("Sunday"),
)
SHORT_DAYS = tuple(name[:3].lower() for name in DAY_NAMES)
NTH_NAMES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}
DAY_SETS = {
    "daily": EVERY_DAY,
    "weekdays": MONDAY_TO_FRIDAY,
    "weekends": frozenset({5, 6}),
}
# As people say it after "every".
AS_SAID = {"day": "daily", "night": "daily", "weekday": "weekdays", "weekend": "weekends"}

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


def parse_schedule(text: str, *, anchor: datetime | None = None, longest: int = MAX_TEXT) -> Schedule:
    """The schedule that `text` means. Case and white space do not matter.

    `anchor` (aware) is when an interval begins that does not say `from`. Raises ValueError with
    a sentence for people: what is wrong, and an example.
    """
    if len(text) > longest:
        raise _wrong(Text("a schedule is at most {most} characters long", most=longest), "daily 02:00")
    if ";" in text:
        return _parse_timetable(text, longest)
    tidy = re.sub(r"\s*,\s*", ",", text.lower())
    tidy = re.sub(r"(?<=[a-z])\s*-\s*(?=[a-z])", "-", tidy)
    words = [word for word in tidy.split() if word != "at"]
    match words:
        case []:
            raise _wrong(Text("the schedule is empty"), "daily 02:00")
        case ["unplanned"] | ["not", "planned"]:
            return Unplanned()
        case ["every", days, times] if days in AS_SAID or _parse_days(days) is not None:
            return parse_schedule(f"{AS_SAID.get(days, days)} {times}")
        case ["every", *rest]:
            return _parse_interval(" ".join(rest), anchor)
        case ["within", *rest]:
            return Within(_parse_length(" ".join(rest), "within 25h"))
        case ["cron", *rest]:
            return _parse_cron(" ".join(rest))
        case ["monthly", *rest]:
            return _parse_monthly(rest)
        case [days, *rest] if (found := _parse_days(days)) is not None:
            if len(rest) != 1:
                text = Text('"{days}" needs times of day, with commas between them', days=days)
                raise _wrong(text, f"{days} 02:00,14:00")
            return Weekly(found, tuple(_parse_time(item) for item in rest[0].split(",")))
    raise _wrong(
        Text(
            '"{text}" does not begin with daily, weekdays, a weekday, monthly, every, within, cron or unplanned',
            text=_short(text),
        ),
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
        case Within(every):
            count, letter, _ = _in_units(every)
            return f"within {count}{letter}"
        case Weekly(days, times):
            names = {EVERY_DAY: "daily", MONDAY_TO_FRIDAY: "weekdays"}
            when = names.get(days) or ",".join(SHORT_DAYS[day] for day in sorted(days))
            return f"{when} {','.join(_clocks(times))}"
        case Timetable(parts):
            return "; ".join(write_schedule(part) for part in parts)
        case Monthly(day, at):
            return f"monthly {'last' if day == LAST else day} {at:%H:%M}"
        case MonthlyNth(nth, weekday, at):
            return f"monthly {NTH_NAMES[nth]} {SHORT_DAYS[weekday]} {at:%H:%M}"
        case Cron(expression):
            return f"cron {expression}"
        case Unplanned():
            return "unplanned"


def describe(schedule: Schedule, say: Say = ENGLISH) -> str:
    """The schedule in words that fit into a sentence: "every day at 02:00"."""
    match schedule:
        case Interval(every, _):
            count, letter, _ = _in_units(every)
            return _every(count, letter, say)
        case Within(every):
            text = say.gettext("at most {time} after the run before")
            return text.format(time=duration(every.total_seconds(), say))
        case Weekly(days, times):
            text = say.gettext("{days} at {times}")
            return text.format(days=_day_words(sorted(days), say), times=_and(_clocks(times), say))
        case Timetable(parts):
            return _and([describe(part, say) for part in parts], say)
        case Monthly(day, at):
            return _monthly(day, say).format(day=_ordinal(day, say), time=f"{at:%H:%M}")
        case MonthlyNth(nth, weekday, at):
            return _nth(nth, say).format(weekday=say.gettext(DAY_NAMES[weekday]), time=f"{at:%H:%M}")
        case Cron(expression):
            if say.code != ENGLISH.code:
                # What explains cron expressions knows English alone.
                return say.gettext("as cron has it: {expression}").format(expression=expression)
            words = CronSim(expression, datetime(2026, 1, 1)).explain()
            return words[:1].lower() + words[1:]
        case Unplanned():
            return say.gettext("manual job")


def describe_in_zone(schedule: Schedule, zone: ZoneInfo, say: Say = ENGLISH) -> str:
    """The same, with the zone whose clock its times of day mean, where it names any."""
    words = describe(schedule, say)
    return with_zone(words, zone, say) if names_times(schedule) else words


def with_zone(words: str, zone: ZoneInfo, say: Say = ENGLISH) -> str:
    """Words that name times of day by the clock of a zone, with its name."""
    return say.gettext("{schedule}, {zone}").format(schedule=words, zone=zone.key)


def describe_text(text: str, say: Say = ENGLISH) -> str:
    """A schedule that is kept as text, in words; the text itself where it is none."""
    try:
        return describe(parse_schedule(text, longest=LONGEST_TEXT), say)
    except ValueError:
        return visible(text)


def _wrong(what: Text, example: str) -> ValueError:
    return ValueError(Text('{what}; write for example "{example}"', what=what, example=example))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"


def _parse_timetable(text: str, longest: int) -> Timetable:
    parts = [parse_schedule(part, longest=longest) for part in text.split(";") if part.strip()]
    weekly = tuple(part for part in parts if isinstance(part, Weekly))
    if len(weekly) < 2 or len(weekly) < len(parts):
        what = Text('only times of day on weekdays can be put together with ";"')
        raise _wrong(what, "weekdays 22:00; sat 10:00")
    return Timetable(weekly)


def _parse_time(text: str) -> time:
    if (found := _TIME.fullmatch(text)) and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    raise _wrong(Text('"{text}" is not a time of day from 00:00 to 23:59', text=_short(text)), "daily 02:00")


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
    every = _parse_length(length, "every 6h")
    if start:
        anchor = _parse_moment(start)
    if anchor is None:
        raise _wrong(
            Text("the interval does not say when it begins"), f"every {_short(length)} from 2026-01-05T02:00Z"
        )
    return Interval(every, anchor)


def _parse_length(length: str, example: str) -> timedelta:
    if not _LENGTHS.fullmatch(length):
        raise _wrong(Text('"{text}" is not a length of time', text=_short(length)), example)
    pairs = [(int(count), unit) for count, unit in _LENGTH.findall(length)]
    if unknown := next((unit for _, unit in pairs if unit not in UNIT_WORDS), None):
        raise _wrong(Text('"{text}" is not a unit of time (s, m, h, d or w)', text=_short(unknown)), example)
    # Counted in whole seconds, which do not overflow as a timedelta would.
    seconds = sum(count * int(UNIT_WORDS[unit].total_seconds()) for count, unit in pairs)
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        raise _wrong(Text('"{text}" is not between 1 minute and 400 days', text=_short(length)), example)
    return timedelta(seconds=seconds)


def _parse_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.upper().replace(" ", "T", 1))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _wrong(
        Text('"{text}" is not a date, time and zone', text=_short(text)), "every 2d from 2026-01-05T02:00Z"
    )


def _parse_cron(expression: str) -> Cron:
    try:
        return Cron(expression)
    except ValueError as error:
        raise _wrong(
            Text(
                '"{text}" is not a cron expression ({problem})', text=_short(expression), problem=str(error)
            ),
            "cron 0 2 * * mon-fri",
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
        Text(
            '"{text}" is not a day (1 to 31, last, or as "second tue") and a time',
            text=_short(" ".join(words)),
        ),
        "monthly second tue 02:00",
    )


def _in_units(length: timedelta) -> tuple[int, str, str]:
    """The length as a count, the letter and the name of its unit."""
    return next((length // unit, letter, name) for letter, (unit, name) in UNITS.items() if not length % unit)


def _clocks(times: Iterable[time]) -> list[str]:
    return [f"{at:%H:%M}" for at in times]


def _ordinal(number: int, say: Say = ENGLISH) -> str:
    if number == 1:
        # Where no other day has an ending: 1er, 2, 3.
        return say.gettext("1st")
    ending = 0 if number in (11, 12, 13) else number % 10
    texts = {1: say.gettext("{number}st"), 2: say.gettext("{number}nd"), 3: say.gettext("{number}rd")}
    return texts.get(ending, say.gettext("{number}th")).format(number=number)


def _and(items: list[str], say: Say = ENGLISH) -> str:
    *most, last = items
    return say.gettext("{most} and {last}").format(most=", ".join(most), last=last) if most else last


def _every(count: int, letter: str, say: Say) -> str:
    match letter:
        case "w":
            text = say.ngettext("every week", "every {count} weeks", count)
        case "d":
            text = say.ngettext("every day", "every {count} days", count)
        case "h":
            text = say.ngettext("every hour", "every {count} hours", count)
        case "m":
            text = say.ngettext("every minute", "every {count} minutes", count)
        case _:
            text = say.ngettext("every second", "every {count} seconds", count)
    return text.format(count=count)


def _day_words(days: list[int], say: Say) -> str:
    if len(days) == 7:
        return say.gettext("every day")
    names = [say.gettext(DAY_NAMES[day]) for day in days]
    if len(days) == 1:
        return say.gettext("every {weekday}").format(weekday=names[0])
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return say.gettext("{first} to {last}").format(first=names[0], last=names[-1])
    return _and(names, say)


def _monthly(day: int, say: Say) -> str:
    if day == LAST:
        return say.gettext("on the last day of the month at {time}")
    if day > 28:
        return say.gettext("on the {day} of the month (or its last day) at {time}")
    return say.gettext("on the {day} of the month at {time}")


def _nth(nth: int, say: Say) -> str:
    texts = {
        1: say.gettext("on the first {weekday} of the month at {time}"),
        2: say.gettext("on the second {weekday} of the month at {time}"),
        3: say.gettext("on the third {weekday} of the month at {time}"),
        4: say.gettext("on the fourth {weekday} of the month at {time}"),
        5: say.gettext("on the fifth {weekday} of the month at {time}"),
        LAST: say.gettext("on the last {weekday} of the month at {time}"),
    }
    return texts[nth]
