"""What background work is done with."""

from collections.abc import Callable
from dataclasses import dataclass

from duplistat.config import Config
from duplistat.services.writes import Writes
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What background work is done with. `now` gives ms."""

    config: Config
    db: Database
    writes: Writes
    now: Callable[[], int]
