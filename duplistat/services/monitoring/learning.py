"""learn_noted(): learn the rhythms of jobs that noted that there is something new to learn from.

A report only makes that note: learning takes longer than recording. The clock reads and computes here, outside of any
transaction, and saves what it found in small ones. What came meanwhile wins: that job stays noted.
"""

import json
import logging
from collections.abc import Callable, Sequence
from typing import TypedDict

from duplistat.core.expectation import Expected, expected_after
from duplistat.core.learn import learn
from duplistat.core.learn_runs import Ran
from duplistat.core.learned import to_dict
from duplistat.core.times import by_our_clock
from duplistat.core.told import NO_LONGER, Told, is_switched_off, usual_gap
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.jobs.state import (
    SKEW_MS,
    counted_from,
    rhythm_of,
    zone_of,
)
from duplistat.services.monitoring.paced import parts
from duplistat.services.writes import Writes, command
from duplistat.store import jobs, runs
from duplistat.store.causes import cause_of
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.runs import Times

log = logging.getLogger(__name__)

# Of so many of its latest backup runs a job is learned.
RUNS = 400
# When these are of fewer days than that, the nights and weekends are looked for in its hours of so many days.
FEW_DAYS_MS, HOURS_OF_MS = 15 * 86_400_000, 20 * 86_400_000
# What its client tells of next runs is read of so many.
TOLD_RUNS = 20
# How late a report may come and still tell how late reports come.
LATEST_REPORT_MS = 24 * 3_600_000
# Jobs saved in one transaction, some 10 ms: reports wait for it.
AT_ONCE = 10


class Found(TypedDict):
    """What was learned of a job, as JSON (None: it shows no rhythm), from what was there at the note of `since`.

    `told_gap` is the usual time (ms) between the runs that its client tells of.
    """

    job: int
    since: int
    learned: str | None
    told_gap: int | None


def learn_noted(
    db: Database,
    writes: Writes,
    defaults: ScheduleDefaults,
    now: Callable[[], int],
    go_on: Callable[[], bool] = lambda: True,
    pause: Callable[[float], object] = lambda _: None,
) -> int:
    """Learn every job that is noted, those that wait longest first, as long as `go_on` says so; how many were saved.

    After some jobs it pauses for as many seconds as they took, so that very many leave half of a processor to others.
    """
    saved = 0
    for some in parts(jobs.to_learn(db), AT_ONCE, go_on, pause):
        found = [
            Found(
                job=job.id,
                since=job.learn_since,
                learned=_learned(db, job, defaults),
                told_gap=_told_gap(db, job),
            )
            for job in jobs.by_ids(db, some).values()
            if job.learn_since is not None
        ]
        if found:
            saved += writes.run(save_learned, found=found, now=now())
    return saved


@command
def save_learned(tx: Tx, *, found: list[Found], now: int) -> int:
    """Save what was learned of some jobs (at most AT_ONCE), and what follows from it; of how many.

    A compare-and-set: a job that has something newer to learn from keeps its note, and nothing of it changes.
    """
    db, saved = tx.db, 0
    of_job = {item["job"]: item for item in found}
    for job in jobs.locked_to_learn(db, sorted(of_job)):
        item = of_job[job.id]
        if job.learn_since != item["since"]:
            continue
        saved += 1
        before, was = (job.learned, job.told_gap), _expected(job, tx.defaults)
        job.learned, job.told_gap, job.learn_since = item["learned"], item["told_gap"], None
        try:
            with db.savepoint():
                if (job.learned, job.told_gap) == before or _expected(job, tx.defaults) == was:
                    jobs.save_learned(db, job)
                else:
                    update_job_health(db, job, tx.defaults, now)
        except Exception as e:
            if cause_of(e) is not None:
                # Not this job's fault; the transaction may have ended with it.
                raise
            log.exception("the rhythm of job %s (%s) could not be applied", job.id, job.name)
            job.learned, job.told_gap = before
            jobs.save_learned(db, job)
    return saved


def ran(job: Job, told: Sequence[Times]) -> list[Ran]:
    """When the backup runs of a job were, by the clock that it is judged by; oldest first."""
    return [_by_our_clock(times, job.shift_ms) for times in told]


def _learned(db: Database, job: Job, defaults: ScheduleDefaults) -> str | None:
    """What the runs of a job show now. One that cannot be learned keeps what it has, until its next report."""
    told = ran(job, runs.times_of_backups(db, job.id, RUNS))
    hours: list[Ran] = []
    if len(told) == RUNS and told[-1].start - told[0].start < FEW_DAYS_MS:
        since = told[-1].start - HOURS_OF_MS
        hours = [Ran(at, None) for at in runs.hours_of_backups(db, job.id, since, RUNS)]
    try:
        learned = learn(told, zone_of(job, defaults), hours)
    except Exception:
        log.exception("job %s (%s) could not be learned", job.id, job.name)
        return job.learned
    return json.dumps(to_dict(learned), separators=(",", ":")) if learned else None


def _told_gap(db: Database, job: Job) -> int | None:
    """The usual time between the runs that the client of a job tells of, ms; NO_LONGER when it tells of none now."""
    if job.told_next is None:
        return job.told_gap
    reported = [Told(*row) for row in runs.told_by_reports(db, job.id, TOLD_RUNS)]
    gap = usual_gap(reported) or job.told_gap
    in_its_time = job.told_next - job.shift_ms
    return NO_LONGER if gap and is_switched_off(reported, in_its_time, gap) else gap


def _by_our_clock(times: Times, shift: int) -> Ran:
    """`shift` is by how much the sender's clock was off last: for how long a clock has been behind, no run says."""
    if times.started_at is None:
        return Ran(times.order_at, None)
    late = times.received_at - times.ended_at if times.ended_at is not None else 0
    if times.behind is not None:
        off = times.behind if abs(times.behind) > SKEW_MS else 0
    elif late < -SKEW_MS:
        # It ended in the future: its clock was ahead.
        off = late
    else:
        off = max(shift, 0)
    start = min(by_our_clock(times.started_at, off), times.received_at)
    if times.ended_at is None:
        return Ran(start, None)
    end = max(start, min(times.ended_at + off, times.received_at))
    # What came much later was fetched, or kept back: that says nothing of when the next report comes.
    reported = (
        times.received_at if times.behind is None and times.received_at - end <= LATEST_REPORT_MS else None
    )
    return Ran(start, end, reported)


def _expected(job: Job, defaults: ScheduleDefaults) -> Expected:
    return expected_after(rhythm_of(job, defaults), *counted_from(job))
