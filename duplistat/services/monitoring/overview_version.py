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
from duplistat.store.overview_version import ChangeMarkers


@dataclass(frozen=True, slots=True)
class OverviewSnapshot:
    """`version` changes with the overview. `unsnoozed`: how many of all `jobs` are how, without those snoozed."""

    version: str
    unsnoozed: Mapping[Health, int]
    jobs: int
    marks: ChangeMarkers


def overview_snapshot(db: Database, accounts: tuple[int, ...], now: int, zone: ZoneInfo) -> OverviewSnapshot:
    """What some accounts hold at `now` (ms), with days as in `zone`. Two statements, whatever the history."""
    groups, marks = overview_version.alike(db, accounts, now), overview_version.marks(db, accounts)
    unsnoozed: Counter[Health] = Counter()
    for group in groups:
        if not group.snoozed:
            unsnoozed[health_of(group.facts, now)] += group.jobs
    told = sorted(
        repr((replace(group.facts, due_at=group.facts.due_at and 0), group.jobs, group.snoozed, group.stamp))
        for group in groups
    )
    # The day is in it, since strips of days end with today.
    version = sha256(repr((told, marks, day_of(now, zone))).encode()).hexdigest()[:16]
    return OverviewSnapshot(version, unsnoozed, sum(group.jobs for group in groups), marks)
