"""What a run, a live word or the passing of time makes of a job's row. No SQL: rows are changed in memory."""

import json
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import inf
from zoneinfo import ZoneInfo

from duplistat.core import days
from duplistat.core.expectation import Expected, Rhythm, expected_after
from duplistat.core.health import AT_WORK, Facts, Live, health_of, rests_until, wakes_at
from duplistat.core.learned import Learned, from_dict
from duplistat.core.measured import is_whole, measured
from duplistat.core.report import DELETE, RESTORE
from duplistat.core.schedule import Schedule
from duplistat.core.schedule_text import parse_schedule
from duplistat.core.status import Health, Status
from duplistat.core.times import by_our_clock, from_ms, to_ms
from duplistat.core.told import rounded
from duplistat.core.verdict import Proof, Verdict
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs import verdicts
from duplistat.services.jobs.unscheduled import is_silent
from duplistat.store.jobs import Job
from duplistat.store.runs import Run

# A clock is wrong, and not only a report late, when it is off by this much …
SKEW_MS = 10 * 60_000
# … by the same amount twice, within this.
SAME_LAG_MS = 5 * 60_000
# How long the full report may take to follow the word that a run has ended.
REPORT_FOLLOWS_MS = 2 * 60_000
# Silence of a run that promised no ticks before it counts as stuck.
UNTICKED_MS = 24 * 3_600_000
EPOCH_DAY = date(1970, 1, 1).toordinal()


def zone_of(job: Job, defaults: ScheduleDefaults) -> ZoneInfo:
    """The zone in which a job's schedule is meant, and its times are told."""
    name = job.schedule_zone if job.schedule or not job.agent_schedule else job.agent_zone
    return _zone(name) if name else defaults.zone


def rhythm_of(job: Job, defaults: ScheduleDefaults) -> Rhythm:
    """Everything that is known about when a job should run."""
    grace = defaults.grace_ms if job.grace_ms is None else job.grace_ms
    return Rhythm(
        zone=zone_of(job, defaults),
        grace=timedelta(milliseconds=grace),
        set_schedule=_schedule(job.schedule) if job.schedule else None,
        collected=_schedule(job.agent_schedule) if job.agent_schedule else None,
        told_next=from_ms(job.told_next),
        told_gap=timedelta(milliseconds=job.told_gap) if job.told_gap is not None else None,
        learned=_learned(job.learned) if job.learned else None,
        quiet=_quiet(job) if job.paused_until or job.maintenance_until else (),
    )


def facts_of(job: Job) -> Facts:
    return Facts(
        paused=bool(job.paused),
        missed=job.missed,
        due_at=job.due_at,
        live=Live(job.live_state),
        last_status=Status(job.last_status) if job.last_status else None,
        last_partial=bool(job.last_partial),
        paused_until=job.paused_until,
        maintenance_from=job.maintenance_from,
        maintenance_until=job.maintenance_until,
        archived=job.archived_at is not None,
        verify_failed=job.verification_failed,
        restore_failed=job.restore_failed,
    )


def health_since(job: Job, health: Health, now: int) -> int:
    """Since when a job is as it is: what no sweep has seen yet is so since the row became due, or woke."""
    unseen = [at for at in (job.due_at, job.next_check_at) if at is not None and at <= now]
    return max(unseen) if health != job.health and unseen else job.health_at


def expect(job: Job, defaults: ScheduleDefaults) -> Expected:
    """When the job is expected next, after its latest backup run."""
    expected = expected_after(rhythm_of(job, defaults), *counted_from(job))
    job.source = expected.source.value
    job.expected_at = to_ms(expected.at) if expected.at else None
    return expected


def counted_from(job: Job) -> tuple[datetime | None, datetime, datetime | None, datetime | None]:
    """The start of the run from which on something is expected (None: of no run), the time for that case, the start of
    the latest run before that time, and until when the latest run covers what was expected.

    A schedule that a person sets, or an agent has, counts from when it was set, not from a run before that; but that
    run may be the one of its first time. `start_of_new_schedule` tells of exceptions.
    """
    became = (_start_of_set_schedule(job) if job.schedule else job.agent_schedule_at) or 0
    since = max(job.created_at, became)
    started = last_start(job)
    if started is None or started < became:
        return None, from_ms(since), from_ms(started), from_ms(job.covered_until)
    return from_ms(started), from_ms(since), None, from_ms(job.covered_until)


