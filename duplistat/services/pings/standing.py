"""How a job is in the words of Healthchecks, and of whoever reads it."""

from duplistat.core.badges import Check
from duplistat.core.health import AT_WORK, Live, health_of
from duplistat.core.status import Health, Status
from duplistat.services.jobs.state import facts_of
from duplistat.store.jobs import Job

_BAD = (Health.OVERDUE, Health.STUCK, Health.FAILED)


def standing_of(job: Job, now: int) -> Check:
    """A warning is up, since there is a backup; one that is at work is as it was. `now` in ms."""
    health = health_of(facts_of(job), now)
    if health is Health.PAUSED:
        return Check.PAUSED
    if health in _BAD:
        return Check.DOWN
    if job.last_status is None:
        return Check.NEW
    if health is Health.RUNNING:
        before = Status(job.last_status)
        return Check.DOWN if before.failed or before is Status.INTERRUPTED else Check.UP
    return Check.GRACE if job.expected_at is not None and job.expected_at <= now else Check.UP


def is_started(job: Job, now: int) -> bool:
    """Whether it is at work."""
    return Live(job.live_state) in AT_WORK and health_of(facts_of(job), now) is Health.RUNNING
