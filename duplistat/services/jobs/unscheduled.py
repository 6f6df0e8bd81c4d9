"""Jobs of which nobody can say whether they are overdue, as no schedule of theirs is known."""

from duplistat.core.status import UNSCHEDULED, Health
from duplistat.store.jobs import Job

# A job without a schedule has not run for so long that it is no longer taken for one that works.
SILENT_MS = 14 * 24 * 3_600_000


def state_of(job: Job, health: Health, now: int) -> str:
    """How people are told that a job of some health is: programs are told "ok" of one whose last run was, however
    long ago."""
    return UNSCHEDULED if health is Health.OK and is_silent(job, now) else health.value


def is_silent(job: Job, now: int) -> bool:
    """Whether a job that nothing is expected of, and that need not run, has not run for two weeks."""
    return never_late(job) and job.last_order is not None and job.last_order < now - SILENT_MS


def never_late(job: Job) -> bool:
    """Whether nothing is expected of a job, and nobody said that it need not run."""
    return job.expected_at is None and job.schedule is None
