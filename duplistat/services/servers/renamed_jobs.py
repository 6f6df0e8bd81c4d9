"""Jobs that were renamed: proposed as the same job, joined when a person says so, and two again when they say that.

Duplicati has an id for a job, which stays when the job is renamed. Joining is a merge of one job with another one of
its server; its steps and those of undoing it are those of `merging` and `unmerging`.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.services import audit
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.deletion import any_asked
from duplistat.services.servers.unmerge import have_it_done, job_back, why_not
from duplistat.store import job_aliases, jobs, merges, servers
from duplistat.store import merge_rows as rows
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.totals import Tally


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
    distinct = job_aliases.distinct(db, [one.old.id for one in found])
    return [
        one for one in found if (min(one.old.id, one.new.id), max(one.old.id, one.new.id)) not in distinct
    ]


def _fell_silent(old: Job, new: Job) -> bool:
    """Whether nothing is heard of a job since another one is."""
    heard = max(old.last_received or 0, old.live_at or 0)
    later = new.last_order is not None and (old.last_order or 0) > new.last_order
    return heard <= new.created_at and not later


def join_jobs(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Begin to join job `gone` with job `into`, both of the accounts `sees`. Answers {"merge"}.

    Raises DuplistatError: not_found for a job that is not there, invalid for two that cannot be joined.
    """
    now = arguments["now"]
    kept, gone = _both(db, arguments["into"], arguments["gone"], arguments["sees"])
    demand_joinable(db, kept, gone)
    also = [gone.name] if gone.name not in job_aliases.of_job(db, kept.id) else []
    plan = json.dumps({"into": kept.id, "gone": gone.id, "also": also})
    name = gone.name
    made = merges.add(db, kept.account_id, kept.server_id, gone.id, name, now, plan, what=merges.OF_JOBS)
    # From here on nothing is reported of it: what comes under its name is the other one's.
    job_aliases.add(db, kept.id, also)
    gone.name = jobs.joining_name(made, name)
    jobs.save(db, gone)
    have_it_done(db, made, kept.account_id, arguments)
    audit.note(
        db,
        arguments["by"],
        "job.join",
        account=kept.account_id,
        subject=_subject(db, kept),
        now=now,
        after={"joined": name},
    )
    return {"merge": made}


def demand_joinable(db: Database, kept: Job, gone: Job) -> None:
    """Raises DuplistatError (invalid) for two jobs that cannot be joined."""
    if kept.id == gone.id:
        raise DuplistatError(Kind.INVALID, "a job cannot be joined with itself")
    if kept.server_id != gone.server_id:
        raise DuplistatError(Kind.INVALID, "jobs of two servers cannot be joined: merge the servers")
    if kept.deleting or gone.deleting or any_asked(db, kept.server_id):
        raise DuplistatError(Kind.INVALID, "a job of this server is being deleted: wait for its end")
    home = servers.get(db, kept.server_id)
    if home is None or home.identity.startswith(servers.DELETED):
        raise DuplistatError(Kind.INVALID, "the server is being deleted")
    if merges.under_way(db, kept.server_id):
        raise DuplistatError(Kind.INVALID, "its server, or a job of it, is being merged: wait for its end")


def unjoin_jobs(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Begin to undo a joining of jobs, of the accounts `sees`. Answers {"merge", "job"}: the job that is back.

    Raises DuplistatError: not_found for one that is not there, invalid for one that cannot be undone.
    """
    merge = merges.locked(db, arguments["merge"])
    if merge is None or merge.account_id not in arguments["sees"] or merge.what != merges.OF_JOBS:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such joining of jobs")
    plan = json.loads(merge.plan)
    if merge.state == merges.UNDOING:
        return {"merge": merge.id, "job": plan["gone"]}
    reason = why_not(db, merge, arguments["now"]) or _obstacle(db, merge)
    if reason:
        raise DuplistatError(
            Kind.INVALID, Text("this joining of jobs cannot be undone: {reason}", reason=reason)
        )
    job_aliases.drop(db, plan["into"], plan["also"])
    still = jobs.locked_by_id(db, plan["gone"]) if merge.state == merges.MOVING else None
    if still is not None:
        still.name = merge.gone_name
        jobs.save(db, still)
    for noted in merges.noted(db, merge.id, merges.JOB, put_away=True):
        if noted.content is not None:
            noted.content["row"]["name"] = merge.gone_name
        plan["gone"] = job_back(db, tally, merge, noted, merge.into_id)
        if plan["gone"] != noted.item:
            merges.rename_job(db, merge.into_id, noted.item, plan["gone"])
    merge.state, merge.plan, merge.gone_id = merges.UNDOING, json.dumps(plan), plan["gone"]
    merges.set_state(db, merge)
    have_it_done(db, merge.id, merge.account_id, arguments)
    kept = jobs.locked_by_id(db, plan["into"])
    audit.note(
        db,
        arguments["by"],
        "job.unjoin",
        account=merge.account_id,
        subject=_subject(db, kept) if kept is not None else merge.gone_name,
        now=arguments["now"],
        before={"joined": merge.gone_name},
    )
    return {"merge": merge.id, "job": plan["gone"]}


def _obstacle(db: Database, merge: merges.Merge) -> str:
    if rows.there(db, "job", json.loads(merge.plan)["into"]) is None:
        return Text("the job that it was joined with is gone")
    if merge.gone_name in rows.jobs_by_name(db, merge.into_id):
        return Text("there is another job named {name} by now", name=repr(merge.gone_name))
    return ""


def keep_jobs(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Note that two jobs are not the same, so that it is not proposed again. Answers {}.

    Raises DuplistatError: not_found for a job that is not there, invalid for jobs of two servers.
    """
    job, other = _both(db, arguments["job"], arguments["other"], arguments["sees"])
    if job.server_id != other.server_id or job.id == other.id:
        raise DuplistatError(Kind.INVALID, "these are not two jobs of one server")
    job_aliases.note_distinct(db, job.id, other.id)
    audit.note(
        db,
        arguments["by"],
        "job.keep",
        account=job.account_id,
        subject=_subject(db, job),
        now=arguments["now"],
        after={"not the same as": other.name},
    )
    return {}


def _both(db: Database, one: int, other: int, sees: Sequence[int]) -> tuple[Job, Job]:
    held = {id: jobs.locked_by_id(db, id) for id in sorted({one, other})}
    first, second = held[one], held[other]
    if first is None or second is None or not {first.account_id, second.account_id} <= set(sees):
        raise DuplistatError(Kind.NOT_FOUND, "there is no such job")
    return first, second


def _subject(db: Database, job: Job) -> str:
    home = servers.get(db, job.server_id)
    return f"{home.label if home else ''} / {job.label}"
