"""Jobs as rows of a table. Made for a thousand of them: what a cell shows is worked out here, once."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duplistat.core import days, formatting
from duplistat.core.explanation_words import missing_of
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import day_of, zone_of
from duplistat.store.jobs import Job
from duplistat.web.formatting import Reader, say, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import pgettext
from duplistat.web.parts.judged import RANK, JudgedJob, worst
from duplistat.web.parts.labels import Label, tags_of
from duplistat.web.parts.states import state_words
from duplistat.web.parts.strip import strip

DAYS = 30
_LAST = float("inf")


class Cell(NamedTuple):
    """What a column says of a job. `at` is the exact time behind it, for hover, which scripts read as well; `part` is
    the part of the job's page that it leads to. Both are "" for none."""

    text: str
    at: str = ""
    part: str = ""


class Row(NamedTuple):
    """A job, ready to be shown, with a cell for each of COLUMNS. `server` is "" where it stands above."""

    id: int
    state: str
    server: str
    name: str
    tags: str
    cells: list[Cell]


class View(NamedTuple):
    """What cells need beside their job: `today` is a day since 1970, `ended` is what `_ended` says; `numbers`
    are how many runs are known of each job, where that is of interest."""

    reader: Reader
    today: int
    ended: Mapping[str, str]
    numbers: Mapping[int, int] | None = None


class Column(NamedTuple):
    """A column of jobs: its head, and what it says of each. Where rows can be sorted by it, `sort` is its name in
    addresses and `key` what is compared; what is not known comes last."""

    head: Callable[[], str]
    cell: Callable[[JudgedJob, View], Cell]
    sort: str = ""
    key: Callable[[Job], float] = lambda _job: 0


class Group(NamedTuple):
    """Jobs that have something in common; `state` is that of the worst. `id` is that of a server or an account, 0 for
    none."""

    id: int
    state: str
    label: Label
    rows: list[Row]


def groups(
    keys: Callable[[Job], int],
    labels: Mapping[int, Label],
    jobs: Iterable[JudgedJob],
    sort: str,
    defaults: ScheduleDefaults,
    now: int,
    servers: Mapping[int, Label] | None = None,
    numbers: Mapping[int, int] | None = None,
) -> list[Group]:
    """Every group of `labels` with its jobs, which `keys` puts into it, both in the order of `sort`.

    Names of jobs go with those of their `servers`, where these are given.
    """
    key = sort_key(sort)
    members: dict[int, list[JudgedJob]] = {group: [] for group in labels}
    for one in sorted(jobs, key=key):
        members[keys(one.job)].append(one)
    order = sorted(
        members.items(),
        # A group is where the first of its rows would be.
        key=lambda item: (key(item[1][0]) if item[1] else _LAST, labels[item[0]].text.casefold()),
    )
    if sort == "name":
        order.sort(key=lambda item: labels[item[0]].text.casefold())
    return [
        Group(group, worst(own), labels[group], rows(own, defaults, now, servers, numbers))
        for group, own in order
    ]


def rows(
    jobs: Iterable[JudgedJob],
    defaults: ScheduleDefaults,
    now: int,
    servers: Mapping[int, Label] | None = None,
    numbers: Mapping[int, int] | None = None,
) -> list[Row]:
    """Rows in the order of the jobs, with the names of their `servers` where these are given; with `numbers` of their
    runs those without a schedule say how many are missing."""
    today, ended = day_of(now, defaults.zone), _ended()
    views: dict[ZoneInfo, View] = {}
    made = []
    for item in jobs:
        zone = zone_of(item.job, defaults)
        if zone not in views:
            views[zone] = View(Reader(now, zone), today, ended, numbers)
        server = servers[item.job.server_id].text if servers else ""
        made.append(_row(item, views[zone], server))
    return made


def heads() -> list[str]:
    """What stands above the columns after the name."""
    return [column.head() for column in COLUMNS]


def _row(item: JudgedJob, view: View, server: str) -> Row:
    job = item.job
    tags = visible(", ".join(tags_of(job))) if job.tags != "[]" else ""
    cells = [column.cell(item, view) for column in COLUMNS]
    return Row(job.id, item.state, server, visible(job.label), tags, cells)


