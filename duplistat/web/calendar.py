"""GET /calendar: a month, day by day: what ran and how, what is expected on the days to come; and one day of it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import render_template, request, url_for

from duplistat.core import days, formatting
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.status import Health
from duplistat.core.times import to_ms
from duplistat.core.weeks import later_month, weeks
from duplistat.http.context import context
from duplistat.services.jobs.counted import chosen_or_that_count
from duplistat.services.jobs.state import EPOCH_DAY
from duplistat.services.monitoring.calendar import Comes, Ran, comes, counted, ran
from duplistat.services.monitoring.schedule_table import watched
from duplistat.store import accounts
from duplistat.store.servers import Server
from duplistat.web.access import viewer
from duplistat.web.formatting import Reader, count, labelled, number_in, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, say
from duplistat.web.overview.filters import Finder, searched
from duplistat.web.parts.found_server import find
from duplistat.web.parts.labels import full_name
from duplistat.web.parts.strip import day_words

# How far it goes: as far back as sums of days are kept, and a year ahead.
MONTHS = 13
# Jobs of a day that are listed.
ROWS = 300
# The mark of each letter, worst first.
MARKS = {
    days.FAILED: Health.FAILED.value,
    days.INTERRUPTED: Health.FAILED.value,
    days.LATE: Health.OVERDUE.value,
    days.WARNING: Health.WARNING.value,
    days.OTHER: "unscheduled",
    days.SUCCESS: Health.OK.value,
}
_RANK = {letter: rank for rank, letter in enumerate(MARKS)}


class Day(NamedTuple):
    """A square: (mark, how many jobs, in words) worst first, and how many are `expected` yet; `words` say all of it."""

    number: int
    name: str
    link: str
    now: bool
    ran: list[tuple[str, int, str]]
    expected: int
    words: str


class Line(NamedTuple):
    """A job on a day: how it was, or when it is expected and overdue (ms)."""

    job: int
    name: str
    mark: str
    words: str
    at: int | None
    due: int | None


def calendar() -> str:
    """The page. `?month=` is such as 2026-11, `?day=` lists a day; `?account=`, `?server=`, `?find=` narrow the jobs.

    Its statements are the same few, whatever the history. Raises DuplistatError: not_found for what is not there to be
    seen, invalid for what cannot be chosen.
    """
    ctx, now = context(), context().now()
    reader = Reader(now, ctx.schedule_defaults.zone)
    today = reader.local(now).date()
    asked_day = _day(request.args.get("day", ""), today)
    first = asked_day.replace(day=1) if asked_day else _month(request.args.get("month", ""), today)
    last = later_month(first, 1) - timedelta(days=1)
    sees, chosen = _chosen()
    homes, known = watched(ctx.db, sees)
    finder = Finder(chosen.get("find", ""), homes.values(), None)
    server = int(chosen["server"]) if "server" in chosen else None
    jobs = [job for job in chosen_or_that_count(known, homes.values(), server) if finder.finds(job)]
    done = ran(ctx.db, sees, jobs, _number(first), _number(last), _number(today))
    coming = comes(jobs, max(first, today), last, ctx.schedule_defaults, now) if last >= today else {}
    counts = counted(done)
    lines = _lines(done, coming, _number(asked_day), homes) if asked_day else []
    grid = weeks(first, say().formats.first_day)

    def square(at: date) -> Day | None:
        if at.month != first.month:
            return None
        number = _number(at)
        return _square(at, today, counts.get(number, {}), len(coming.get(number, [])), chosen)

    return render_template(
        "calendar.html",
        title=formatting.month_of(first, say()),
        shown=reader.day(first, formatting.month_of(first, say())),
        heads=[formatting.day_name(at, say()) for at in grid[0]],
        weeks=[[square(at) for at in week] for week in grid],
        before=_link(chosen, month=f"{later_month(first, -1):%Y-%m}") if _within(first, today, -1) else "",
        after=_link(chosen, month=f"{later_month(first, 1):%Y-%m}") if _within(first, today, 1) else "",
        this=_link(chosen) if (first.year, first.month) != (today.year, today.month) else "",
        day=asked_day,
        day_name=reader.day(asked_day, formatting.day(asked_day, today, say())) if asked_day else "",
        runs=_runs_of(asked_day, today, chosen) if asked_day else "",
        lines=lines[:ROWS],
        more=max(0, len(lines) - ROWS),
        month=f"{first:%Y-%m}",
        find=chosen.get("find", ""),
        account=chosen.get("account", ""),
        accounts=_accounts(),
        server=chosen.get("server", ""),
        servers=[(str(id), visible(home.label)) for id, home in homes.items()],
        jobs=len(jobs),
        ahead=asked_day is not None and asked_day >= today,
        legend=[*reversed(_words().items()), (Health.NEVER.value, _("expected"))],
        reader=reader,
    )


def _chosen() -> tuple[tuple[int, ...], dict[str, str]]:
    """The accounts whose jobs are shown, and what narrows them, as it stands in addresses."""
    ctx, sees, chosen = context(), viewer().sees, dict[str, str]()
    if query := searched("find"):
        chosen["find"] = query
    if request.args.get("account"):
        account = accounts.seen(ctx.db, sees, number_in(request.args["account"]))
        if account is None:
            raise DuplistatError(Kind.NOT_FOUND, "Account not found")
        sees, chosen["account"] = accounts.visible(ctx.db, account.id), str(account.id)
    if request.args.get("server"):
        chosen["server"] = str(find(number_in(request.args["server"]), sees).id)
    return sees, chosen


def _accounts() -> list[tuple[str, str]]:
    """(id, name) of the accounts that can be chosen; none where there is only one."""
    sees = viewer().sees
    if len(sees) < 2:
        return []
    names = accounts.names(context().db, set(sees))
    found = [(str(id), visible(name)) for id, name in names.items()]
    return sorted(found, key=lambda one: one[1].casefold())


def _square(at: date, today: date, counts: dict[str, int], expected: int, chosen: dict[str, str]) -> Day:
    sums: dict[str, int] = {}
    for letter in sorted(counts, key=_RANK.__getitem__):
        sums[MARKS[letter]] = sums.get(MARKS[letter], 0) + counts[letter]
    known = _words()
    shown = [(mark, number, known[mark]) for mark, number in sums.items()]
    parts = [f"{count(number)} {words}" for _mark, number, words in shown]
    if expected:
        parts.append(ngettext("%(num)s expected", "%(num)s expected", expected) % {"num": expected})
    name = formatting.date_of(at, say())
    words = labelled(name, ", ".join(parts) or _("no backups"))
    link = _link(chosen, day=at.isoformat()) if parts else ""
    return Day(at.day, name, link, at == today, shown, expected, words)


def _words() -> dict[str, str]:
    """{mark: its word}, as strips of days have them."""
    words = day_words()
    return {mark: words[letter] for letter, mark in reversed(MARKS.items())}


def _lines(
    done: dict[int, list[Ran]], coming: dict[int, list[Comes]], day: int, homes: Mapping[int, Server]
) -> list[Line]:
    """The jobs of a day: what ran, worst first, then what is expected, by its time."""
    words = _words()
    past = sorted(done.get(day, []), key=lambda one: _RANK[one.letter])
    lines = [
        Line(
            one.job.id,
            full_name(homes[one.job.server_id], one.job),
            MARKS[one.letter],
            words[MARKS[one.letter]],
            None,
            None,
        )
        for one in past
    ]
    for one in sorted(coming.get(day, []), key=lambda one: to_ms(one.expected.at) if one.expected.at else 0):
        at, due = one.expected.at, one.expected.due
        lines.append(
            Line(
                one.job.id,
                full_name(homes[one.job.server_id], one.job),
                Health.NEVER.value,
                _("expected"),
                to_ms(at) if at else None,
                to_ms(due) if due else None,
            )
        )
    return lines


def _runs_of(day: date, today: date, chosen: dict[str, str]) -> str:
    """Where the runs of a day are; "" for one to come, and where no list has the same jobs."""
    if day > today or set(chosen) - {"server"}:
        return ""
    narrowed: dict[str, Any] = {**chosen}
    return url_for("web.run_list", day=day.isoformat(), **narrowed)


def _link(chosen: dict[str, str], **values: str) -> str:
    every: dict[str, Any] = {**chosen, **values}
    return url_for("web.calendar", **every) + ("#day" if "day" in values else "")


def _month(text: str, today: date) -> date:
    """The first day of a month. Raises DuplistatError (invalid)."""
    if not text:
        return today.replace(day=1)
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise DuplistatError(Kind.INVALID, "?month= must be a month such as 2027-01") from None
    return _in_reach(first, today)


def _day(text: str, today: date) -> date | None:
    """Raises DuplistatError (invalid)."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DuplistatError(Kind.INVALID, "?day= must be a day such as 2027-01-31") from None
    _in_reach(day.replace(day=1), today)
    return day


def _in_reach(first: date, today: date) -> date:
    if not _within(first, today, 0):
        raise DuplistatError(Kind.INVALID, "The calendar goes back and ahead for thirteen months")
    return first


def _within(first: date, today: date, step: int) -> bool:
    """Whether the month so many later than that of `first` can be looked at."""
    months = (first.year - today.year) * 12 + first.month - today.month + step
    return -MONTHS <= months <= MONTHS


def _number(at: date) -> int:
    return at.toordinal() - EPOCH_DAY
