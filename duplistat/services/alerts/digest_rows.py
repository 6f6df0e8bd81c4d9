"""Reads the content of a digest: the rows of jobs, and what an index finds of a time. No history."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from duplistat.core.alerts.digest import Entry, digest, worst_of
from duplistat.core.alerts.digest_facts import (
    AHEAD_MS,
    DAY_MS,
    MOST_OTHERS,
    DigestFacts,
    Line,
    Part,
    plain_line,
)
from duplistat.core.alerts.matching import JobSubject
from duplistat.core.alerts.problem import Problem
from duplistat.core.days import window
from duplistat.core.health import Live, health_of
from duplistat.core.reason import dump
from duplistat.core.status import Health
from duplistat.services.alerts.listeners import Listeners, load_listeners, subjects
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.counted import that_count
from duplistat.services.jobs.reasons import ended_badly, reasons_of
from duplistat.services.jobs.state import day_of, facts_of
from duplistat.services.jobs.unscheduled import state_of as state_for_people
from duplistat.store import accounts, digests, jobs, notices, problems, servers, told
from duplistat.store.database import Database
from duplistat.store.jobs import Job

MOST_PROBLEMS = 5000
# How far before the time a run is looked for to compare sizes with.
BEFORE_MS = 7 * DAY_MS
Untold = tuple[str, int | None]


def read_digest(
    db: Database,
    sees: tuple[int, ...],
    defaults: ScheduleDefaults,
    *,
    name: str,
    account: str,
    period: str,
    from_at: int,
    until_at: int,
    now: int,
    rhythms: Mapping[str, str] | None = None,
) -> DigestFacts:
    """A digest of all jobs of some accounts that count, of the time (ms) from `from_at` to `until_at`. About a dozen
    statements.

    Of a time that ended before `now` it tells what reports said then; else how jobs stand. `rhythms`: what was known of
    each job when the last one was made, as `rhythms_of` gives it.
    """
    past = until_at < now
    found = [job for job in jobs.visible(db, sees, archived=True) if not (job.deleting or job.joining)]
    if past:
        found = [job for job in found if job.created_at < until_at]
    known, names = servers.by_ids(db, {job.server_id for job in found}), accounts.names(db, sees)
    found = that_count(found, known.values())
    sizes = {} if past else digests.sizes_then(db, sees, from_at - BEFORE_MS, from_at)
    untold = {} if past else _untold(db, sees, found, now)
    entries = []
    for job in found:
        entry = _entry(job, defaults, now, known[job.server_id].label, names.get(job.account_id, ""))
        if past:
            entry = _as_it_was(entry, job, from_at, until_at, defaults)
        else:
            then = sizes.get(job.id, (None, None))
            why, until = untold.get(job.id, ("", None))
            relearned = rhythms is not None and _changed(job, rhythms)
            entry = replace(
                entry,
                size_then=then[0],
                storage_then=then[1],
                untold=why,
                untold_until=until,
                relearned=relearned,
            )
        entries.append(entry)
    return digest(
        entries,
        _others(db, sees, names, from_at, until_at, past=past),
        name=name,
        account=account,
        period=period,
        from_at=from_at,
        until_at=until_at,
        past=past,
    )


def rhythms_of(db: Database, sees: tuple[int, ...]) -> dict[str, str]:
    """{job: what tells its learned schedule from another one}, of the jobs that have one."""
    found = {str(job.id): _mark(job) for job in jobs.visible(db, sees)}
    return {job: mark for job, mark in found.items() if mark}


def state_of(facts: DigestFacts) -> str:
    """What tells a digest from one that says something else: how jobs stand and what changed, but no times."""
    said = [
        [section["part"], line["kind"], line["job"], line["name"]]
        for section in facts["sections"]
        if section["part"] not in (Part.PROVEN, Part.COMING)
        for line in section["lines"]
    ]
    return sha256(json.dumps([facts["counts"], said], sort_keys=True).encode()).hexdigest()


def _entry(job: Job, defaults: ScheduleDefaults, now: int, server: str, account: str) -> Entry:
    health = settled(job, now)
    return Entry(
        id=job.id,
        name=job.label,
        server=server,
        account=account,
        health=state_for_people(job, health, now),
        since=job.health_at if health == job.health else job.last_order or job.created_at,
        reason=dump(reasons_of(job, health, defaults, now)),
        run=_run_behind(job, health),
        last_at=job.last_order,
        duration_ms=job.last_duration,
        good_at=job.last_success_at,
        size=job.size,
        storage=job.storage,
        quota_total=job.quota_total,
        quota_free=job.quota_free,
        created_at=job.created_at,
        archived_at=job.archived_at,
        schedule=job.schedule or job.agent_schedule or _learned(job),
        schedule_at=job.schedule_set_at if job.schedule else job.agent_schedule_at,
        verify_run=job.verify_run,
        verify_at=job.verify_at,
        verify_failed=bool(job.verify_failed),
        restored_run=job.restored_run,
        restored_at=job.restored_at,
        restored_failed=bool(job.restored_failed),
        paused_until=job.paused_until if job.paused else None,
        maintenance_from=job.maintenance_from,
        maintenance_until=job.maintenance_until,
    )


def settled(job: Job, now: int) -> Health:
    """How a job stands, apart from that a run of it may be under way."""
    health = health_of(facts_of(job), now)
    if health is not Health.RUNNING:
        return health
    return health_of(replace(facts_of(job), live=Live.NONE, due_at=None), now)


def _run_behind(job: Job, health: Health) -> int | None:
    """The run that says why a job is in that state; None where none does."""
    if health not in (Health.FAILED, Health.WARNING) or job.live_state == Live.FAILED:
        return None
    if job.verification_failed and not ended_badly(job):
        return job.verify_run
    return job.last_run


def _as_it_was(entry: Entry, job: Job, from_at: int, until_at: int, defaults: ScheduleDefaults) -> Entry:
    """What the reports of a time said, of the days that the row keeps; nothing of now."""
    first, last = day_of(from_at, defaults.zone), day_of(until_at - 1, defaults.zone)
    letters = window(job.days, job.days_to, last, last - first + 1) if job.days else ""
    archived = job.archived_at if job.archived_at is not None and job.archived_at < until_at else None
    return replace(
        entry, health=str(worst_of(letters)), reason="", run=None, archived_at=archived, quota_total=None
    )


def _untold(db: Database, sees: tuple[int, ...], found: Sequence[Job], now: int) -> dict[int, Untold]:
    """{job: why nobody was alerted about its problem, and until when}. 8 statements."""
    open_now = problems.open_in(db, sees, MOST_PROBLEMS)
    heard = told.of(db, [problem.id for problem in open_now])
    quiet = {
        problem.job_id: problem
        for problem in open_now
        if problem.job_id is not None and not heard[problem.id]
    }
    if not quiet:
        return {}
    waiting = {
        problem
        for problem, said in notices.said_of(db, [problem.id for problem in quiet.values()]).items()
        if any(result == notices.WAITING for _, _, result in said.values())
    }
    rows = [job for job in found if job.id in quiet]
    listeners, known = load_listeners(db, now), subjects(db, rows)
    return {
        job.id: _why(quiet[job.id], listeners, known[job.id], now, waits=quiet[job.id].id in waiting)
        for job in rows
    }


def _why(problem: Problem, listeners: Listeners, subject: JobSubject, now: int, *, waits: bool) -> Untold:
    if problem.acked(now):
        return "acknowledged", problem.acked_until
    silenced = listeners.silenced_until(subject)
    if silenced is not None:
        return "silenced", silenced
    if waits:
        return "waiting", None
    if not listeners.of(subject, problem.kind):
        return "no_rule", None
    return ("unsteady" if problem.unsteady else "below"), None


def _others(
    db: Database, sees: tuple[int, ...], names: Mapping[int, str], from_at: int, until_at: int, *, past: bool
) -> list[tuple[Part, Line]]:
    """What the log of changes and the keys tell."""
    found: list[tuple[Part, Line]] = []
    for action, subject, account, at, before, after in digests.gone(
        db, sees, from_at, until_at, 10 * MOST_OTHERS
    ):
        owner = names.get(account, "")
        if action == "job.delete":
            found.append((Part.CHANGED, plain_line("deleted", subject, owner, at=at)))
        else:
            before = str(json.loads(after).get("joined") or json.loads(before).get("alias") or "")
            found.append((Part.CHANGED, plain_line("renamed", subject, owner, at=at, text=before)))
    if not past:
        for name, account, at in digests.keys_that_expire(
            db, sees, until_at, until_at + AHEAD_MS, 10 * MOST_OTHERS
        ):
            found.append((Part.COMING, plain_line("key", name, names.get(account, ""), at=at)))
    return found


def _learned(job: Job) -> str:
    return str(json.loads(job.learned).get("schedule") or "") if job.learned else ""


def _mark(job: Job) -> str:
    schedule = "" if job.schedule or job.agent_schedule else _learned(job)
    return sha256(schedule.encode()).hexdigest()[:8] if schedule else ""


def _changed(job: Job, rhythms: Mapping[str, str]) -> bool:
    """Whether a job has a learned schedule, and had another one, or none, when the last digest was made."""
    mark = _mark(job)
    return mark != "" and rhythms.get(str(job.id)) != mark
