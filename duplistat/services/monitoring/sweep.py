"""sweep(): look at what is due, and only at that. give_time_back(): give jobs the time back that we were away.

The clock counts what a job missed outside of any transaction (`sweep_due`), since that may be much: reports wait for
a transaction.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress
from time import monotonic
from typing import Any, NamedTuple, TypedDict

from duplistat.config import Overdue
from duplistat.core.expectation import expected_after, following
from duplistat.core.health import AT_WORK, Live, rests_until
from duplistat.core.status import Health
from duplistat.core.times import from_ms, to_ms
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import change_health, goods_after
from duplistat.services.jobs.missed import count_missed
from duplistat.services.jobs.state import apply_pause, facts_of, rhythm_of
from duplistat.services.monitoring.paced import parts
from duplistat.services.reports.live import close_live
from duplistat.services.writes import Writes, command, repeatable_command
from duplistat.store import due_jobs, jobs, scheduler_lease
from duplistat.store.causes import cause_of
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.scheduler_lease import LEASE

log = logging.getLogger(__name__)

# Jobs looked at in one transaction without having been counted before: reports wait for it.
AT_ONCE = 100
# Jobs whose missed times the clock counts before it has them changed.
COUNTED_AT_ONCE = 10
# The longest pause after these, seconds: a tick has its time, too.
LONGEST_PAUSE = 1.0
# Jobs that are looked at in one transaction to give them time back.
GIVEN_AT_ONCE = 500
# An absence shorter than this is not worth telling of.
WORTH_TELLING_MS = 60_000
# What counting changes of a job.
_TIMES = ("missed", "expected_at", "due_at", "days", "days_to")
CANNOT = "job %s (%s) could not be evaluated: retrying in an hour"


class Counted(TypedDict):
    """What the clock counted for a job: how its row `was`, and `missed`, `expected_at`, `due_at`, `days`, `days_to` of
    it then; None where there is nothing to count. `failed`: it cannot be counted."""

    was: list[Any]
    times: list[Any] | None
    failed: bool


class Swept(TypedDict):
    """How many jobs a sweep looked at, and how many of them it changed."""

    looked_at: int
    changed: int


class Ticked(TypedDict):
    """Whether the lease is the caller's, and for how long nobody had it (ms)."""

    mine: bool
    away_ms: int


def sweep_due(
    db: Database,
    writes: Writes,
    defaults: ScheduleDefaults,
    now: Callable[[], int],
    go_on: Callable[[], bool] = lambda: True,
    pause: Callable[[float], object] = lambda _: None,
) -> int:
    """Change what is due, longest due first, as long as `go_on` says so; how many jobs were changed.

    What a job missed is counted here. After some jobs it pauses for as many seconds as they took, so that very many
    leave the writer, and half of a processor, to reports.
    """
    changed = 0
    for some in parts(due_jobs.due_ids(db, now()), COUNTED_AT_ONCE, go_on, pause, LONGEST_PAUSE):
        at = now()
        known = jobs.by_ids(db, some)
        counted = [_counted(known[job], defaults, at) for job in some if job in known]
        while counted:
            done = writes.run(sweep, now=at, counted=counted)
            changed += done["changed"]
            counted = counted[done["looked_at"] :]
    return changed


@command
def sweep(tx: Tx, *, now: int, counted: list[Counted] | None = None) -> Swept:
    """Change what is due at `now`, at most AT_ONCE jobs; or of the `counted` ones those that are as they were.

    Each change is a compare-and-set: two sweeps at once change a job once. A job that cannot be judged is
    put off for an hour, so that it does not keep the others from being looked at.
    """
    if counted is None:
        found = jobs.due(tx.db, now, AT_ONCE)
        return {"looked_at": len(found), "changed": _judge_all(tx, [(seen, None) for seen in found], now)}
    known = jobs.by_ids(tx.db, [item["was"][0] for item in counted])
    # Whoever changed one meanwhile judged it, or it is looked at again.
    same = [
        (known[job], item)
        for item in counted
        if (job := item["was"][0]) in known and jobs.values_of(known[job]) == item["was"]
    ]
    return {"looked_at": len(counted), "changed": _judge_all(tx, same, now)}


