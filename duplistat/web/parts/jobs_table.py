"""Jobs as rows of a table. Made for a thousand of them: what a cell shows is worked out here, once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from duplistat.core import days, formatting
from duplistat.core.health import health_of
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import day_of, facts_of, zone_of
from duplistat.store.jobs import Job
from duplistat.web.formatting import Reader, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.labels import Label, tags_of
from duplistat.web.parts.states import state_words
from duplistat.web.parts.strip import strip

DAYS = 30
# Worst first, as core.status.Health has it.
RANK = {health: rank for rank, health in enumerate(Health)}
_LAST = float("inf")


class JobWithHealth(NamedTuple):
    """A job and how it is now: the row's own `health` may be as old as the last sweep."""

    job: Job
    health: Health


class Row(NamedTuple):
    """A job, ready to be shown. The two `_at` are exact times for hover, which scripts read as well; `server` is ""
    where it stands above."""

    id: int
    state: str
    server: str
    name: str
    tags: str
    strip: Markup
    last: str
    last_at: str
    next: str
    next_at: str
    size: str
    change: str
    versions: int | None


class Group(NamedTuple):
    """Jobs that have something in common; `state` is that of the worst. `id` is that of a server or an account, 0 for
    none."""

    id: int
    state: str
    label: Label
    rows: list[Row]


# What rows are sorted by; among equals it is the name. What is not known comes last.
SORTS: Mapping[str, Callable[[JobWithHealth], Any]] = {
    "state": lambda one: RANK[one.health],
    "name": lambda one: 0,
    "last": lambda one: -(one.job.last_order or 0),
    "next": lambda one: one.job.expected_at or _LAST,
    "size": lambda one: -(one.job.size or -1),
}


def judge(jobs: Iterable[Job], now: int) -> list[JobWithHealth]:
    return [JobWithHealth(job, health_of(facts_of(job), now)) for job in jobs]


def groups(
    keys: Callable[[Job], int],
    labels: Mapping[int, Label],
    jobs: Iterable[JobWithHealth],
    sort: str,
    defaults: ScheduleDefaults,
    now: int,
    servers: Mapping[int, Label] | None = None,
) -> list[Group]:
    """Every group of `labels` with its jobs, which `keys` puts into it, both in the order of `sort`.

    Names of jobs go with those of their `servers`, where these are given.
    """
    key = SORTS[sort]
    members: dict[int, list[JobWithHealth]] = {group: [] for group in labels}
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
        Group(group, worst(own), labels[group], rows(own, defaults, now, servers)) for group, own in order
    ]


def rows(
    jobs: Iterable[JobWithHealth],
    defaults: ScheduleDefaults,
    now: int,
    servers: Mapping[int, Label] | None = None,
) -> list[Row]:
    """Rows in the order of the jobs, with the names of their `servers` where these are given."""
    today = day_of(now, defaults.zone)
    ended = _ended()
    readers: dict[ZoneInfo, Reader] = {}
    made = []
    for with_health in jobs:
        zone = zone_of(with_health.job, defaults)
        if zone not in readers:
            readers[zone] = Reader(now, zone)
        server = servers[with_health.job.server_id].text if servers else ""
        made.append(_row(with_health, readers[zone], today, ended, server))
    return made


def worst(jobs: Sequence[JobWithHealth]) -> str:
    """The state of the worst job; never, where there is none."""
    return min((health for _job, health in jobs), key=RANK.__getitem__, default=Health.NEVER).value


def _row(
    with_health: JobWithHealth, reader: Reader, today: int, ended: Mapping[str, str], server: str
) -> Row:
    job, health = with_health
    next_text, next_at = _next(job, health, reader)
    return Row(
        job.id,
        health.value,
        server,
        visible(job.label),
        visible(", ".join(tags_of(job))) if job.tags != "[]" else "",
        strip(days.window(job.days, job.days_to, today, DAYS), today),
        _last(job, reader, ended),
        _exact(job.last_order, reader),
        next_text,
        next_at,
        formatting.size(job.size, reader.say) or _("not reported"),
        formatting.change(job.size_before, job.size, reader.say),
        job.versions,
    )


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


def _last(job: Job, reader: Reader, ended: Mapping[str, str]) -> str:
    """6 h ago · 3 min, or how it ended."""
    if job.last_order is None:
        return _("none yet")
    ago = formatting.ago(from_ms(job.last_order), from_ms(reader.now), reader.say)
    if job.last_status and job.last_status in ended:
        return f"{ago} · {ended[job.last_status]}"
    if job.last_duration is None:
        return ago
    return f"{ago} · {formatting.span(job.last_duration / 1000, reader.say)}"


def _next(job: Job, health: Health, reader: Reader) -> tuple[str, str]:
    """When the next run is expected, and exactly when; a word where the job's state says it better."""
    if health is Health.RUNNING:
        if job.live_progress is None:
            return _("running now"), ""
        return _("running, %(part)s") % {"part": formatting.percent(job.live_progress, reader.say)}, ""
    if health in (Health.OVERDUE, Health.STUCK, Health.PAUSED):
        return state_words()[health.value], ""
    if job.expected_at is None:
        return _("no schedule"), ""
    ago = formatting.ago(from_ms(job.expected_at), from_ms(reader.now), reader.say)
    # What has come and is not late yet.
    due = job.expected_at <= reader.now
    return f"{ago} · {_('due')}" if due else ago, _exact(job.expected_at, reader)


def _exact(at: int | None, reader: Reader) -> str:
    """To the minute, with its distance from UTC: 2026-11-20 02:00 +01:00."""
    if at is None:
        return ""
    text = reader.local(at).isoformat(" ", "minutes")
    return f"{text[:16]} {text[16:]}"
