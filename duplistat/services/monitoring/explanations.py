"""explain_job(): how we know when a job runs and when it would be overdue, from its row and its history."""

from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

from duplistat.config import zone_named
from duplistat.core.alarms import Alarm, alarms
from duplistat.core.expectation import (
    Expected,
    Rhythm,
    Source,
    counts_from_runs,
    expected_after,
    next_expected,
)
from duplistat.core.explanation import Explanation, Kept, explain
from duplistat.core.health import health_of, rests_until
from duplistat.core.schedule_text import LONGEST_TEXT, parse_schedule
from duplistat.core.status import Health
from duplistat.core.times import from_ms
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.settings import JobChanges
from duplistat.services.jobs.state import counted_from, facts_of, rhythm_of
from duplistat.services.monitoring.learning import RUNS, ran
from duplistat.store import runs, transitions
from duplistat.store.database import Database
from duplistat.store.jobs import Job

NEXT = 5
ALARMS = 5


@dataclass(frozen=True, slots=True)
class Explained:
    """The explanation of a job, and its latest alarms, newest first."""

    explanation: Explanation
    alarms: list[Alarm]


def explain_job(db: Database, job: Job, defaults: ScheduleDefaults, now: int) -> Explained:
    """Two statements, which read the same few rows however long the history is."""
    rhythm = rhythm_of(job, defaults)
    explanation = explain(
        rhythm,
        ran(job, runs.times_of_backups(db, job.id, RUNS)),
        _awaited(job, rhythm, now),
        following(job, rhythm, now),
        decided=_decided(job),
        kept=_kept(job, rhythm.zone),
    )
    # Of each alarm the beginning and the end, and the end of one that began earlier.
    changes = transitions.of_overdue(db, job.id, 2 * ALARMS + 1)
    return Explained(explanation, alarms(changes, ALARMS, overdue=job.health == Health.OVERDUE))


def waits_for_runs(job: Job) -> bool:
    """Whether a job is never overdue because its runs are too few for a schedule."""
    return job.source == Source.NONE and job.learned is None and job.schedule is None


def following(job: Job, rhythm: Rhythm, now: int, count: int = NEXT) -> list[Expected]:
    """The next times at which a job is expected, each with when it is overdue; none while it is paused for good."""
    if job.expected_at is None or rests_until(facts_of(job), now) == inf:
        return []
    if overdue_since(job, now) is not None:
        if not counts_from_runs(rhythm, Source(job.source)):
            return next_expected(rhythm, from_ms(max(job.expected_at, now)), count)
        # All further ones count from the one that is missing.
        count = 1
    found = next_expected(rhythm, from_ms(job.expected_at), count)
    if found and job.due_at is not None and not job.live_state:
        # Time in which we were away is given back to the one that was waited for.
        found[0] = replace(found[0], due=from_ms(job.due_at))
    return found


def overdue_since(job: Job, now: int) -> int | None:
    """From when on a job is overdue that the clock has not looked at since (ms); None for one that is not."""
    due = job.due_at is not None and job.due_at <= now and not job.missed
    return job.due_at if due and health_of(facts_of(job), now) is Health.OVERDUE else None


def take_over(explanation: Explanation, defaults: ScheduleDefaults) -> JobChanges | None:
    """The changes that set what was learned as the schedule of a job; None for what cannot be set."""
    evidence = explanation.evidence
    if evidence is None or evidence.settable is None:
        return None
    zone = evidence.zone.key
    # The server's own zone stays the one that is set for the server.
    return {"schedule": evidence.settable, "schedule_zone": None if zone == defaults.zone.key else zone}


def keep(explanation: Explanation) -> JobChanges | None:
    """The changes that note that the schedule is kept although the runs keep another rhythm; None without one."""
    evidence = explanation.evidence
    if evidence is None or evidence.text is None:
        return None
    return {"kept": {"schedule": evidence.text, "zone": evidence.zone.key}}


def _awaited(job: Job, rhythm: Rhythm, now: int) -> Expected:
    """The run that is waited for, which is the first that was missed of a job that is overdue."""
    expected = expected_after(rhythm, *counted_from(job))
    if job.expected_at is None or rests_until(facts_of(job), now) == inf:
        return Expected(None, None, Source(job.source))
    if not job.missed and job.due_at is not None and not job.live_state:
        return replace(expected, due=from_ms(job.due_at))
    return expected


def _decided(job: Job) -> datetime | None:
    """Since when the schedule of a job holds; None where that is not known, as of what the client tells."""
    return from_ms(job.schedule_set_at if job.schedule else job.agent_schedule_at)


def _kept(job: Job, zone: ZoneInfo) -> Kept | None:
    if job.kept_schedule is None:
        return None
    return Kept(
        parse_schedule(job.kept_schedule, longest=LONGEST_TEXT),
        zone_named(job.kept_zone) if job.kept_zone else zone,
    )
