"""What every command is given."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from duplistat.store.database import Database
from duplistat.store.totals import Tally


@dataclass(frozen=True, slots=True)
class ScheduleDefaults:
    """What holds for a job for which nothing else is set: zone, grace, and after which silence a run is stuck (ms)."""

    zone: ZoneInfo
    grace_ms: int
    stuck_ms: int


@dataclass(frozen=True, slots=True)
class Tx:
    """The transaction that a command works in: its database, the sums that it changes, and the schedule defaults."""

    db: Database
    tally: Tally
    defaults: ScheduleDefaults
