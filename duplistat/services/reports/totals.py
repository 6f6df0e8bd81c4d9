"""What a run adds to the totals, and takes from them again."""

from collections.abc import Mapping

from duplistat.core.report import BACKUP
from duplistat.core.status import Status
from duplistat.store import run_counts
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.totals import Tally

_TALLIES: Mapping[str, str] = {status.value: status.tally for status in Status}


def count(tally: Tally, job: Job, run: Run, before: Run | None) -> bool:
    """Add a run to the totals and to its job, in place of what was known of it before; whether its job has another
    number of runs now, and is to be saved. Dry runs count as other.
    """
    if before is not None:
        add_run_to_totals(tally, job.account_id, before, -1)
    add_run_to_totals(tally, job.account_id, run, 1)
    if run.is_backup:
        tally.newest(job.account_id, job.id, 0, run.order_at)
    more = counted(run) - (counted(before) if before is not None and before.job_id == job.id else 0)
    job.runs += more
    return more != 0


def counted(run: Run) -> int:
    """1 for a run that counts among those of its job, else 0: as in the totals, only backups do."""
    return int(run.operation == BACKUP)


def add_run(db: Database, tally: Tally, account: int, run: Run, by: int) -> None:
    """Add a run to the totals and to its job (1), or take it out (-1), where nobody has that job in memory."""
    add_run_to_totals(tally, account, run, by)
    run_counts.add(db, run.job_id, by * counted(run))


def add_run_to_totals(tally: Tally, account: int, run: Run, by: int) -> None:
    """Add a run to the totals (1), or take it out of them (-1); only backups are summed.

    A run that was collected counts for the day on which it was, however late that may be.
    """
    if counted(run):
        tally.run(account, run.job_id, outcome_of(run), _counted_at(run), by)
        tally.bytes(account, run.job_id, uploaded=by * (run.uploaded or 0))


def _counted_at(run: Run) -> int:
    return run.order_at if run.collected else run.received_at


def outcome_of(run: Run) -> str:
    return "other" if run.dry_run else _TALLIES[run.status]
