"""Jobs as rows of a table. Made for a thousand of them: what a cell shows is worked out here, once."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markupsafe import Markup

from duplistat.core import days, words
from duplistat.core.health import health_of
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms
from duplistat.services.job_state import Clockwork, day_of, facts_of, rhythm_of
from duplistat.store.jobs import Job
from duplistat.web.labels import Label
from duplistat.web.present import Reader, visible
from duplistat.web.strip import strip

DAYS = 30
# Worst first, as core.status.Health has it.
RANK = {health: rank for rank, health in enumerate(Health)}

_ENDED = {
    Status.ERROR: "failed",
    Status.FATAL: "failed",
    Status.INTERRUPTED: "interrupted",
    Status.RUNNING: "running",
    Status.UNKNOWN: "result unknown",
}


class Judged(NamedTuple):
    """A job and how it is now: the row's own `health` may be as old as the last sweep."""

    job: Job
    health: Health


class Row(NamedTuple):
    """A job, ready to be shown. The two `_at` are exact times for hover."""

    id: int
    state: str
    name: str
    strip: Markup
    last: str
    last_at: str
    next: str
    next_at: str
    size: str
    change: str


class Group(NamedTuple):
    """A server with its jobs; `state` is that of its worst job."""

    id: int
    state: str
    label: Label
    rows: list[Row]


def judge(jobs: Iterable[Job], now: int) -> list[Judged]:
    return [Judged(job, health_of(facts_of(job), now)) for job in jobs]


def groups(
    labels: Mapping[int, Label], jobs: Iterable[Judged], clockwork: Clockwork, now: int
) -> list[Group]:
    """Every server of `labels`, by its id, with its jobs: both in the order in which they come."""
    of_server: dict[int, list[Judged]] = {}
    for judged in jobs:
        of_server.setdefault(judged.job.server_id, []).append(judged)
    made = []
    for server, label in labels.items():
        own = of_server.get(server, [])
        made.append(Group(server, worst(own), label, rows(own, clockwork, now)))
    return made


def rows(jobs: Iterable[Judged], clockwork: Clockwork, now: int) -> list[Row]:
    today = day_of(now, clockwork.zone)
    return [_row(job, health, clockwork, today, now) for job, health in jobs]


def worst(jobs: Iterable[Judged]) -> str:
    """The state of the worst job; never, where there is none."""
    return min((health for _, health in jobs), key=RANK.__getitem__, default=Health.NEVER).value


def _row(job: Job, health: Health, clockwork: Clockwork, today: int, now: int) -> Row:
    reader = Reader(now, rhythm_of(job, clockwork).zone)
    next_text, next_at = _next(job, health, reader)
    return Row(
        job.id,
        health.value,
        visible(job.name),
        strip(days.window(job.days, job.days_to, today, DAYS), today),
        _last(job, now),
        _exact(job.last_order, reader),
        next_text,
        next_at,
        words.size(job.size) or "not told",
        words.change(job.size_before, job.size),
    )


def _last(job: Job, now: int) -> str:
    """6 h ago · 3 min, or how it ended where that says more than how long it took."""
    if job.last_order is None:
        return "none yet"
    ago = words.ago(from_ms(job.last_order), from_ms(now))
    ended = _ENDED.get(Status(job.last_status)) if job.last_status else None
    if ended:
        return f"{ago} · {ended}"
    return f"{ago} · {words.span(job.last_duration / 1000)}" if job.last_duration is not None else ago


def _next(job: Job, health: Health, reader: Reader) -> tuple[str, str]:
    """When the next run is expected, and exactly when; a word where the job's state says it better."""
    if health is Health.RUNNING:
        done = f"{job.live_progress:.0%}" if job.live_progress is not None else "now"
        return f"running, {done}", ""
    if health in (Health.OVERDUE, Health.STUCK, Health.PAUSED):
        return health.value, ""
    if job.expected_at is None:
        return "not known yet", ""
    return words.ago(from_ms(job.expected_at), from_ms(reader.now)), _exact(job.expected_at, reader)


def _exact(at: int | None, reader: Reader) -> str:
    """To the minute, with the zone: 2026-11-20 02:00 CET."""
    return "" if at is None else f"{reader.local(at):%Y-%m-%d %H:%M %Z}"
