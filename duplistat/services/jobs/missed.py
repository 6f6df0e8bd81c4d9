"""count_missed(): the expected times of a job that passed without a run."""

from duplistat.core.expectation import each_following, following
from duplistat.core.times import from_ms, to_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import day_of, mark_late, rhythm_of
from duplistat.store.jobs import Job

# Missed times counted one by one; whoever missed more has missed "more".
COUNTED = 400


def count_missed(job: Job, defaults: ScheduleDefaults, now: int) -> None:
    """Count each expected time that passed at `now` (ms), grace included, and go on to the next one.

    Changes `missed`, `expected_at`, `due_at` and the letters of `days` of the row alone, in memory. Raises ValueError
    for a schedule that cannot be read, or does not move on. A year of days takes some milliseconds.
    """
    rhythm = rhythm_of(job, defaults)
    counted, marked, steps = 0, None, None
    while job.due_at is not None and job.due_at <= now:
        job.missed += 1
        counted += 1
        if job.expected_at is None:
            job.due_at = None
            break
        day = day_of(job.expected_at, defaults.zone)
        if day != marked:
            mark_late(job, job.expected_at, defaults.zone)
            marked = day
        if counted < COUNTED:
            steps = steps or each_following(rhythm, from_ms(job.expected_at))
            expected = next(steps)
        else:
            expected = following(rhythm, from_ms(now))
        if expected.at is not None:
            at = to_ms(expected.at)
            if at <= job.expected_at:
                raise ValueError("the next expected time does not move on")
            job.expected_at = at
            if from_ms(at) != expected.at:
                # A row holds whole milliseconds, and the next step is taken from there.
                steps = None
        job.due_at = to_ms(expected.due)