def _judge_all(tx: Tx, found: Sequence[tuple[Job, Counted | None]], now: int) -> int:
    """Look at some jobs, written together as far as that goes; of how many the health changed.

    A job that cannot be judged, or whose run ends by that, is looked at by itself.
    """
    together, alone = list[_Judged](), list[tuple[Job, Counted | None]]()
    for seen, item in found:
        judged = _judged(seen, tx.defaults, now, item)
        if judged is None:
            alone.append((seen, item))
        else:
            together.append(judged)
    changed = 0
    try:
        with tx.db.savepoint(), tx.db.pipelined():
            changed = _save(tx, together, now)
    except Exception as e:
        if cause_of(e) is not None:
            # Not the fault of a job; the transaction may have ended with it.
            raise
        alone = list(found)
    return changed + sum(_judge(tx, seen, now, item) for seen, item in alone)


class _Judged(NamedTuple):
    """A job as it was seen, what time made of it, and how it is now."""

    seen: Job
    job: Job
    health: Health


def _judged(seen: Job, defaults: ScheduleDefaults, now: int, item: Counted | None) -> _Judged | None:
    """What time made of a job; None for one that needs more than that."""
    if item is not None and item["failed"]:
        return None
    try:
        job = _after(seen, defaults, now, item["times"] if item else None)
        return None if job is None else _Judged(seen, job, apply_pause(job, now))
    except Exception:
        return None


def _save(tx: Tx, judged: Sequence[_Judged], now: int) -> int:
    """Write what time made of jobs, unless they are not any more as they were seen; of how many the health changed."""
    changes = []
    for seen, job, health in judged:
        changed = health.value != job.health
        after = replace(
            job,
            health=health.value,
            health_at=now if changed else job.health_at,
            goods=goods_after(job, health),
        )
        changes.append((after, seen))
    written = list(compress(judged, jobs.save_if_unchanged(tx.db, *changes)))
    changed_jobs = [(job, health) for _, job, health in written if health.value != job.health]
    for job, health in changed_jobs:
        change_health(tx.db, job, health, now, defaults=tx.defaults)
    return len(changed_jobs)


def _judge(tx: Tx, seen: Job, now: int, item: Counted | None) -> int:
    """Look at one job; whether its health changed."""
    if item is not None and item["failed"]:
        return _put_off(tx.db, seen, now)
    try:
        with tx.db.savepoint():
            job = _after(seen, tx.defaults, now, item["times"] if item else None)
            if job is None:
                return _close(tx, seen, now)
            return _save(tx, [_Judged(seen, job, apply_pause(job, now))], now)
    except Exception as e:
        if cause_of(e) is not None:
            # Not this job's fault; the transaction may have ended with it.
            raise
        log.exception(CANNOT, seen.id, seen.name)
        return _put_off(tx.db, seen, now)


def _put_off(db: Database, seen: Job, now: int) -> int:
    jobs.save_if_unchanged(db, (replace(seen, due_at=now + 3_600_000, next_check_at=None), seen))
    return 0


def _counted(seen: Job, defaults: ScheduleDefaults, now: int) -> Counted:
    """What a sweep needs of a job that takes long to find."""
    job, was = _resumed(seen, now), jobs.values_of(seen)
    try:
        if not _is_late(job, now) or Live(job.live_state) is not Live.NONE:
            return {"was": was, "times": None, "failed": False}
        count_missed(job, defaults, now)
    except Exception:
        log.exception(CANNOT, seen.id, seen.name)
        return {"was": was, "times": None, "failed": True}
    return {"was": was, "times": [getattr(job, name) for name in _TIMES], "failed": False}


