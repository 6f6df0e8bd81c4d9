"""What a job is not blamed for: that we were away while it was waited for."""

from duplistat.store import scheduler_lease
from duplistat.store.database import Database
from duplistat.store.jobs import Job


def give_back_downtimes(db: Database, job: Job, now: int) -> bool:
    """Put off when a job is due by each time in which we were away and it was waited for; whether there was one.

    Of reports that waited for us to come back the oldest may arrive first: its job is not overdue for that.
    """
    waited_from = job.live_at if job.live_state else job.expected_at
    if job.due_at is None or waited_from is None or waited_from >= now:
        return False  # as nearly always
    before = job.due_at
    for downtime in reversed(scheduler_lease.downtimes_since(db, waited_from)):
        if job.due_at > downtime.from_at:
            job.due_at += downtime.to_at - downtime.from_at
    return job.due_at != before
