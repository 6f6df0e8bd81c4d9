"""How a job did, day by day, and how it is: what dashboards of other monitors draw. Read from its row alone."""

from dataclasses import dataclass

from duplistat.core import days
from duplistat.core.badges import Check
from duplistat.core.health import Live, health_of
from duplistat.core.status import Health
from duplistat.services.jobs.state import facts_of
from duplistat.services.pings.standing import standing_of
from duplistat.store.jobs import Job

DAY_MS = 86_400_000
# Days that are told of.
DAYS = 30
_BAD = (days.FAILED, days.INTERRUPTED, days.LATE)


@dataclass(frozen=True, slots=True)
class Beat:
    """`at` is in ms: noon of a day, or now; `good` whether the job was well."""

    at: int
    good: bool


def beats_of(job: Job, now: int) -> list[Beat]:
    """The days on which something was known of it, oldest first, and how it is now; none for one that never ran."""
    found = [
        Beat((job.days_to - back) * DAY_MS + DAY_MS // 2, letter not in _BAD)
        for back, letter in reversed(list(enumerate(reversed(job.days))))
        if letter != days.NOTHING and back < DAYS
    ]
    past = [beat for beat in found if beat.at < now]
    return (
        [*past, Beat(now, standing_of(job, now) is not Check.DOWN)] if job.last_status is not None else past
    )


def share_of_good(beats: list[Beat]) -> float:
    """From 0 to 1; 0 for none, as Uptime Kuma has it."""
    return round(sum(beat.good for beat in beats) / len(beats), 4) if beats else 0.0


def is_stalled(job: Job, now: int) -> bool:
    """Whether it began, and should have ended by now."""
    return bool(job.live_state) and health_of(facts_of(job), now) is Health.STUCK


def is_in_maintenance(job: Job, now: int) -> bool:
    """Whether it rests for a while, and is not paused by hand."""
    begins, ends = job.maintenance_from, job.maintenance_until
    return (
        begins is not None and ends is not None and begins <= now < ends and Live(job.live_state) is Live.NONE
    )