def _resumed(seen: Job, now: int) -> Job:
    """A copy of a job, without a pause that is over."""
    over = seen.paused and seen.paused_until is not None and seen.paused_until <= now
    return replace(seen, paused=0) if over else replace(seen)


def _is_late(job: Job, now: int) -> bool:
    """Whether the time of a job has come; otherwise a pause or a maintenance window begins or ends."""
    return rests_until(facts_of(job), now) is None and job.due_at is not None and job.due_at <= now


def _close(tx: Tx, seen: Job, now: int) -> int:
    """End a run of which nothing more is heard; whether it is still as it was seen."""
    if jobs.locked_by_id(tx.db, seen.id) != seen:
        return 0
    close_live(tx.db, tx.tally, _resumed(seen, now), tx.defaults, now)
    return 1


def _after(seen: Job, defaults: ScheduleDefaults, now: int, times: list[Any] | None) -> Job | None:
    """What time made of a job, but for its health; None when a run of it is to be ended."""
    job = _resumed(seen, now)
    live = Live(job.live_state)
    if not _is_late(job, now):
        pass
    elif live in (Live.COMPLETED, Live.FAILED, Live.STUCK):
        return None
    elif live in AT_WORK:
        job.live_state = Live.STUCK
        expected = expected_after(
            rhythm_of(job, defaults), from_ms(job.live_started), from_ms(now), last_end=from_ms(job.live_at)
        )
        job.due_at = to_ms(expected.due)
        if job.due_at is not None and job.due_at <= now:
            job.due_at = to_ms(following(rhythm_of(job, defaults), from_ms(now)).due)
    elif times is None:
        count_missed(job, defaults, now)
    else:
        for name, value in zip(_TIMES, times, strict=True):
            setattr(job, name, value)
    return job


@repeatable_command
def tick(tx: Tx, *, now: int, holder: str, lease_ms: int, silence_ms: int) -> Ticked:
    """Take the scheduler's lease, or renew it, and note the time.

    When nobody has ticked for longer than `silence_ms`, every job that was waited for in that time gets it
    back: what should have reached us then could not. Some get it here, all others by `give_time_back`.
    """
    db = tx.db
    if not scheduler_lease.take_lease(db, LEASE, holder, now, now + lease_ms):
        return {"mine": False, "away_ms": 0}
    lease = scheduler_lease.lease(db, LEASE)
    last = lease.ticked_at if lease else 0
    away = now - last if last else 0
    if away > silence_ms:
        due_jobs.note_time_back(db, last, now)
        if away >= WORTH_TELLING_MS:
            scheduler_lease.add_away(db, last, now)
        _give_some_back(db)
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


def give_time_back(
    db: Database,
    writes: Writes,
    go_on: Callable[[], bool] = lambda: True,
    pause: Callable[[float], object] = lambda _: None,
) -> bool:
    """Give every job the time back that it is to get, some at a time; whether all have it.

    Until then none may be judged. After some it pauses for as long as these took.
    """
    took = 0.0
    while due_jobs.time_back(db) is not None:
        if not go_on():
            return False
        pause(took)
        begun = monotonic()
        writes.run(give_some_back)
        took = monotonic() - begun
    return True


@command
def give_some_back(tx: Tx) -> None:
    """Give the next jobs the time back that they are to get."""
    _give_some_back(tx.db)


def _give_some_back(db: Database) -> None:
    item = due_jobs.time_back(db)
    if item is None:
        return
    given, lasted = due_jobs.give_back(db, item, GIVEN_AT_ONCE), item.to_at - item.from_at
    if given is not None and lasted >= WORTH_TELLING_MS:
        log.warning(
            "duplistat was down for %d s: deadlines of %d jobs were extended by it", lasted // 1000, given
        )


@command
def release_lease(tx: Tx, *, holder: str) -> None:
    """Give the lease up at the end, so that another scheduler need not wait for it to run out."""
    scheduler_lease.drop_lease(tx.db, LEASE, holder)