def start_of_new_schedule(job: Job, now: int) -> int:
    """From when a schedule counts that a person sets now (ms).

    That is now: what was before is not held against the job. But a silence that is a problem already does not end by
    it: then it counts from the latest run, or as the schedule before it.
    """
    if not is_silent(job, now) and health_of(facts_of(job), now) is not Health.OVERDUE:
        return now
    _run, since, _before, _covered = counted_from(job)
    started = last_start(job)
    return min(now, to_ms(since) if started is None else started)


def _start_of_set_schedule(job: Job) -> int | None:
    """From when the schedule counts that a person set (ms): as `start_of_new_schedule` said then."""
    return job.schedule_set_at if job.schedule_from is None else job.schedule_from


def last_start(job: Job) -> int | None:
    """When the latest backup run began, by our clock (ms)."""
    if job.last_started is None or job.last_received is None:
        return job.last_order
    return min(by_our_clock(job.last_started, job.shift_ms), job.last_received)


def update_expectation(job: Job, defaults: ScheduleDefaults, now: int) -> Health:
    """Set when the job is expected and when the clock looks at it next; its health now."""
    expected = expect(job, defaults)
    job.missed = 0
    job.due_at = to_ms(expected.due) if expected.due else None
    return apply_running_state(job, defaults, now)


def apply_running_state(job: Job, defaults: ScheduleDefaults, now: int) -> Health:
    """Let what runs, or a pause, take precedence over the expected time; the job's health now."""
    live = Live(job.live_state)
    if live in AT_WORK and job.live_at is not None:
        job.due_at = job.live_at + (defaults.stuck_ms if live is Live.TICKING else UNTICKED_MS)
        job.missed = 0
    elif live in (Live.COMPLETED, Live.FAILED) and job.live_at is not None:
        job.due_at = job.live_at + REPORT_FOLLOWS_MS
    return apply_pause(job, now)


def is_paused(job: Job, now: int) -> bool:
    """Whether a person paused a job, until later or without an end."""
    return bool(job.paused) and (job.paused_until is None or now < job.paused_until)


def apply_pause(job: Job, now: int) -> Health:
    """Wait for nothing while nothing is expected, and note when that is over; the job's health now."""
    facts = facts_of(job)
    end = rests_until(facts, now)
    job.next_check_at = wakes_at(facts, now)
    if end is None:
        return health_of(facts, now)
    if end == inf:
        job.due_at, job.missed = None, 0
    elif job.due_at is not None:
        # What was due is due when it ends: not a moment of it is spent on looking.
        job.due_at = max(job.due_at, int(end))
    return health_of(facts_of(job), now)


def apply_run(
    job: Job,
    run: Run,
    defaults: ScheduleDefaults,
    *,
    next_run: int | None,
    before: Run | None = None,
    learning: bool = True,
) -> None:
    """Lay a backup run over what the job's row knows. An older run never replaces a newer state.

    `before` is what was laid over it of this run already. Without `learning` the caller notes that there is something
    to learn from.
    """
    status = Status(run.status)
    unarchive_job(job, run.order_at)
    # The clock counts it into the sums of its day (services/monitoring/day_sums.py).
    job.sums_from = run.order_at if job.sums_from is None else min(job.sums_from, run.order_at)
    _prove(job, run, defaults)
    job.days, job.days_to = days.mark(
        job.days, job.days_to, day_of(run.order_at, defaults.zone), days.letter_of(status, bool(run.partial))
    )
    if learning:
        note_to_learn(job, run.received_at)
    if is_whole(status, bool(run.partial)) and (
        job.last_success_at is None or run.order_at >= job.last_success_at
    ):
        job.last_success_run, job.last_success_at = run.id, run.order_at
    if job.last_order is not None and run.order_at < job.last_order and run.id != job.last_run:
        return
    again = run.id == job.last_run
    _count_failures(job, run.order_at, status, Status(job.last_status) if again and job.last_status else None)
    job.last_run, job.last_order = run.id, run.order_at
    job.last_started, job.last_received = run.started_at, run.received_at
    job.last_status, job.last_partial = run.status, run.partial
    job.last_duration, job.last_message = run.duration_ms, run.message
    _latest_values(job, run, before)
    heard = job.covered_until if again else None
    if job.live_state and (job.live_started is None or run.order_at >= job.live_started - SKEW_MS):
        heard = max(heard or 0, job.live_at or 0) or None
        clear_live(job)
    if status is Status.RUNNING:
        job.live_state, job.live_at, job.live_started = Live.RUNNING, run.received_at, run.order_at
    _compare_clocks(job, run)
    _cover(job, run, heard)
    _told(job, run, next_run)


