"""sweep(): look at what is due, and only at that. extend_deadlines(): give jobs the time back that we were away."""

import logging
from dataclasses import replace
from typing import TypedDict

from duplistat.config import Overdue
from duplistat.core.expectation import expected_after, following
from duplistat.core.health import AT_WORK, Live, rests_until
from duplistat.core.times import from_ms, to_ms
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import change_health, goods_after
from duplistat.services.jobs.state import apply_pause, facts_of, mark_late, rhythm_of
from duplistat.services.reports.live import close_live
from duplistat.services.writes import command, repeatable_command
from duplistat.store import jobs, scheduler_lease
from duplistat.store.causes import cause_of
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.scheduler_lease import LEASE
from duplistat.store.totals import Tally

log = logging.getLogger(__name__)

# Jobs looked at in one transaction: reports wait for it.
AT_ONCE = 100
# Missed times counted one by one; whoever missed more has missed "more".
COUNTED = 400
# An absence shorter than this is not worth telling of.
WORTH_TELLING_MS = 60_000


class Swept(TypedDict):
    """How many jobs a sweep looked at, and how many of them it changed."""

    looked_at: int
    changed: int


class Ticked(TypedDict):
    """Whether the lease is the caller's, and for how long nobody had it (ms)."""

    mine: bool
    away_ms: int


@command
def sweep(tx: Tx, *, now: int) -> Swept:
    """Change what is due at `now`, at most AT_ONCE jobs.

    Each change is a compare-and-set: two sweeps at once change a job once. A job that cannot be judged is
    put off for an hour, so that it does not keep the others from being looked at.
    """
    db, changed = tx.db, 0
    found = jobs.due(db, now, AT_ONCE)
    for seen in found:
        try:
            with db.savepoint():
                changed += _look_at(db, tx.tally, seen, tx.defaults, now)
        except Exception as e:
            if cause_of(e) is not None:
                # Not this job's fault; the transaction may have ended with it.
                raise
            log.exception("job %s (%s) could not be evaluated: retrying in an hour", seen.id, seen.name)
            jobs.save_if_unchanged(db, replace(seen, due_at=now + 3_600_000, next_check_at=None), seen)
    return {"looked_at": len(found), "changed": changed}


def _look_at(db: Database, tally: Tally, seen: Job, defaults: ScheduleDefaults, now: int) -> int:
    job = replace(seen)
    live = Live(job.live_state)
    if job.paused and job.paused_until is not None and job.paused_until <= now:
        job.paused = 0
    if rests_until(facts_of(job), now) is not None or job.due_at is None or job.due_at > now:
        # A pause or a maintenance window begins or ends.
        pass
    elif live in (Live.COMPLETED, Live.FAILED, Live.STUCK):
        held = jobs.locked_by_id(db, job.id)
        if held != seen:
            return 0
        close_live(db, tally, job, defaults, now)
        return 1
    elif live in AT_WORK:
        job.live_state = Live.STUCK
        expected = expected_after(
            rhythm_of(job, defaults), from_ms(job.live_started), from_ms(now), last_end=from_ms(job.live_at)
        )
        job.due_at = to_ms(expected.due)
        if job.due_at is not None and job.due_at <= now:
            job.due_at = to_ms(following(rhythm_of(job, defaults), from_ms(now)).due)
    else:
        _count_missed(job, defaults, now)
    health = apply_pause(job, now)
    changed = health.value != job.health
    after = replace(
        job,
        health=health.value,
        health_at=now if changed else job.health_at,
        goods=goods_after(job, health),
    )
    if not jobs.save_if_unchanged(db, after, seen):
        return 0
    change_health(db, job, health, now, defaults=defaults)
    return int(changed)


def _count_missed(job: Job, defaults: ScheduleDefaults, now: int) -> None:
    """Count each expected time that passed, grace included, and go on to the next one."""
    rhythm = rhythm_of(job, defaults)
    counted = 0
    while job.due_at is not None and job.due_at <= now:
        job.missed += 1
        counted += 1
        if job.expected_at is None:
            job.due_at = None
            break
        mark_late(job, job.expected_at, defaults.zone)
        after = from_ms(job.expected_at) if counted < COUNTED else from_ms(now)
        expected = following(rhythm, after)
        if expected.at is not None and to_ms(expected.at) <= job.expected_at:
            raise ValueError("the next expected time does not move on")
        job.expected_at = to_ms(expected.at) if expected.at else job.expected_at
        job.due_at = to_ms(expected.due)


@repeatable_command
def tick(tx: Tx, *, now: int, holder: str, lease_ms: int, silence_ms: int) -> Ticked:
    """Take the scheduler's lease, or renew it, and note the time.

    When nobody has ticked for longer than `silence_ms`, every job that was waited for in that time gets it
    back: what should have reached us then could not.
    """
    db = tx.db
    if not scheduler_lease.take_lease(db, LEASE, holder, now, now + lease_ms):
        return {"mine": False, "away_ms": 0}
    lease = scheduler_lease.lease(db, LEASE)
    last = lease.ticked_at if lease else 0
    away = now - last if last else 0
    if away > silence_ms:
        extend_deadlines(db, last, now, tx.defaults)
    else:
        away = 0
    scheduler_lease.tick(db, LEASE, max(now, last))
    return {"mine": True, "away_ms": away}


class TickArguments(TypedDict):
    """What `tick` takes."""

    now: int
    holder: str
    lease_ms: int
    silence_ms: int


def tick_arguments(overdue: Overdue, holder: str, now: int) -> TickArguments:
    """How a tick asks for the lease. Two ticks may be late before their absence is one of ours."""
    sweep_ms = overdue.sweep_seconds * 1000
    return {
        "now": now,
        "holder": holder,
        "lease_ms": 2 * sweep_ms + 10_000,
        "silence_ms": 2 * sweep_ms + 1000,
    }


def first_tick(overdue: Overdue, holder: str, now: int) -> TickArguments:
    """How the server asks for the lease when it starts: it knows that nobody ticked since the last time."""
    return {**tick_arguments(overdue, holder, now), "silence_ms": 1000}


def extend_deadlines(db: Database, from_at: int, to_at: int, defaults: ScheduleDefaults) -> int:
    """Give the time between back to each job that was waited for in it; how many those were."""
    given = 0
    for seen in jobs.waited_for(db, from_at, to_at):
        job = replace(seen, due_at=(seen.due_at or 0) + to_at - from_at)
        given += jobs.save_if_unchanged(db, job, seen)
    if to_at - from_at >= WORTH_TELLING_MS:
        scheduler_lease.add_away(db, from_at, to_at)
        log.warning(
            "duplistat was down for %d s: deadlines of %d jobs were extended by it",
            (to_at - from_at) // 1000,
            given,
        )
    return given


@command
def release_lease(tx: Tx, *, holder: str) -> None:
    """Give the lease up at the end, so that another scheduler need not wait for it to run out."""
    scheduler_lease.drop_lease(tx.db, LEASE, holder)
