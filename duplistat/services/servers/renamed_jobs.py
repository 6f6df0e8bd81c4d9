"""Jobs that were renamed: proposed as the same job, joined when a person says so, and two again when they say that.

Duplicati has an id for a job, which stays when the job is renamed. Joining is a merge of one job with another one of
its server; its steps and those of undoing it are those of `merge` and `unmerge`.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.jobs.deletion import any_asked
from duplistat.services.jobs.subject import subject_of
from duplistat.services.servers.unmerge import have_it_done, job_back, why_not
from duplistat.services.writes import command, exclusive_command
from duplistat.store import job_aliases, jobs, merges, ping_urls, servers
from duplistat.store import merge_rows as rows
from duplistat.store.database import Database
from duplistat.store.jobs import Job


class Renamed(NamedTuple):
    """A job that fell silent, and a newer one of the same id at its agent."""

    old: Job
    new: Job


def proposals(db: Database, known: Sequence[Job]) -> list[Renamed]:
    """Which of the jobs of a server seem to be the same under another name. At most one statement."""
    by_ref: dict[str, list[Job]] = {}
    for job in known:
        if job.ref and job.archived_at is None and not (job.deleting or job.joining):
            by_ref.setdefault(job.ref, []).append(job)
    found = []
    for same in by_ref.values():
        new = max(same, key=lambda job: (job.created_at, job.id))
        found += [Renamed(old, new) for old in same if old is not new and _fell_silent(old, new)]
    if not found:
        return []
    distinct = job_aliases.distinct(db, [item.old.id for item in found])
    return [
        item
        for item in found
        if (min(item.old.id, item.new.id), max(item.old.id, item.new.id)) not in distinct
    ]


def _fell_silent(old: Job, new: Job) -> bool:
    """Whether nothing is heard of a job since another one is."""
    heard = max(old.last_received or 0, old.live_at or 0)
    later = new.last_order is not None and (old.last_order or 0) > new.last_order
    return heard <= new.created_at and not later


@exclusive_command
def join_jobs(tx: Tx, *, into: int, gone: int, sees: Sequence[int], by: Actor, now: int) -> int:
    """Begin to join job `gone` with job `into`, both of the accounts `sees`. The id of the merge.

    Raises DuplistatError: not_found for a job that is not there, invalid for two that cannot be joined.
    """
    db = tx.db
    kept, left = _both(db, into, gone, sees)
    require_joinable(db, kept, left)
    also = [left.name] if left.name not in job_aliases.of_job(db, kept.id) else []
    # Who pings it pings the other one from here on.
    pinged = ping_urls.hand_over(db, left.id, kept.id)
    plan = json.dumps({"into": kept.id, "gone": left.id, "also": also, "pinged": pinged})
    name = left.name
    made = merges.add(db, kept.account_id, kept.server_id, left.id, name, now, plan, what=merges.OF_JOBS)
    # From here on nothing is reported of it: what comes under its name is the other one's.
    job_aliases.add(db, kept.id, also)
    left.name, left.joining_at = jobs.joining_name(made, name), now
    jobs.save(db, left)
    have_it_done(db, made, kept.account_id, by, now)
    audit.note(
        db,
        by,
        "job.join",
        account=kept.account_id,
        subject=subject_of(db, kept),
        now=now,
        after={"joined": name},
    )
    return made


def require_joinable(db: Database, kept: Job, gone: Job) -> None:
    """Raises DuplistatError (invalid) for two jobs that cannot be joined."""
    if kept.id == gone.id:
        raise DuplistatError(Kind.INVALID, "a job cannot be merged with itself")
    if kept.server_id != gone.server_id:
        raise DuplistatError(
            Kind.INVALID, "jobs of different servers cannot be merged: merge the servers first"
        )
    if kept.deleting or gone.deleting or any_asked(db, kept.server_id):
        raise DuplistatError(
            Kind.INVALID, "a job of this server is being deleted: try again when that is done"
        )
    home = servers.get(db, kept.server_id)
    if home is None or home.identity.startswith(servers.DELETED):
        raise DuplistatError(Kind.INVALID, "the server is being deleted")
    if merges.under_way(db, kept.server_id):
        raise DuplistatError(
            Kind.INVALID, "its server, or a job of it, is being merged: try again when that is done"
        )


class JobsUnjoined(TypedDict):
    """The ids of the merge that is being undone, and of the job that is back."""

    merge: int
    job: int


@exclusive_command
def unjoin_jobs(tx: Tx, *, merge: int, sees: Sequence[int], by: Actor, now: int) -> JobsUnjoined:
    """Begin to undo a joining of jobs, of the accounts `sees`.

    Raises DuplistatError: not_found for one that is not there, invalid for one that cannot be undone.
    """
    db, found = tx.db, merges.locked(tx.db, merge)
    if found is None or found.account_id not in sees or found.what != merges.OF_JOBS:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such merge of jobs")
    plan = json.loads(found.plan)
    if found.state == merges.UNDOING:
        return {"merge": found.id, "job": plan["gone"]}
    reason = why_not(db, found, now) or _obstacle(db, found)
    if reason:
        raise DuplistatError(
            Kind.INVALID, Text("this merge of jobs cannot be undone: {reason}", reason=reason)
        )
    job_aliases.drop(db, plan["into"], plan["also"])
    still = jobs.locked_by_id(db, plan["gone"]) if found.state == merges.MOVING else None
    if still is not None:
        still.name, still.joining_at = found.gone_name, None
        jobs.save(db, still)
    for entry in merges.entries(db, found.id, merges.JOB, put_away=True):
        if entry.content is not None:
            entry.content["row"] |= {"name": found.gone_name, "joining_at": None}
        plan["gone"] = job_back(db, tx.tally, found, entry, found.into_id)
        if plan["gone"] != entry.item:
            merges.rename_job(db, found.into_id, entry.item, plan["gone"])
    pinged = plan.get("pinged", {"urls": [], "slugs": []})
    ping_urls.move(db, pinged["urls"], pinged["slugs"], plan["into"], plan["gone"])
    found.state, found.plan, found.gone_id = merges.UNDOING, json.dumps(plan), plan["gone"]
    merges.set_state(db, found)
    have_it_done(db, found.id, found.account_id, by, now)
    kept = jobs.locked_by_id(db, plan["into"])
    audit.note(
        db,
        by,
        "job.unjoin",
        account=found.account_id,
        subject=subject_of(db, kept) if kept is not None else found.gone_name,
        now=now,
        before={"joined": found.gone_name},
    )
    return {"merge": found.id, "job": plan["gone"]}


def _obstacle(db: Database, merge: merges.Merge) -> str:
    if rows.there(db, "job", json.loads(merge.plan)["into"]) is None:
        return Text("the job that it was merged with was deleted")
    if merge.gone_name in rows.jobs_by_name(db, merge.into_id):
        return Text("there is another job named {name} by now", name=repr(merge.gone_name))
    return ""


@command
def keep_jobs_apart(tx: Tx, *, job: int, other: int, sees: Sequence[int], by: Actor, now: int) -> None:
    """Note that two jobs are not the same, so that it is not proposed again.

    Raises DuplistatError: not_found for a job that is not there, invalid for jobs of two servers.
    """
    db = tx.db
    first, second = _both(db, job, other, sees)
    if first.server_id != second.server_id or first.id == second.id:
        raise DuplistatError(Kind.INVALID, "both jobs must be of the same server")
    job_aliases.note_distinct(db, first.id, second.id)
    audit.note(
        db,
        by,
        "job.keep",
        account=first.account_id,
        subject=subject_of(db, first),
        now=now,
        after={"not the same as": second.name},
    )


def _both(db: Database, one: int, other: int, sees: Sequence[int]) -> tuple[Job, Job]:
    held = {id: jobs.locked_by_id(db, id) for id in sorted({one, other})}
    first, second = held[one], held[other]
    if first is None or second is None or not {first.account_id, second.account_id} <= set(sees):
        raise DuplistatError(Kind.NOT_FOUND, "there is no such job")
    return first, second
