"""What follows for a job from what became known of it: when it is expected next, how it is, and that this changed."""

from duplistat.core.reason import dump
from duplistat.core.status import Health
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.downtimes import give_back_downtimes
from duplistat.services.jobs.reasons import reasons_of
from duplistat.services.jobs.state import apply_pause, update_expectation
from duplistat.store import jobs, transitions
from duplistat.store.database import Database
from duplistat.store.jobs import Job


def update_job_health(
    db: Database,
    job: Job,
    defaults: ScheduleDefaults,
    now: int,
    *,
    run: int | None = None,
    on_time: bool = False,
) -> None:
    """Work out what is expected and how the job is, note the change, and save it.

    With `on_time`, as it was when its latest run arrived, the job does not become overdue by that: the run covers
    everything until now.
    """
    health = update_expectation(job, defaults, now)
    if give_back_downtimes(db, job, now):
        health = apply_pause(job, now)
    if on_time and health is Health.OVERDUE:
        job.covered_until = now
        health = update_expectation(job, defaults, now)
    change_health(db, job, health, now, defaults=defaults, run=run)
    jobs.save(db, job)


def change_health(
    db: Database, job: Job, health: Health, at: int, *, defaults: ScheduleDefaults, run: int | None = None
) -> None:
    """Note a change of health, with its reason, when it is one. The row is saved by the caller."""
    if health.value == job.health:
        return
    reasons = dump(reasons_of(job, health, defaults, at))
    transitions.add_transition(db, job.id, at, job.health, health.value, reasons, run)
    job.health, job.health_at = health.value, at
    # A run that is on its way may end as the one before did.
    if health is not Health.RUNNING and health.value != job.snoozed_as:
        job.snoozed_until = None