def note_other(job: Job, run: Run, defaults: ScheduleDefaults) -> bool:
    """Note a run that is no backup, where the job's row knows the latest of its kind, or it is a verification or a
    restore that came to a result. True when the row changed."""
    proved = _prove(job, run, defaults)
    if run.operation == RESTORE and run.order_at >= (job.restore_at or 0):
        job.restore_run, job.restore_at = run.id, run.order_at
        return True
    if run.operation == DELETE and run.order_at >= (job.delete_at or 0):
        job.delete_run, job.delete_at = run.id, run.order_at
        return True
    return proved


def letters_of(run: Run) -> list[str]:
    """How the day of a run is marked by it: as a backup, and as a verification or restore that failed."""
    letters = [days.letter_of(Status(run.status), bool(run.partial))] if run.is_backup else []
    verdict = verdicts.verdict_in(run)
    return [*letters, _letter_of(verdict)] if verdict is not None and verdict.failed else letters


def _letter_of(failed: Verdict) -> str:
    return days.FAILED if failed.proof is Proof.VERIFICATION else days.WARNING


def _prove(job: Job, run: Run, defaults: ScheduleDefaults) -> bool:
    """Note what a run says of a verification or a restore; whether it says anything."""
    verdict = verdicts.verdict_in(run)
    if verdict is None:
        return False
    verdicts.note(job, run, verdict)
    if verdict.failed:
        day = day_of(run.order_at, defaults.zone)
        job.days, job.days_to = days.mark(job.days, job.days_to, day, _letter_of(verdict))
    return True


def unarchive_job(job: Job, at: int) -> None:
    """Take a job out of the archive that does something after it was put there: it is in use."""
    if job.archived_at is not None and at > job.archived_at:
        job.archived_at = None


def is_on_time(job: Job, now: int) -> bool:
    """Whether a job with a known run is neither overdue nor stuck at `now` (ms), looked at by the clock or not."""
    late = Health.NEVER, Health.OVERDUE, Health.STUCK
    return job.health not in late and (job.live_state != "" or job.due_at is None or job.due_at > now)


def clear_live(job: Job) -> None:
    job.live_state, job.live_phase, job.live_error = "", "", ""
    job.live_ticks = job.live_at = job.live_started = job.live_progress = None


def forget_runs(job: Job) -> None:
    """Take back all that runs told, before they are applied anew; what was learned holds until it is learned anew."""
    job.days, job.days_to, job.lag_ms, job.shift_ms = "", 0, None, 0
    job.told_next = job.told_gap = job.covered_until = None
    job.last_run = job.last_order = job.last_started = job.last_received = job.last_status = None
    job.last_partial, job.last_duration, job.last_message = 0, None, ""
    job.last_success_run = job.last_success_at = job.failing_since = None
    job.failing_runs = 0
    job.size = job.size_before = job.storage = job.files = job.added = job.versions = None
    job.quota_total = job.quota_free = None
    job.restore_run = job.restore_at = job.delete_run = job.delete_at = None
    verdicts.forget(job)


def day_of(at: int, zone: ZoneInfo) -> int:
    """The local day of a time (ms), counted from 1970."""
    return from_ms(at).astimezone(zone).toordinal() - EPOCH_DAY


def mark_late(job: Job, expected_at: int, zone: ZoneInfo) -> None:
    """Note on the day of an expected time that nothing came."""
    job.days, job.days_to = days.mark(job.days, job.days_to, day_of(expected_at, zone), days.LATE)


