"""Routing: each change of a job's health is taken in once, and opens, counts, worsens or closes the job's problem.

Nobody is told here: that comes when the problem's time has come (`telling`). An upload only notes the change.
"""

from dataclasses import replace
from typing import TypedDict

from duplistat.core.alerts.problem import (
    AGAIN_MS,
    Change,
    Closed,
    Problem,
    close,
    follow,
    is_bad,
    is_overlay,
    opened,
)
from duplistat.core.alerts.still import Waited, dropped
from duplistat.services.alerts.listeners import rule_in
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import jobs, notices, problems, rules, told, transitions
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.transitions import Transition

# Changes taken in by one transaction: reports wait for it.
AT_ONCE = 20
# Problems that one transaction ends because their jobs are gone.
GONE_AT_ONCE = 200
HEALTH = "health"


class Routed(TypedDict):
    """How many changes were looked at, and how many problems opened and closed."""

    looked_at: int
    opened: int
    closed: int


@command
def route(tx: Tx, *, now: int) -> Routed:
    """Take in the changes that wait, oldest first, at most AT_ONCE of them.

    Each is a compare-and-set: two schedulers at once take it in once.
    """
    waiting = transitions.unrouted(tx.db, AT_ONCE)
    known = jobs.by_ids(tx.db, list({item.job_id for item in waiting}))
    done: Routed = {"looked_at": len(waiting), "opened": 0, "closed": 0}
    for item in waiting:
        job = known.get(item.job_id)
        if not transitions.route(tx.db, item.id, now) or job is None:
            continue
        seen = _held(tx.db, problems.of_job(job.id), is_over=not is_bad(item.after))
        if seen is None:
            done["opened"] += _open(tx.db, job, item)
        else:
            done["closed"] += _follow(tx.db, job, seen, item, now)
    return done


@command
def close_gone(tx: Tx, *, now: int) -> int:
    """Close problems of deleted, merged or archived jobs, at most GONE_AT_ONCE, without messages; how many."""
    return problems.close_gone(tx.db, now, GONE_AT_ONCE)


def _held(db: Database, subject: str, *, is_over: bool) -> Problem | None:
    """The open problem of a subject, which nobody else changes: who tells of it meanwhile is waited for, or waits.

    What may be taken back is held first, in the order in which the sender holds both.
    """
    seen = problems.open_of(db, subject, HEALTH)
    if seen is None:
        return None
    if is_over:
        notices.hold_waiting_of(db, seen.id)
    return problems.open_of(db, subject, HEALTH, held=True)


def _open(db: Database, job: Job, item: Transition) -> bool:
    """Open a problem, if that is what a change says; whether it did."""
    if not is_bad(item.after) or job.archived_at is not None or job.deleting:
        return False
    subject = problems.of_job(job.id)
    new = Problem(
        id=0,
        uid=problems.new_uid(),
        account_id=job.account_id,
        subject=subject,
        family=HEALTH,
        job_id=job.id,
        channel_id=None,
        kind=item.after,
        opened_at=item.at,
        kind_at=item.at,
        bad_at=item.at,
        reason=item.reason,
        run=item.run,
        last_good_at=job.last_success_at,
    )
    if job.snoozed_until is not None and job.snoozed_as == item.after:
        # Somebody knew of it before we did.
        new = replace(new, acked_at=item.at, acked_until=job.snoozed_until)
    return problems.add(db, opened(new, problems.earlier(db, subject, item.at - AGAIN_MS))) is not None


def _follow(db: Database, job: Job, seen: Problem, item: Transition, now: int) -> bool:
    """Take a change into an open problem; whether it is over by that."""
    if is_overlay(item.after) and (job.archived_at is not None or job.deleting):
        after = close(seen, item.at, Closed.GONE)
    else:
        change = Change(item.at, item.after, item.reason, item.run)
        after = follow(seen, change, _recover_after(db, seen))
    if after == seen:
        return False
    if after.closed_at is None:
        problems.save_if_unchanged(db, after, seen)
        return False
    after = replace(after, next_at=_settle(db, after, now))
    return problems.save_if_unchanged(db, after, seen)


def _settle(db: Database, over: Problem, now: int) -> int | None:
    """What follows from the end of a problem: when to tell that it is over, None when nobody was told of it.

    A notice of it alone that has no sense any more is taken back, unless the sender has it. One of several problems is
    left to the sender, which knows how it is with all of them.
    """
    heard = told.of(db, [over.id])[over.id]
    by = {item.channel_id for item in heard}
    for notice in notices.waiting_of(db, over.id):
        waited = Waited(notice.kind, notice.why, notice.attempts, notice.not_before)
        why = dropped(waited, [over], [over.id] if notice.channel_id in by else [], now)
        if why is not None and len(notices.members(db, notice.id)) == 1:
            notices.drop(db, notice.id, why, now)
    if over.closed_how == Closed.GONE:
        return None
    return over.closed_at if heard else None


def _recover_after(db: Database, problem: Problem) -> int:
    """After how many good runs a problem is over: the most that a rule wants by which somebody was told of it."""
    ids = [item.rule_id for item in told.of(db, [problem.id])[problem.id] if item.rule_id is not None]
    found = (rules.get(db, rule) for rule in dict.fromkeys(ids))
    return max((rule_in(row.spec).recover for row in found if row is not None), default=1)
