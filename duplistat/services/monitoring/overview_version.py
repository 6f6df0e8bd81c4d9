"""Whether the overview would show anything else than before, and what its first line is made of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from zoneinfo import ZoneInfo

from duplistat.core.health import health_of
from duplistat.core.status import Health
from duplistat.services.jobs.state import day_of
from duplistat.store import overview_version
from duplistat.store.database import Database
from duplistat.store.overview_version import Marks


@dataclass(frozen=True, slots=True)
class Pulse:
    """`version` is another one when the overview is. `awake`: how many of all `jobs` are how, but for the snoozed."""

    version: str
    awake: Mapping[Health, int]
    jobs: int
    marks: Marks


def look(db: Database, accounts: tuple[int, ...], now: int, zone: ZoneInfo) -> Pulse:
    """What some accounts hold at `now` (ms), with days as in `zone`. Two statements, whatever the history."""
    groups, marks = overview_version.alike(db, accounts, now), overview_version.marks(db, accounts)
    awake: Counter[Health] = Counter()
    for group in groups:
        if not group.snoozed:
            awake[health_of(group.facts, now)] += group.jobs
    told = sorted(
        repr((replace(group.facts, due_at=group.facts.due_at and 0), group.jobs, group.snoozed, group.stamp))
        for group in groups
    )
    # The day is in it, since strips of days end with today.
    version = sha256(repr((told, marks, day_of(now, zone))).encode()).hexdigest()[:16]
    return Pulse(version, awake, sum(group.jobs for group in groups), marks)
