"""What the runs of a job say about the zone of its schedule."""

from zoneinfo import ZoneInfo

from duplistat.config import zone_named
from duplistat.core.schedule_text import parse_schedule
from duplistat.core.times import from_ms
from duplistat.core.zone_hint import MOST, Hint, other_zone
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.state import zone_of
from duplistat.store import runs
from duplistat.store.database import Database
from duplistat.store.jobs import Job

UTC = ZoneInfo("UTC")


def zone_hint(db: Database, job: Job, defaults: ScheduleDefaults) -> Hint | None:
    """That runs keep coming hours off a schedule that a person set or the agent has; None when they do not."""
    text = job.schedule or job.agent_schedule
    if not text or job.paused or job.archived_at is not None:
        return None
    starts = [times.order_at for times in runs.times_of_backups(db, job.id, MOST)]
    became = (job.schedule_set_at if job.schedule else job.agent_schedule_at) or 0
    known = sum(start >= became for start in starts)
    zones = [UTC, defaults.zone, *_agents(job)]
    return other_zone(
        parse_schedule(text), zone_of(job, defaults), [from_ms(start) for start in starts], known, zones
    )


def _agents(job: Job) -> list[ZoneInfo]:
    """The zone that the agent says it is in, if it is one that is known here."""
    try:
        return [zone_named(job.agent_zone)] if job.agent_zone else []
    except ValueError:
        return []
