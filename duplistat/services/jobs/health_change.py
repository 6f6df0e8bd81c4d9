"""What follows for a job from what became known of it: when it is expected next, how it is, and that this changed."""

from duplistat.core.reason import dump
from duplistat.core.status import NEEDS_ATTENTION, Health
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.downtimes import give_back_downtimes
from duplistat.services.jobs.reasons import reasons_of
from duplistat.services.jobs.state import apply_pause, update_expectation
from duplistat.store import jobs, transitions
from duplistat.store.database import Database
from duplistat.store.jobs import Job

# Good runs after something was wrong are counted up to this.
ENOUGH_GOODS = 10


def goods_after(job: Job, health: Health) -> int:
    """How many good runs in a row a job has once its health is another: none while something is wrong."""
    return 0 if health in NEEDS_ATTENTION else job.goods


def update_job_health(
    db: Database,
    job: Job,
    defaults: ScheduleDefaults,
    now: int,
    *,
    run: int | None = None,
    on_time: bool = False,
    ended: bool = False,
) -> None:
    """Work out what is expected and how the job is, note the change, and save it.

    `ended`: its latest backup run has just come to its end. That is noted too when it is as wrong as the one before,
    and for the first good ones after something was wrong: alerts count them.

    With `on_time`, as it was when its latest run arrived, the job does not become overdue by that: the run covers
    everything until now.
    """
    health = update_expectation(job, defaults, now)
    if give_back_downtimes(db, job, now):
        health = apply_pause(job, now)
    if on_time and health is Health.OVERDUE:
        job.covered_until = now
        health = update_expectation(job, defaults, now)
    before = job.health
    change_health(db, job, health, now, defaults=defaults, run=run)
    if ended:
        _note_another(db, job, health, before, now, defaults, run)
    jobs.save(db, job)


def _note_another(
    db: Database, job: Job, health: Health, before: str, at: int, defaults: ScheduleDefaults, run: int | None
) -> None:
    """Note another run of a job that stays as it was, where somebody may wait for its third failure or good run."""
    good = health is Health.OK and job.goods < ENOUGH_GOODS
    if good:
        job.goods += 1
    if health == before and (good or health in (Health.FAILED, Health.WARNING)):
        reasons = dump(reasons_of(job, health, defaults, at))
        transitions.add_transition(db, job.id, at, before, before, reasons, run)


def change_health(
    db: Database, job: Job, health: Health, at: int, *, defaults: ScheduleDefaults, run: int | None = None
) -> None:
    """Note a change of health, with its reason, when it is one. The row is saved by the caller."""
    if health == job.health:
        return
    reasons = dump(reasons_of(job, health, defaults, at))
    transitions.add_transition(db, job.id, at, job.health, health.value, reasons, run)
    job.health, job.health_at = health.value, at
    job.goods = goods_after(job, health)
    # A run that is on its way may end as the one before did.
    if health is not Health.RUNNING and health.value != job.snoozed_as:
        job.snoozed_until = None
