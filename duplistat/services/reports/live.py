"""live(): what a running operation says of itself, and what becomes of it when nothing more is heard."""

from duplistat.core.durations import known
from duplistat.core.health import AT_WORK, Live
from duplistat.core.reason_words import ENDED_UNREPORTED, FAILED_UNREPORTED, WENT_SILENT
from duplistat.core.report import BACKUP, Precision
from duplistat.core.status import Status
from duplistat.services.context import ScheduleDefaults, Tx
from duplistat.services.jobs.health_change import change_health, update_job_health
from duplistat.services.jobs.state import (
    apply_running_state,
    clear_live,
    is_on_time,
    note_to_learn,
    unarchive_job,
)
from duplistat.services.reports.identify import place
from duplistat.services.reports.packed import LiveState, PackedLive
from duplistat.services.reports.record import Recorded, interrupt, put_run
from duplistat.services.writes import command, report_command
from duplistat.store import deliveries, due_jobs, jobs, runs
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.totals import Tally

STATES = {
    "running": Live.RUNNING,
    "started": Live.TICKING,
    "progress": Live.TICKING,
    "completed": Live.COMPLETED,
    "failed": Live.FAILED,
}
# How long a run without a told duration is taken to have lasted, when a live word comes after its report.
SHORT_MS = 60_000


@report_command
def live(tx: Tx, *, post: PackedLive) -> Recorded:
    """Take in a live post. `run` is the latest run of the job, or None."""
    db, tally, defaults = tx.db, tx.tally, tx.defaults
    request, word = post["request"], post["live"]
    received_at = request[1]
    server, job = place(db, post, defaults)
    request = [server.account_id, *request[1:]]
    state = STATES[word["state"]]
    if word["operation"] == BACKUP and not _too_late(job, word):
        at_once = state is Live.RUNNING and job.live_state == Live.RUNNING
        if job.live_ticks not in (None, word["ticks"]) and job.live_state and not at_once:
            # Another run has begun, and the one before never reported: it died.
            close_live(db, tally, job, defaults, received_at)
        unarchive_job(job, received_at)
        job.live_state, job.live_at = state, received_at
        job.live_ticks, job.live_started = word["ticks"], min(word["started_at"], received_at)
        job.live_phase, job.live_progress = word["phase"], word["progress"]
        job.live_error = word["error"]
        health = apply_running_state(job, defaults, received_at)
        change_health(db, job, health, received_at, defaults=defaults)
        jobs.save(db, job)
    if word["state"] == "progress":
        deliveries.progress(db, request, post["body"], post["format"], job.id)
    else:
        deliveries.add(db, request, post["body"], outcome="live", format=post["format"], job=job.id)
    tally.received(post["format"], "live", job.id)
    tally.newest(job.account_id, job.id, received_at)
    return {
        "server": server.id,
        "job": job.id,
        "run": job.last_run,
        "event": None,
        "duplicate": False,
    }


def close_live(db: Database, tally: Tally, job: Job, defaults: ScheduleDefaults, now: int) -> None:
    """Make a run of what only live posts told of: its report has not come. Saves the job."""
    told = interrupt(db, tally, job, defaults)
    if told is not None:
        update_job_health(db, job, defaults, now, run=told.id)
        return
    # A run that came to its end may have ended in error; how many warnings it had, no live word tells.
    completed = (Status.ERROR, job.live_error) if job.live_error else (Status.UNKNOWN, ENDED_UNREPORTED)
    status, message = {
        Live.COMPLETED: completed,
        Live.FAILED: (Status.FATAL, job.live_error or FAILED_UNREPORTED),
    }.get(
        Live(job.live_state),
        (Status.INTERRUPTED, WENT_SILENT),
    )
    ended = job.live_at if Live(job.live_state) not in (*AT_WORK, Live.STUCK) else None
    started = job.live_started or now
    values = dict.fromkeys(runs.VALUES)
    values |= {
        "operation": BACKUP,
        "key": f"l{job.live_ticks}",
        "precision": Precision.LIVE.value,
        "status": status.value,
        "status_text": "",
        "order_at": started,
        "started_at": started,
        "started_ticks": job.live_ticks,
        "ended_at": ended,
        "received_at": now,
        "skew_ms": 0,
        # A start that the sender's clock puts after its end is taken for now: that is no duration of zero.
        "duration_ms": (known(ended - started) or None) if ended is not None else None,
        "partial": 0,
        "dry_run": 0,
        "message": message,
        "details": "{}",
        "log_lines": 0,
        "is_backup": 1,
        "collected": 0,
        "imported": "",
    }
    heard, on_time = job.live_at, is_on_time(job, now)
    clear_live(job)
    run, _ = put_run(db, tally, job, [values[name] for name in runs.VALUES], defaults, now, quiet=True)
    if run == job.last_run:
        # Of how long a run was that went silent, this is all that is known.
        job.covered_until = max(job.covered_until or 0, heard or 0) or None
    note_to_learn(job, now)
    update_job_health(db, job, defaults, now, run=run, on_time=on_time)


@command
def end_live(tx: Tx, *, account: int, name: str, ticks: int, now: int) -> None:
    """Take back the word that a run of a job began, where its result is of another job, or tells of no run."""
    for number in due_jobs.at_work(tx.db, account, name, ticks):
        job = jobs.locked_by_id(tx.db, number)
        if job is not None and job.live_ticks == ticks:
            clear_live(job)
            update_job_health(tx.db, job, tx.defaults, now)


def _too_late(job: Job, word: LiveState) -> bool:
    """Whether the run that a live word is about has been reported already, or a later one has begun."""
    started = word["started_at"]
    if job.live_started is not None and started < job.live_started and job.live_ticks != word["ticks"]:
        return True
    if job.last_order is None or job.last_started is None:
        return False
    length = job.last_duration if job.last_duration is not None else SHORT_MS
    return bool(started <= job.last_started + max(length, 1000))
