"""Runs of an import: many in one short transaction, each once. They alarm nobody, and teach when a job runs."""

from collections import defaultdict
from typing import Any, TypedDict

from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.jobs.state import apply_run, mark_late, note_other, note_to_learn, zone_of
from duplistat.services.reports.record import LIVE_LAG_MS, same_run
from duplistat.services.reports.totals import count
from duplistat.services.writes import repeatable_command
from duplistat.store import imported_runs, jobs, runs, transitions
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.totals import Tally

_AT = {name: index for index, name in enumerate(runs.VALUES)}
_OPERATION, _KEY, _ORDER = _AT["operation"], _AT["key"], _AT["order_at"]

# The id of a job, values of a run in the order of `runs.VALUES`, and its packed log or b"".
Row = tuple[int, list[Any], bytes]


class Taken(TypedDict):
    """How many runs are new, and how many were known; the jobs of those that are new."""

    new: int
    known: int
    jobs: list[int]


@repeatable_command
def import_runs(tx: Tx, *, rows: list[Row]) -> Taken:
    """Record runs that are not known yet. How the jobs are is worked out by `settle_imported`, after the last of them.

    Those of a job that is gone meanwhile are passed over.
    """
    of_job: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        of_job[row[0]].append(row)
    taken: Taken = {"new": 0, "known": 0, "jobs": []}
    # In the order of their ids, as everybody holds several jobs.
    for id in sorted(of_job):
        job = jobs.locked_by_id(tx.db, id)
        if job is None or job.deleting or job.joining:
            continue
        mine = sorted(of_job[id], key=began)
        new = unknown(tx.db, id, mine)
        taken["known"] += len(mine) - len(new)
        if new:
            _put(tx.db, tx.tally, job, new, tx.defaults)
            taken["new"] += len(new)
            taken["jobs"].append(id)
    return taken


@repeatable_command
def import_missed(tx: Tx, *, missed: list[tuple[int, int]]) -> None:
    """Mark the days (ms) on which the source waited in vain for a run of these jobs."""
    of_job: dict[int, list[int]] = defaultdict(list)
    for id, at in missed:
        of_job[id].append(at)
    for id in sorted(of_job):
        job = jobs.locked_by_id(tx.db, id)
        if job is None or job.deleting or job.joining:
            continue
        for at in sorted(of_job[id]):
            mark_late(job, at, zone_of(job, tx.defaults))
        jobs.save(tx.db, job)


@repeatable_command
def settle_imported(tx: Tx, *, changed: list[int], now: int) -> None:
    """Work out how jobs are after an import, and tell nobody: what was expected until now is none of our business."""
    db = tx.db
    for id in sorted(changed):
        job = jobs.locked_by_id(db, id)
        if job is None or job.deleting or job.joining:
            continue
        latest = runs.get(db, job.last_run) if job.last_run is not None else None
        before = transitions.latest_id(db, job.id)
        if latest is not None and latest.imported:
            # From now on runs are expected here.
            job.covered_until = max(job.covered_until or 0, now)
        note_to_learn(job, now)
        update_job_health(db, job, tx.defaults, now, run=job.last_run)
        transitions.keep_quiet(db, job.id, before, now)


def unknown(db: Database, job: int, rows: list[Row]) -> list[Row]:
    """Those of some runs, in order of their begin, that a job does not have yet: one statement."""
    first, last = began(rows[0]), began(rows[-1])
    keys: set[tuple[str, str]] = set()
    around: dict[tuple[str, int], list[tuple[Any, ...]]] = defaultdict(list)
    for operation, *known in imported_runs.known_between(db, job, first - LIVE_LAG_MS, last + LIVE_LAG_MS):
        keys.add((operation, known[1]))
        at = known[3] if known[3] is not None else known[5]
        around[operation, at // LIVE_LAG_MS].append(tuple(known))
    new = []
    for row in rows:
        values = row[1]
        operation, key = values[_OPERATION], (values[_OPERATION], values[_KEY])
        place = values[_ORDER] // LIVE_LAG_MS
        near = (known for step in (-1, 0, 1) for known in around.get((operation, place + step), ()))
        if key in keys or any(same_run(values, known) for known in near):
            continue
        keys.add(key)
        new.append(row)
    return new


def _put(db: Database, tally: Tally, job: Job, rows: list[Row], defaults: ScheduleDefaults) -> None:
    size, storage = job.size or 0, job.storage or 0
    ids = imported_runs.add_runs(db, job.account_id, job.id, [values for _, values, _ in rows])
    imported_runs.add_logs(db, [(id, log) for id, (_, _, log) in zip(ids, rows, strict=True) if log])
    latest = job.last_run
    for id, (_, values, _) in zip(ids, rows, strict=True):
        run = Run(id, job.id, *values)
        count(tally, job, run, None)
        if run.is_backup:
            apply_run(job, run, defaults, next_run=None, learning=False)
        else:
            note_other(job, run, defaults)
    tally.bytes(job.account_id, job.id, size=(job.size or 0) - size, storage=(job.storage or 0) - storage)
    if job.last_run != latest:
        job.missed, job.due_at = 0, None
    jobs.save(db, job)


def began(row: Row) -> int:
    """When the run of a row began (ms), as it stands in time."""
    at: int = row[1][_ORDER]
    return at