def _ended() -> Mapping[str, str]:
    """{status: how a run ended, where that says more than how long it took}."""
    failed = _("failed")
    return {
        Status.ERROR: failed,
        Status.FATAL: failed,
        Status.INTERRUPTED: _("interrupted"),
        Status.RUNNING: _("running"),
        Status.UNKNOWN: _("result unknown"),
    }


def _days(item: JudgedJob, view: View) -> Cell:
    job = item.job
    return Cell(strip(days.window(job.days, job.days_to, view.today, DAYS), view.today))


def _last(item: JudgedJob, view: View) -> Cell:
    """6 h ago · 3 min, or how it ended; after several that failed, the one that did not."""
    job, reader = item.job, view.reader
    if job.last_order is None:
        return Cell(_("none yet"))
    if job.failing_runs > 1:
        number = formatting.count(job.failing_runs)
        if job.last_success_at is None:
            return Cell(_("never successful · %(number)s failed") % {"number": number})
        good = say(
            _("last good %(when)s · %(number)s failed"), when=reader.ago(job.last_success_at), number=number
        )
        return Cell(good)
    text = formatting.ago(from_ms(job.last_order), from_ms(reader.now), reader.say)
    if job.last_status and job.last_status in view.ended:
        text = f"{text} · {view.ended[job.last_status]}"
    elif job.last_duration is not None:
        text = f"{text} · {formatting.span(job.last_duration / 1000, reader.say)}"
    return Cell(text, _exact(job.last_order, reader))


def _next(item: JudgedJob, view: View) -> Cell:
    """When the next run is expected; a word where the job's state says it better."""
    job, health, reader = item.job, item.health, view.reader
    if health is Health.RUNNING:
        if job.live_progress is None:
            return Cell(_("running now"))
        return Cell(_("running, %(part)s") % {"part": formatting.percent(job.live_progress, reader.say)})
    if health in (Health.OVERDUE, Health.STUCK, Health.PAUSED):
        return Cell(state_words()[health.value])
    if job.expected_at is None:
        if view.numbers is not None:
            return Cell(missing_of(view.numbers.get(job.id, 0), reader.say))
        return Cell(_("no schedule"))
    ago = formatting.ago(from_ms(job.expected_at), from_ms(reader.now), reader.say)
    # What has come and is not late yet.
    due = job.expected_at <= reader.now
    return Cell(f"{ago} · {_('due')}" if due else ago, _exact(job.expected_at, reader))


def _size(item: JudgedJob, view: View) -> Cell:
    return Cell(formatting.size(item.job.size, view.reader.say) or _("not reported"))


def _growth(item: JudgedJob, view: View) -> Cell:
    return Cell(formatting.change(item.job.size_before, item.job.size, view.reader.say))


def _versions(item: JudgedJob, _view: View) -> Cell:
    versions = item.job.versions
    return Cell("") if versions is None else Cell(str(versions), part="restore-points")


def _exact(at: int | None, reader: Reader) -> str:
    """To the minute, with its distance from UTC: 2026-11-20 02:00 +01:00."""
    if at is None:
        return ""
    text = reader.local(at).isoformat(" ", "minutes")
    return f"{text[:16]} {text[16:]}"


# After the name, in this order: heads, cells and what rows are sorted by all come from here.
COLUMNS = (
    Column(lambda: _("Last 30 days"), _days),
    Column(lambda: _("Last run"), _last, "last", lambda job: -(job.last_order or 0)),
    Column(lambda: _("Next run"), _next, "next", lambda job: job.expected_at or _LAST),
    Column(lambda: _("Size"), _size, "size", lambda job: -(job.size or -1)),
    Column(lambda: pgettext("of a size", "Growth"), _growth),
    Column(lambda: _("Versions"), _versions),
)
_BY_COLUMN = {column.sort: column.key for column in COLUMNS if column.sort}


def sort_key(sort: str) -> Callable[[JudgedJob], float]:
    """What rows are sorted by: by their state, by a column, or by name alone, which also decides among equals."""
    if sort == "state":
        return lambda item: RANK[item.state]
    key = _BY_COLUMN.get(sort)
    return (lambda item: key(item.job)) if key else (lambda item: 0)
