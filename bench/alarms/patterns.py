"""The patterns by which healthy jobs run: what a person would say of the job, and the slots that follow from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bench.alarms import habits
from bench.alarms import slots as kinds
from bench.alarms.slots import MON_FRI, Slot, by_the_month, wall

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONTH = timedelta(days=30.4)
BERLIN, NEW_YORK, SYDNEY, UTC = "Europe/Berlin", "America/New_York", "Australia/Sydney", "UTC"
ALL, SUMMER_TIME = (BERLIN, NEW_YORK, SYDNEY, UTC), (BERLIN, NEW_YORK, SYDNEY)
TWO_YEARS = (730, 760)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`slots(luck, zone, begin, days)` yields without an end, in order of time.

    `gap` is the usual time between two slots. `unannounced`: silences that are longer than all before are no habit of
    the job, but news. `away`: our own server is away now and then. `weekday`: on which all lives begin. `live`: it says
    all the time that it is at work. `tells`: each run says when the next one is, but for those by hand.
    """

    name: str
    gap: timedelta
    slots: Callable[[Random, ZoneInfo, date, int], Iterator[Slot]]
    days: tuple[int, int] = (60, 300)
    zones: tuple[str, ...] = ALL
    weekday: int | None = None
    over_a_change: bool = False
    unannounced: bool = False
    away: bool = False
    live: bool = False
    tells: bool = False


OFFICE = tuple(float(hour * 60) for hour in range(8, 19))

PATTERNS = (
    Pattern("hourly in office hours", HOUR, wall(MON_FRI, OFFICE, minutes=(2, 20)), (60, 90)),
    Pattern("laptop, weekdays, absent on 7 %", DAY, wall(MON_FRI, within=(8, 18), jitter=30, skip=0.07)),
    Pattern("laptop at exact minutes, absent on 7 %", DAY, wall(MON_FRI, within=(8, 18), skip=0.07)),
    Pattern("home desktop, absent on 10 %", DAY, wall(within=(18, 21), jitter=45, skip=0.1)),
    Pattern("drifting, 24 h after the last end", DAY, kinds.after_the_end(24)),
    Pattern("weekdays, from a Monday on", DAY, wall(MON_FRI, (22.5 * 60,)), weekday=0),
    Pattern(
        "six-hourly by the wall clock",
        6 * HOUR,
        kinds.every_hours_of_the_wall(6),
        (60, 150),
        SUMMER_TIME,
        over_a_change=True,
    ),
    Pattern("daily with 20 minutes of jitter", DAY, wall(delay=20)),
    Pattern("first Sunday of the month", MONTH, by_the_month(kinds.nth(1, 6)), TWO_YEARS),
    Pattern("daily", DAY, wall()),
    Pattern("daily at a fixed UTC time", DAY, kinds.daily_utc, (60, 300), SUMMER_TIME, over_a_change=True),
    Pattern("daily over a clock change", DAY, wall(), (60, 300), SUMMER_TIME, over_a_change=True),
    Pattern("twice a day", 12 * HOUR, wall(count=2)),
    Pattern("twice a day, one of them fails", 12 * HOUR, wall(count=2, fails=1)),
    Pattern("hourly", HOUR, wall(times=tuple(60.0 * hour for hour in range(24)), minutes=(2, 20)), (30, 45)),
    Pattern("every 15 minutes", HOUR / 4, kinds.after_the_start(0.25, minutes=(0.5, 3)), (12, 20)),
    Pattern("every 6 h after the last start", 6 * HOUR, kinds.after_the_start(6), (60, 150)),
    Pattern("every 2 days", 2 * DAY, kinds.every_days(2)),
    Pattern("weekly", WEEK, kinds.every_days(7), (120, 400)),
    Pattern("every 2 weeks", 2 * WEEK, kinds.every_days(14), (200, 500)),
    Pattern("last Friday of the month", MONTH, by_the_month(kinds.nth(-1, 4)), TWO_YEARS),
    Pattern("monthly on the 1st", MONTH, by_the_month(kinds.number(1)), TWO_YEARS),
    Pattern("monthly on the last day", MONTH, by_the_month(kinds.number(31)), TWO_YEARS),
    Pattern("Monday, Wednesday, Friday", 2 * DAY, wall(frozenset({0, 2, 4}))),
    Pattern("weekdays 22:00, Saturday 10:00", DAY, kinds.weekdays_and_saturday),
    Pattern("round midnight, 23:50 to 00:20", DAY, wall(times=(23 * 60 + 50.0,), delay=30)),
    Pattern("office PC, every 2 h while it is on", 2 * HOUR, kinds.while_it_is_on(2), (60, 120)),
    Pattern("late reports", DAY, habits.late_reports(wall(), 0.03, (3, 10)), unannounced=True),
    Pattern("1 % of reports lost", DAY, habits.absences(wall(), habits.now_and_then(0.01)), unannounced=True),
    Pattern(
        "public holidays skipped",
        DAY,
        habits.absences(wall(MON_FRI), habits.holidays),
        (200, 500),
        (BERLIN,),
        unannounced=True,
    ),
    Pattern("a week of absence", DAY, habits.absences(wall(), habits.one_week), (100, 300), unannounced=True),
    Pattern("daily, then weekly", WEEK, habits.daily_then_weekly, (120, 300)),
    Pattern("daily, then moved by hours", DAY, habits.moved),
    Pattern("catch-up runs", DAY, habits.caught_up(0.05)),
    Pattern("runs by hand besides", DAY, habits.by_hand(wall(), 0.06)),
    Pattern("a long run each Saturday", DAY, habits.long_saturdays),
    Pattern("a long run each Saturday, live status", DAY, habits.long_saturdays, (60, 90), live=True),
    Pattern("told by the client, runs by hand besides", DAY, habits.by_hand(wall(MON_FRI), 0.06), tells=True),
    Pattern("our own server away", DAY, wall(), away=True),
    Pattern(
        "our own server away, hourly", HOUR, kinds.after_the_start(1, minutes=(2, 20)), (60, 75), away=True
    ),
    Pattern("no rhythm, three a week", timedelta(days=7 / 3), kinds.by_chance(56)),
)
