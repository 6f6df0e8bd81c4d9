"""What the schedule of an agent makes of a job's row. No SQL: rows are changed in memory."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from duplistat.core.schedule import Interval, Schedule, next_after
from duplistat.core.schedule_text import parse_schedule
from duplistat.core.times import from_ms, to_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.store.jobs import Job


def follow_agent(
    job: Job, text: str | None, zone: str, next_run: int | None, defaults: ScheduleDefaults, now: int
) -> bool:
    """Take over an agent's schedule, with its next run (ms); whether anything is expected otherwise now.

    It counts from now, or from its next run if that is later than the schedule alone would have it. One that
    has only moved on by a run is the one that was there, so that a run that was missed stays missed. Without a
    schedule, or with one that we cannot say, only its next run is expected, if it has any.
    """
    if text is None:
        return _without(job, zone, next_run)
    schedule, its_zone = parse_schedule(text), ZoneInfo(zone)
    old = parse_schedule(job.agent_schedule) if job.agent_schedule and job.agent_zone == zone else None
    if old is not None and _goes_on(old, schedule, its_zone):
        return _put_off(job, old, its_zone, next_run, now)
    began, first = now, next_after(schedule, its_zone, from_ms(now))
    if next_run is not None and first is not None and next_run > to_ms(first):
        began = next_run - 1
    job.agent_schedule, job.agent_zone, job.agent_schedule_at = text, zone, began
    return True


def _without(job: Job, zone: str, next_run: int | None) -> bool:
    """Nothing but when the next run is. A missed one stays missed until a run comes."""
    before = (job.agent_schedule, job.agent_zone, job.told_next, job.told_gap)
    job.agent_schedule, job.agent_zone, job.agent_schedule_at = None, zone, None
    if next_run is None:
        job.told_next = job.told_gap = None
    elif not job.told_gap and (job.told_next is None or (job.last_order or 0) >= job.told_next):
        job.told_next = next_run
    return before != (job.agent_schedule, job.agent_zone, job.told_next, job.told_gap)


def _goes_on(old: Schedule, schedule: Schedule, zone: ZoneInfo) -> bool:
    """Whether a schedule is the old one, or an interval that now begins at one of that one's times."""
    if old == schedule:
        return True
    if not (isinstance(old, Interval) and isinstance(schedule, Interval)) or old.every != schedule.every:
        return False
    moment = timedelta(microseconds=1)
    return next_after(old, zone, schedule.anchor - moment) == schedule.anchor


def _put_off(job: Job, schedule: Schedule, zone: ZoneInfo, next_run: int | None, now: int) -> bool:
    """Wait for a next run that a person put off: by more than one time, which moving on by a run never does.

    Whether that is new, or taken back. A run that was missed stays missed.
    """
    late = job.missed or (job.due_at is not None and job.due_at <= now)
    first = next_after(schedule, zone, from_ms(now))
    second = next_after(schedule, zone, first) if first else None
    if late or next_run is None or second is None:
        return False
    before = job.agent_schedule_at or 0
    if next_run >= to_ms(second) or before > now:
        job.agent_schedule_at = max(now, next_run - 1)
    return before != job.agent_schedule_at
