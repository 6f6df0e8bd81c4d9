"""Whether the overview would show anything else than before, and what its first line is made of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from zoneinfo import ZoneInfo

from duplistat.core.health import health_of
from duplistat.core.status import Health
from duplistat.services.jobs.counted import TEST_MACHINE_ID
from duplistat.services.jobs.state import day_of
from duplistat.store import overview_version
from duplistat.store.database import Database
from duplistat.store.overview_version import ChangeMarkers


@dataclass(frozen=True, slots=True)
class OverviewSnapshot:
    """`version` changes with the overview. `unsnoozed`: how many of all `jobs` are how, without those snoozed, of the
    jobs that count."""

    version: str
    unsnoozed: Mapping[Health, int]
    jobs: int
    marks: ChangeMarkers


def overview_snapshot(db: Database, accounts: tuple[int, ...], now: int, zone: ZoneInfo) -> OverviewSnapshot:
    """What some accounts hold at `now` (ms), with days as in `zone`. Two statements, whatever the history."""
    # Tests are counted by the same statement: what comes between two of them would be in one count alone.
    groups = overview_version.alike(db, accounts, now, test_machine_id=TEST_MACHINE_ID)
    marks = overview_version.marks(db, accounts, TEST_MACHINE_ID)
    unsnoozed: Counter[Health] = Counter()
    for group in groups:
        if not group.snoozed:
            unsnoozed[health_of(group.facts, now)] += group.jobs - group.tests
    told = sorted(
        repr((replace(group.facts, due_at=group.facts.due_at and 0), group.jobs, group.snoozed, group.stamp))
        for group in groups
    )
    # The day is in it, since strips of days end with today.
    version = sha256(repr((told, marks, day_of(now, zone))).encode()).hexdigest()[:16]
    jobs = sum(group.jobs - group.tests for group in groups)
    return OverviewSnapshot(version, +unsnoozed, jobs, marks)