def _count_failures(job: Job, at: int, status: Status, before: Status | None) -> None:
    """Count a run of `at` (ms) among those in a row that failed, or end that row. `before` is what the row knew of it:
    a run counts once, and one that still runs says nothing yet."""
    if status is Status.RUNNING:
        return
    if not status.broken:
        job.failing_runs, job.failing_since = 0, None
        return
    if before is None or not before.broken:
        job.failing_runs += 1
    if job.failing_runs == 1:
        job.failing_since = at


def _latest_values(job: Job, run: Run, before: Run | None) -> None:
    """Keep how much there is, as far as the latest run says it; `core.measured` tells when it does."""
    whole = is_whole(Status(run.status), bool(run.partial))
    size = measured(run.size, whole=whole)
    if size is not None:
        if before is None or _measured(before, before.size) is None:
            job.size_before = job.size
        job.size = size
    for name in ("storage", "files", "versions"):
        value = measured(getattr(run, name), whole=whole)
        # Nothing examined where something was is no size to compare the next run with.
        vanished = name == "files" and value == 0 and job.files and run.status == Status.WARNING
        if value is not None and not vanished:
            setattr(job, name, value)
    if measured(run.quota_total, whole=whole) is not None:
        # Nothing free of something is what a full destination says, however the run ended.
        job.quota_total, job.quota_free = run.quota_total, run.quota_free
    job.added = run.uploaded


def _measured(run: Run, value: int | None) -> int | None:
    return measured(value, whole=is_whole(Status(run.status), bool(run.partial)))


def _compare_clocks(job: Job, run: Run) -> None:
    """Find out by how much the sender's clock is off. When a report arrived is what decides.

    A run that ended in the future was told by a clock that is ahead. One that ended long ago may only have
    been reported late; but late by the same amount twice running means a clock that is behind.
    """
    lag = run.received_at - run.ended_at if run.ended_at is not None else None
    if run.collected:
        # We fetched it when it suited us: that says nothing of the sender's clock, but we may have asked for it.
        behind = json.loads(run.details).get("behind") if '"behind"' in run.details else None
        if behind is not None:
            job.shift_ms, job.lag_ms = (behind if abs(behind) > SKEW_MS else 0), None
            return
        if lag is None or lag >= -SKEW_MS:
            return
    job.shift_ms = 0
    if lag is not None and lag < -SKEW_MS:
        job.shift_ms = lag
    elif lag is not None and job.lag_ms is not None and min(lag, job.lag_ms) > SKEW_MS:
        job.shift_ms = lag if abs(lag - job.lag_ms) <= SAME_LAG_MS else 0
    job.lag_ms = lag


def _cover(job: Job, run: Run, heard: int | None) -> None:
    """Note until when a run covers what was expected: its end, or when it was `heard` of last (ms), by our clock."""
    ended = min(run.ended_at + job.shift_ms, run.received_at) if run.ended_at is not None else None
    job.covered_until = max(ended or 0, heard or 0) or None


def _told(job: Job, run: Run, next_run: int | None) -> None:
    """Take over the next run that the client told of, in our own clock."""
    if next_run is None:
        return
    if not job.told_gap:
        started = run.started_at if run.started_at is not None else run.order_at
        # Until the clock has looked at what was told before.
        job.told_gap = rounded(next_run - started)
    job.told_next = by_our_clock(next_run, job.shift_ms)


def note_to_learn(job: Job, at: int) -> None:
    """Note that there is something new to learn a job's rhythm from, or that another zone holds for it.

    The clock learns it within a minute (services/monitoring/learning.py). A note differs from every one before it: so
    whoever learned meanwhile sees that this came since. `at` in ms.
    """
    job.learn_since = max(at, (job.learn_since or 0) + 1)


def _quiet(job: Job) -> tuple[tuple[datetime, datetime], ...]:
    """The times in which nothing is expected, those that are over too: what they excused stays excused."""
    times = ((job.paused_from, job.paused_until), (job.maintenance_from, job.maintenance_until))
    known = sorted((start, end) for start, end in times if start is not None and end is not None)
    return tuple((from_ms(start), from_ms(end)) for start, end in known)


@lru_cache(maxsize=4096)
def _schedule(text: str) -> Schedule:
    return parse_schedule(text)


@lru_cache(maxsize=4096)
def _learned(text: str) -> Learned:
    return from_dict(json.loads(text))


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
