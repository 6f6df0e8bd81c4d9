"""preview_of(): what a schedule would mean for several jobs, before a person sets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from duplistat.config import zone_named
from duplistat.core.expectation import Expected, Rhythm, next_expected
from duplistat.core.schedule import Schedule, names_times
from duplistat.core.schedule_text import parse_schedule
from duplistat.core.times import from_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.settings import is_automatic, preview, schedule_changes
from duplistat.services.monitoring.explanations import NEXT, overdue_since
from duplistat.store.jobs import Job


@dataclass(frozen=True, slots=True)
class SchedulePreview:
    """A schedule by the clock of `zone`, None for one that is detected of each job; and (shortest, longest) grace.

    `expected` are its next times, each with when a job of the longest grace is overdue; none where each job has its
    own. `overdue` is {job: since when} (ms) of those that would be overdue already, the longest first.
    """

    schedule: Schedule | None
    zone: ZoneInfo
    expected: list[Expected]
    grace: tuple[timedelta, timedelta]
    overdue: dict[int, int]


def preview_of(
    jobs: Sequence[Job], text: str, zone: str, defaults: ScheduleDefaults, now: int
) -> SchedulePreview:
    """`text` and `zone` are as `jobs.bulk.set_jobs` takes them, and right; `jobs` is at least one. Nothing is stored.

    A job counts as when it is set: from now, or from its latest run where its silence is a problem already.
    """
    clock = zone_named(zone) if zone else defaults.zone
    schedule = None if is_automatic(text) else parse_schedule(text, anchor=from_ms(now))
    graces = [defaults.grace_ms if job.grace_ms is None else job.grace_ms for job in jobs]
    shortest, longest = timedelta(milliseconds=min(graces)), timedelta(milliseconds=max(graces))
    would = [preview(job, schedule_changes(text, zone, job, now), defaults, now) for job in jobs]
    late = {job.id: since for job in would if (since := overdue_since(job, now)) is not None}
    return SchedulePreview(
        schedule,
        clock,
        next_expected(Rhythm(clock, longest, schedule), from_ms(now), NEXT)
        if schedule is not None and names_times(schedule)
        else [],
        (shortest, longest),
        dict(sorted(late.items(), key=lambda item: item[1])),
    )
