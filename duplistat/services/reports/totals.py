"""What a run adds to the totals, and takes from them again."""

from collections.abc import Mapping

from duplistat.core.report import BACKUP
from duplistat.core.status import Status
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.totals import Tally

_TALLIES: Mapping[str, str] = {status.value: status.tally for status in Status}


def count(tally: Tally, job: Job, run: Run, before: Run | None) -> None:
    """Add a run to the totals, in place of what was known of it before. Dry runs count as other."""
    if before is not None:
        add_run_to_totals(tally, job.account_id, before, -1)
    add_run_to_totals(tally, job.account_id, run, 1)
    if run.is_backup:
        tally.newest(job.account_id, job.id, 0, run.order_at)


def add_run_to_totals(tally: Tally, account: int, run: Run, by: int) -> None:
    """Add a run to the totals (1), or take it out of them (-1); only backups are summed.

    A run that was collected counts for the day on which it was, however late that may be.
    """
    if run.operation == BACKUP:
        tally.run(account, run.job_id, outcome_of(run), _counted_at(run), by)
        tally.bytes(account, run.job_id, uploaded=by * (run.uploaded or 0))


def _counted_at(run: Run) -> int:
    return run.order_at if run.collected else run.received_at


def outcome_of(run: Run) -> str:
    return "other" if run.dry_run else _TALLIES[run.status]
