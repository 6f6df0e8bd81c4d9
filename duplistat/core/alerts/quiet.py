"""Quiet hours: weekly windows in which messages are held back, or not sent at all, by the clock of the channel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from duplistat.core.alerts.notice import OF_JOBS, SEVERITIES
from duplistat.core.alerts.reading import list_of, object_of, texts_of, words_of, wrong
from duplistat.core.i18n import Text

MOST_WINDOWS = 20
HOLD = "hold"
DROP = "drop"
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
# Windows that follow each other are one: it ends within this many of them.
_MOST_HOPS = 14


@dataclass(frozen=True, slots=True)
class Window:
    """On these weekdays (0 is Monday), from a time of day until another; until the next day where that is not later."""

    days: tuple[int, ...]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Quiet:
    """`then`: HOLD until the end of the window, or DROP. What has one of the exceptions goes out all the same."""

    windows: tuple[Window, ...]
    then: str = HOLD
    except_kinds: tuple[str, ...] = ()
    except_severities: tuple[str, ...] = ()
    except_tags: tuple[str, ...] = ()


def quiet_until(quiet: Quiet, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet time ends in which `at` (aware) lies, in UTC; None outside of one.

    Local times are compared, so that a window is as long as its clock says in the nights in which clocks change.
    """
    end: datetime | None = None
    for _ in range(_MOST_HOPS):
        local = (end or at).astimezone(zone)
        further = max((found for window in quiet.windows if (found := _end(window, local))), default=None)
        if further is None:
            break
        end = further.astimezone(UTC)
    return end


def exempt(quiet: Quiet, kind: str, severity: str, tags: Iterable[str]) -> bool:
    """Whether a message goes out in quiet hours, too."""
    return (
        kind in quiet.except_kinds
        or severity in quiet.except_severities
        or any(tag in quiet.except_tags for tag in tags)
    )


def _end(window: Window, local: datetime) -> datetime | None:
    """When the window ends that a local time lies in, on the same clock; None when it lies in none."""
    clock = local.time().replace(tzinfo=None)
    over_midnight = window.end <= window.start
    if local.weekday() in window.days and clock >= window.start and (over_midnight or clock < window.end):
        day = local.date() + timedelta(days=int(over_midnight))
    elif over_midnight and (local.weekday() - 1) % 7 in window.days and clock < window.end:
        day = local.date()
    else:
        return None
    end = datetime.combine(day, window.end, local.tzinfo)
    # In the hour that comes twice the clock shows the end before it is over.
    return end if end.astimezone(UTC) > local.astimezone(UTC) else end.replace(fold=1)


def parse_quiet(plain: object) -> Quiet:
    """What JSON says of quiet hours. Raises DuplistatError (invalid)."""
    fields = object_of(plain, Quiet)
    windows = tuple(_window(item) for item in list_of(fields, "windows"))
    if not 0 < len(windows) <= MOST_WINDOWS:
        raise wrong("windows", Text("1 to {most} windows are expected", most=MOST_WINDOWS))
    then = fields.get("then", HOLD)
    if then not in (HOLD, DROP):
        raise wrong("then", Text("one of {list} is expected", list=f"{HOLD}, {DROP}"))
    return Quiet(
        windows,
        then,
        words_of(fields, "except_kinds", [kind.value for kind in OF_JOBS]),
        words_of(fields, "except_severities", [item.value for item in SEVERITIES]),
        texts_of(fields, "except_tags"),
    )


def plain_quiet(quiet: Quiet) -> dict[str, Any]:
    """As JSON: what `parse_quiet` reads."""
    return {
        "windows": [
            {
                "days": list(window.days),
                "from": f"{window.start:%H:%M}",
                "until": f"{window.end:%H:%M}",
            }
            for window in quiet.windows
        ],
        "then": quiet.then,
        "except_kinds": list(quiet.except_kinds),
        "except_severities": list(quiet.except_severities),
        "except_tags": list(quiet.except_tags),
    }


def _window(plain: object) -> Window:
    if not isinstance(plain, Mapping) or not set(plain) <= {"days", "from", "until"}:
        raise wrong("windows", Text("a window has days, from and until"))
    days = plain.get("days", EVERY_DAY)
    if not isinstance(days, Sequence) or not days or not all(day in EVERY_DAY for day in days):
        raise wrong("days", Text("numbers from 0 (Monday) to 6 are expected"))
    return Window(tuple(sorted(set(days))), _time(plain, "from"), _time(plain, "until"))


def _time(plain: Mapping[str, Any], name: str) -> time:
    try:
        return datetime.strptime(str(plain.get(name)), "%H:%M").time()  # a time of day
    except ValueError:
        raise wrong(name, Text("a time such as 22:00 is expected")) from None
