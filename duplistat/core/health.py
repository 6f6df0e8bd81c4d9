"""How a job is: one pure function, used by everything that shows, counts or sends a state."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from duplistat.core.status import Health, Status


class Live(StrEnum):
    """What a running operation last said of itself; NONE when nothing runs, or nothing says so."""

    NONE = ""
    RUNNING = "running"  # said that it started, and promised nothing more
    TICKING = "ticking"  # says every half minute that it is alive
    STUCK = "stuck"  # stopped saying so
    COMPLETED = "completed"  # said that it ended; its report should follow
    FAILED = "failed"  # said that it failed; its report should follow


AT_WORK = (Live.RUNNING, Live.TICKING)
# In these, `due_at` is when a report is missing, not when a run is.
ENDED = (Live.COMPLETED, Live.FAILED)


@dataclass(slots=True)  # not frozen, as core.report.Report
class Facts:
    """What the health of a job depends on. All times and `now` are in one unit, ms.

    `missed` counts the expected times that passed, grace included, since the last backup run.
    `due_at` is when the next of them passes or, while the job is at work, when silence means that it is stuck.
    A pause ends at `paused_until`, if that was said. From `maintenance_from` to `maintenance_until` nothing is due.
    `verify_failed` and `restore_failed`: the latest verification or restore that came to a result failed, and nobody
    dismissed that.
    """

    paused: bool = False
    missed: int = 0
    due_at: int | None = None
    live: Live = Live.NONE
    last_status: Status | None = None
    last_partial: bool = False
    paused_until: int | None = None
    maintenance_from: int | None = None
    maintenance_until: int | None = None
    archived: bool = False
    verify_failed: bool = False
    restore_failed: bool = False


def rests_until(facts: Facts, now: int) -> float | None:
    """Until when nothing is expected of a job, ms; infinity for no known end, None when it is expected as ever."""
    if facts.archived:
        return inf
    end: float | None = None
    if facts.paused and (facts.paused_until is None or now < facts.paused_until):
        end = inf if facts.paused_until is None else facts.paused_until
    if facts.maintenance_from is not None and facts.maintenance_until is not None:
        # A quiet time that begins before a pause ends goes on from it.
        after = now if end is None else end
        if facts.maintenance_from <= after < facts.maintenance_until:
            end = facts.maintenance_until
    return end


def wakes_at(facts: Facts, now: int) -> int | None:
    """When what `rests_until` says is another thing, by itself, ms; None for never."""
    ends = (facts.paused_until if facts.paused else None, facts.maintenance_from, facts.maintenance_until)
    to_come = [at for at in ends if at is not None and at > now and not facts.archived]
    return min(to_come, default=None)


def changes_at(facts: Facts, now: int) -> int | None:
    """When what `health_of` says may be another thing, by itself, ms; None for never."""
    to_come = (
        facts.due_at if facts.due_at is not None and facts.due_at > now else None,
        wakes_at(facts, now),
    )
    return min((at for at in to_come if at is not None), default=None)


def health_of(facts: Facts, now: int) -> Health:
    """The health of a job now. The first line that fits decides:

    | when                                                        | health  |
    | ----------------------------------------------------------- | ------- |
    | a person archived it, paused it until later or without an   |         |
    | end, or set a maintenance window that it is in              | paused  |
    | an expected time has passed, grace included, without a run  | overdue |
    | it is at work, and was due to say so by now                 | stuck   |
    | it was at work, and was found stuck                         | stuck   |
    | it is at work                                               | running |
    | it said that it failed, and its report has not come yet     | failed  |
    | its latest verification failed, and nobody dismissed that   | failed  |
    | its latest backup run ended in error, fatal, or interrupted | failed  |
    | its latest restore failed, and nobody dismissed that        | warning |
    | no backup run of it is known                                | never   |
    | its latest backup run ended in warning, or partial, or in   |         |
    | a word that says neither success nor failure                | warning |
    | its latest backup run succeeded                             | ok      |

    A job at work is not overdue: a long backup may run past the next expected time.

    A verification that failed gives way to what cannot wait for it: silence, and a run that may bring a verification
    of its own. It is there again when that is over, and its page tells of it all the time.
    """
    if rests_until(facts, now) is not None:
        return Health.PAUSED
    due = facts.due_at is not None and facts.due_at <= now
    at_work = facts.live in AT_WORK
    if facts.missed > 0 or (due and not at_work and facts.live not in ENDED):
        return Health.OVERDUE
    if facts.live is Live.STUCK or (due and at_work):
        return Health.STUCK
    if at_work:
        return Health.RUNNING
    if facts.live is Live.FAILED:
        return Health.FAILED
    status = facts.last_status
    if facts.verify_failed or (status is not None and status.broken):
        return Health.FAILED
    if facts.restore_failed:
        return Health.WARNING
    if status is None:
        return Health.NEVER
    if status is not Status.SUCCESS or facts.last_partial:
        return Health.WARNING
    return Health.OK
