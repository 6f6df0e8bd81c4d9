"""sum_noted(): count backup runs into the sums of their days, which charts over many jobs read.

A report only notes from when on there is something to count: the clock counts whole days anew, some runs at a time, so
that one that came late, was corrected or moved to another job is counted once. Days are those of the server's zone.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from duplistat.core.measured import measured
from duplistat.core.times import midnight
from duplistat.services.context import Tx
from duplistat.services.jobs.state import EPOCH_DAY, day_of
from duplistat.services.monitoring.paced import parts
from duplistat.services.writes import Writes, repeatable_command
from duplistat.store import job_days
from duplistat.store.database import Database
from duplistat.store.job_days import Counted, JobDay

# Jobs of one transaction, and runs of each: reports wait for no more than these.
AT_ONCE = 10
RUNS = 2_000
# Sums are kept for so many days: a year, and some more.
KEPT = 400
# More than any job does on a day: what hostile numbers come to can still be added up.
MOST = 2**53


def sum_noted(
    db: Database,
    writes: Writes,
    now: Callable[[], int],
    go_on: Callable[[], bool] = lambda: True,
    pause: Callable[[float], object] = lambda _: None,
) -> int:
    """Count what is noted, as long as `go_on` says so; of how many jobs. What is left of a long history is noted still.

    After some jobs it pauses for as many seconds as they took: an update has all jobs counted.
    """
    return sum(
        writes.run(sum_days, jobs=some, now=now())
        for some in parts(job_days.noted(db), AT_ONCE, go_on, pause)
    )


@repeatable_command
def sum_days(tx: Tx, *, jobs: list[int], now: int) -> int:
    """Count the runs of some jobs (at most AT_ONCE) into the sums of their days; of how many jobs."""
    zone, today = tx.defaults.zone, day_of(now, tx.defaults.zone)
    found = job_days.locked(tx.db, jobs)
    for job, since in found:
        begin = max(day_of(since, zone), today - KEPT)
        runs = job_days.backups_since(tx.db, job, _begin(tx, begin), RUNS)
        by_day: dict[int, list[Counted]] = {}
        for run in runs:
            by_day.setdefault(day_of(run.at, zone), []).append(run)
        last, further = max(by_day, default=begin), None
        if len(runs) == RUNS:
            # There are more: the last day may not be whole. Of one with more runs than these, the first ones count.
            if len(by_day) > 1:
                del by_day[last]
                further, last = _begin(tx, last), last - 1
            else:
                further = _begin(tx, last + 1)
        # What is older than all that is kept of the runs stays as it was counted.
        first = min(by_day, default=begin) if since == 0 else begin
        days = [_summed(job, day, some) for day, some in sorted(by_day.items())]
        job_days.put(tx.db, job, first, last, days)
        job_days.forget_before(tx.db, job, today - KEPT)
        job_days.count_from(tx.db, job, further)
    return len(found)


def _begin(tx: Tx, day: int) -> int:
    return midnight(date.fromordinal(day + EPOCH_DAY), tx.defaults.zone)


def _summed(job: int, day: int, runs: Sequence[Counted]) -> JobDay:
    """The sums of a day. How much there is counts only where a run saw all of it."""
    return JobDay(
        job,
        day,
        len(runs),
        sum(run.failed for run in runs),
        _sum(run.uploaded for run in runs),
        _sum(run.duration_ms for run in runs),
        *(
            max(
                (
                    value
                    for run in runs
                    if (value := measured(getattr(run, name), whole=run.whole > 0)) is not None
                ),
                default=None,
            )
            for name in ("size", "storage", "files")
        ),
    )


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return min(sum(known), MOST) if known else None
