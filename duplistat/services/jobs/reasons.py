"""What is behind a job's health, as reasons; and when a run of it is expected."""

from collections.abc import Sequence
from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

from duplistat.core import formatting
from duplistat.core.expectation import expected_after
from duplistat.core.health import Live, rests_until
from duplistat.core.i18n import ENGLISH, Say
from duplistat.core.reason import Code, Reason, reason
from duplistat.core.reason_words import Piece, words
from duplistat.core.status import Health, Status
from duplistat.core.times import from_ms, to_ms
from duplistat.core.verdict import Proof
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import counted_from, facts_of, is_paused, rhythm_of, zone_of
from duplistat.store.jobs import Job


def first_missed(job: Job, defaults: ScheduleDefaults) -> datetime | None:
    """The first expected time that no run came for, UTC; what `expected_at` says while none was missed."""
    return expected_after(rhythm_of(job, defaults), *counted_from(job)).at


def awaited(job: Job, health: Health, defaults: ScheduleDefaults) -> datetime | None:
    """When a backup run is expected, or the first missed one was, UTC; None where none is, as in a pause."""
    waits = job.expected_at is not None and health is not Health.PAUSED
    return first_missed(job, defaults) if waits else None


def reasons_of(job: Job, health: Health, defaults: ScheduleDefaults, now: int) -> list[Reason]:
    """What is behind a job's health at `now` (ms)."""
    match health:
        case Health.OVERDUE:
            expected = first_missed(job, defaults)
            return [
                reason(
                    Code.OVERDUE,
                    expected_at=to_ms(expected) if expected else None,
                    missed=job.missed,
                    last_success_at=job.last_success_at,
                )
            ]
        case Health.FAILED if job.live_state == Live.FAILED:
            # Its report has not come: what the row knows as the latest run is the one before.
            return [reason(Code.LIVE_FAILED, at=job.live_started, message=job.live_error)]
        case Health.FAILED if job.verification_failed:
            found = failure_of(job, Proof.VERIFICATION)
            return [found, _ended(job)] if ended_badly(job) else [found]
        case Health.FAILED:
            return [_ended(job)]
        case Health.WARNING if job.restore_failed:
            return [failure_of(job, Proof.RESTORE)]
        case Health.WARNING:
            return [reason(Code.STOPPED, at=job.last_order) if job.last_partial else _ended(job)]
        case Health.STUCK:
            return [reason(Code.STALLED, at=job.live_at)]
        case Health.RUNNING:
            return [reason(Code.RUNNING, at=job.live_started, part=job.live_progress)]
        case Health.NEVER:
            return [reason(Code.NEVER_REPORTED)]
        case Health.PAUSED:
            return [_rests(job, now)]
        case _:
            return [reason(Code.BACKED_UP, at=job.last_order)]


def reason_of(job: Job, health: Health, defaults: ScheduleDefaults, now: int, say: Say = ENGLISH) -> str:
    """What is behind a job's health, for a person who reads it at `now` (ms). Times in the job's zone."""
    return said(reasons_of(job, health, defaults, now), zone_of(job, defaults), now, say)


def said(found: Sequence[Reason], zone: ZoneInfo, now: int, say: Say = ENGLISH) -> str:
    """Reasons for a person who reads them at `now` (ms), with times by the clock of `zone`."""
    read = from_ms(now).astimezone(zone)
    return "".join(
        formatting.moment(from_ms(piece).astimezone(zone), read, say) if isinstance(piece, int) else piece
        for piece in words(found, now, say)
    )


def pieces_of(
    job: Job, health: Health, defaults: ScheduleDefaults, now: int, say: Say = ENGLISH
) -> list[Piece]:
    """The same with its times still to be said."""
    return words(reasons_of(job, health, defaults, now), now, say)


def ended_badly(job: Job) -> bool:
    """Whether its latest backup run failed, as against a verification."""
    return job.last_status is not None and Status(job.last_status).broken


def failure_of(job: Job, proof: Proof) -> Reason:
    """What the latest verification or restore found, that failed."""
    if proof is Proof.VERIFICATION:
        return reason(
            Code.VERIFICATION_FAILED, at=job.verify_at, files=job.verify_broken, message=job.verify_message
        )
    return reason(
        Code.RESTORE_FAILED, at=job.restored_at, files=job.restored_broken, message=job.restored_message
    )


def _ended(job: Job) -> Reason:
    status = job.last_status or Status.FATAL.value
    return reason(Code.ENDED, at=job.last_order, status=status, message=job.last_message)


def _rests(job: Job, now: int) -> Reason:
    if job.archived_at is not None:
        return reason(Code.ARCHIVED)
    end = rests_until(facts_of(job), now)
    until = None if end is None or end == inf else int(end)
    return reason(Code.PAUSED if is_paused(job, now) else Code.MAINTENANCE, until=until)
