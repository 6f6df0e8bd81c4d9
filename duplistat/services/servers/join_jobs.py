"""Two jobs of one name become one: what is set on it, and what its runs say, from both rows. No history is lost.

The row is worked out from its newest runs. What they do not say, such as a size that was told years ago, is taken
from the rows as they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from duplistat.core import days
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs import verdicts
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.reports.replay import recompute_from_runs
from duplistat.store import job_days, jobs, runs
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.totals import Tally

# A row needs no more of its history: 90 days of an hourly job, 17 of one that runs every five minutes.
RETOLD = 5_000
# What a person or an agent sets, with the value that says that nothing is set; those behind go with it.
SETTINGS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("alias", None, ()),
    ("schedule", None, ("schedule_zone", "schedule_set_at", "schedule_from", "kept_schedule", "kept_zone")),
    ("grace_ms", None, ()),
    ("tags", "[]", ()),
    ("agent_schedule", None, ("agent_zone", "agent_schedule_at")),
)
# What a person said of a time in which nothing is expected: goes from a job to the one that it is called now.
PAUSES: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("paused", 0, ("paused_from", "paused_until")),
    ("maintenance_until", None, ("maintenance_from",)),
)
# What a row knows of the latest of something, with the time that says which row knows it best.
_LATEST = (
    ("last_success_at", ("last_success_run",)),
    ("restore_at", ("restore_run",)),
    ("delete_at", ("delete_run",)),
    *(
        (f"{prefix}_at", tuple(f"{prefix}_{name}" for name in verdicts.TOLD))
        for prefix in verdicts.PREFIXES.values()
    ),
)
# What the clock may change of a job to which nothing happened.
_LEARNED = {"learned", "learn_since", "source", "expected_at", "due_at", "sums_from"}
_KNOWN = ("size", "storage", "files", "versions")


def take_settings(
    kept: Job, gone: Job, settings: Sequence[tuple[str, Any, tuple[str, ...]]] = SETTINGS
) -> list[str]:
    """Give a job what is set on the other one and not on it; the names of what was taken."""
    taken = []
    for name, none, along in settings:
        if getattr(kept, name) == none and getattr(gone, name) != none:
            for column in (name, *along):
                setattr(kept, column, getattr(gone, column))
            taken += [name, *along]
    verdicts.take_dismissals(kept, gone)
    return taken


def recompute_job(
    db: Database, tally: Tally, job: Job, known: Sequence[Job], defaults: ScheduleDefaults, now: int
) -> None:
    """Work a job out from its newest runs and from rows as they were, and save it."""
    size, storage = job.size or 0, job.storage or 0
    recompute_from_runs(job, runs.newest_of_job(db, job.id, RETOLD), defaults)
    for row in sorted(known, key=lambda row: -(row.last_order or 0)):
        _fill_missing_from(job, row)
    tally.bytes(job.account_id, job.id, size=(job.size or 0) - size, storage=(job.storage or 0) - storage)
    update_job_health(db, job, defaults, now)


def _fill_missing_from(job: Job, row: Job) -> None:
    """Take from a row what is not known of a job, and the days on which it says something worse."""
    for name in _KNOWN:
        if getattr(job, name) is None:
            setattr(job, name, getattr(row, name))
    if job.quota_total is None:
        job.quota_total, job.quota_free = row.quota_total, row.quota_free
    for at, along in _LATEST:
        if (getattr(row, at) or 0) > (getattr(job, at) or 0):
            for column in (at, *along):
                setattr(job, column, getattr(row, column))
    for place, letter in enumerate(row.days):
        if letter != days.NOTHING:
            day = row.days_to - (len(row.days) - 1 - place)
            job.days, job.days_to = days.mark(job.days, job.days_to, day, letter)


def as_recorded(job: Job, recorded: Mapping[str, Any]) -> Job:
    """A row as it was noted; columns that came since are the job's own. So is the number of its runs: each that moves
    is counted."""
    noted = {name: value for name, value in recorded.items() if name in jobs.COLUMNS and name != "runs"}
    return replace(job, **noted)


def _without_learning(job: Job) -> dict[str, Any]:
    """A row but for what the clock makes of the same runs."""
    return {name: value for name, value in asdict(job).items() if name not in _LEARNED}


def part(
    db: Database, tally: Tally, job: Job, before: Job, after: Job, defaults: ScheduleDefaults, now: int
) -> bool:
    """Undo a joining that made `after` of `before`: the job is as it was, with what came since. Saves the job.

    True when nothing came or was changed since.
    """
    # What both did on each day is counted anew, for each.
    job_days.forget(db, job.id)
    if _without_learning(job) == _without_learning(after):
        grown = (before.size or 0) - (job.size or 0), (before.storage or 0) - (job.storage or 0)
        tally.bytes(job.account_id, job.id, size=grown[0], storage=grown[1])
        before.sums_from = 0
        jobs.save(db, before)
        return True
    for name, _, along in (*SETTINGS, *PAUSES):
        if getattr(before, name) != getattr(after, name) == getattr(job, name):
            for column in (name, *along):
                setattr(job, column, getattr(before, column))
    verdicts.give_dismissals_back(job, before, after)
    recompute_job(db, tally, job, [before], defaults, now)
    return False
