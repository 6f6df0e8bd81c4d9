"""How jobs are, as pages show and count it: their health, and one state more, of those that nobody can judge."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from duplistat.core.health import health_of
from duplistat.core.status import NEEDS_ATTENTION, UNSCHEDULED, Health
from duplistat.services.jobs.counted import tests_among
from duplistat.services.jobs.state import facts_of
from duplistat.services.jobs.unscheduled import state_of
from duplistat.store.jobs import Job
from duplistat.store.servers import Server

# Worst first, as core.status.Health has it.
_ORDER = [health.value for health in Health]
_ORDER.insert(_ORDER.index(Health.NEVER), UNSCHEDULED)
RANK: Mapping[str, int] = {state: rank for rank, state in enumerate(_ORDER)}
STATES = tuple(_ORDER)
# States that somebody should look at.
TO_LOOK_AT = (*(health.value for health in NEEDS_ATTENTION), UNSCHEDULED)


class JudgedJob(NamedTuple):
    """A job and how it is now: the row's own `health` may be as old as the last sweep.

    `state` is the health, or UNSCHEDULED.
    """

    job: Job
    health: Health
    state: str


def judge(jobs: Iterable[Job], now: int) -> list[JudgedJob]:
    """Jobs with how they are at `now` (ms)."""
    found = []
    for job in jobs:
        health = health_of(facts_of(job), now)
        found.append(JudgedJob(job, health, state_of(job, health, now)))
    return found


def awake(judged: Iterable[JudgedJob], now: int) -> list[JudgedJob]:
    """Those of which nobody has acknowledged the problem: what headlines count."""
    return [one for one in judged if not one.job.snoozed(now)]


def without_tests(judged: Sequence[JudgedJob], servers: Iterable[Server]) -> Sequence[JudgedJob]:
    """Those that count, of jobs of these servers."""
    tests = tests_among(servers)
    return [one for one in judged if one.job.server_id not in tests] if tests else judged


def worst(jobs: Sequence[JudgedJob]) -> str:
    """The state of the worst job; never, where there is none."""
    return min((one.state for one in jobs), key=RANK.__getitem__, default=Health.NEVER.value)
