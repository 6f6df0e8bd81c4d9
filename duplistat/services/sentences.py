"""Why a job is as it is, in a sentence."""

from datetime import datetime
from zoneinfo import ZoneInfo

from duplistat.core import words
from duplistat.core.expectation import expected_after
from duplistat.core.health import Live
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms
from duplistat.services.job_state import Clockwork, counted_from, rhythm_of
from duplistat.store.jobs import Job

ENDED = {
    Status.ERROR: "ended with errors",
    Status.FATAL: "failed",
    Status.INTERRUPTED: "was interrupted",
    Status.WARNING: "ended with warnings",
    Status.UNKNOWN: "ended without a known result",
}


def first_missed(job: Job, clockwork: Clockwork) -> datetime | None:
    """The first expected time that no run came for, UTC; what `expected_at` says while none was missed."""
    return expected_after(rhythm_of(job, clockwork), *counted_from(job)).at


def reason_of(job: Job, health: Health, clockwork: Clockwork, now: int) -> str:
    """What is behind a job's health, for a person who reads it at `now` (ms). Times in the job's zone."""
    zone = rhythm_of(job, clockwork).zone
    if health is Health.OVERDUE:
        return _overdue(job, clockwork, zone, now)
    if health is Health.FAILED:
        if job.live_state == Live.FAILED:
            # Its report has not come yet: what the row knows as the latest run is the one before.
            start = f"The backup {_when(job.live_started, zone, now)} failed"
            return f"{start}: {job.live_error}" if job.live_error else start
        return _ended(job, zone, now, job.last_message)
    if health is Health.WARNING:
        if job.last_partial:
            return f"The backup {_when(job.last_order, zone, now)} was stopped before it was complete"
        return _ended(job, zone, now, job.last_message)
    if health is Health.STUCK:
        return f"Said that it runs, then nothing since {_when(job.live_at, zone, now)}"
    if health is Health.RUNNING:
        progress = f", {job.live_progress:.0%} done" if job.live_progress is not None else ""
        return f"Running since {_when(job.live_started, zone, now)}{progress}"
    if health is Health.NEVER:
        return "No backup of this job has been reported yet"
    if health is Health.PAUSED:
        return "Paused: nothing is expected of it"
    return f"Backed up {_when(job.last_order, zone, now)}"


def _overdue(job: Job, clockwork: Clockwork, zone: ZoneInfo, now: int) -> str:
    expected = first_missed(job, clockwork)
    late = words.span(now / 1000 - expected.timestamp()) if expected else ""
    when = words.moment(expected.astimezone(zone), from_ms(now).astimezone(zone)) if expected else ""
    parts = [f"Overdue by {late}: expected {when}" if expected else "Overdue"]
    if job.missed > 1:
        parts.append(f"{words.count(job.missed)} times missed")
    if job.good_at is not None:
        parts.append(f"last good backup {_when(job.good_at, zone, now)}")
    else:
        parts.append("no good backup is known")
    return ", ".join(parts)


def _ended(job: Job, zone: ZoneInfo, now: int, message: str) -> str:
    status = Status(job.last_status) if job.last_status else Status.FATAL
    if status is Status.OTHER:
        start = f"The backup {_when(job.last_order, zone, now)} ended in a word that says neither success nor failure"
    else:
        start = f"The backup {_when(job.last_order, zone, now)} {ENDED.get(status, 'ended')}"
    return f"{start}: {message}" if message else start


def _when(at: int | None, zone: ZoneInfo, now: int) -> str:
    if at is None:
        return "at an unknown time"
    return words.moment(from_ms(at).astimezone(zone), from_ms(now).astimezone(zone))
