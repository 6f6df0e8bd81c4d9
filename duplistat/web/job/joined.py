"""What a job may be under another name, and what was joined with it."""

from typing import NamedTuple

from duplistat.http.context import context
from duplistat.services.servers.renamed_jobs import Renamed, proposals
from duplistat.services.servers.unmerge import KEPT_MS, why_not
from duplistat.store import jobs, merges
from duplistat.store.jobs import Job
from duplistat.web.access import viewer
from duplistat.web.formatting import visible


class Joined(NamedTuple):
    """What a job was joined with. Until `until` (ms) it can be undone, unless `obstacle` says why not."""

    id: int
    name: str
    at: int
    until: int
    state: str
    obstacle: str


def renamed(job: Job) -> list[Renamed]:
    """The proposals that a job is a part of."""
    db = context().db
    same = jobs.with_ref(db, job.server_id, job.ref) if job.ref else []
    return [item for item in proposals(db, same) if job.id in (item.old.id, item.new.id)]


def joined_with(job: Job) -> list[Joined]:
    """What was joined with a job that is not forgotten, latest first."""
    ctx = context()
    return [
        Joined(
            id=merge.id,
            name=visible(merge.gone_name),
            at=merge.at,
            until=merge.at + KEPT_MS,
            state=merge.state,
            obstacle=why_not(ctx.db, merge, ctx.now()),
        )
        for merge in merges.into_job(ctx.db, job.server_id, job.id)
        if merge.state != merges.CLOSED
    ]


def successor(number: int) -> int | None:
    """The job that one was joined with that had this number, if it is there to be seen."""
    db, sees = context().db, viewer().sees
    seen: set[int] = set()
    after = merges.job_after(db, sees, number)
    while after is not None and after not in seen:
        if jobs.by_id(db, sees, after) is not None:
            return after
        seen.add(after)
        after = merges.job_after(db, sees, after)
    return None
