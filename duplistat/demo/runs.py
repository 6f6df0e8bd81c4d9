"""One run of a Duplicati that never ran: on which machine, of which task, and how it went."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Machine:
    """Where Duplicati runs. `zone` is what its clock on the wall shows."""

    name: str
    id: str
    system: str
    detailed: str
    installation: str
    version: str
    zone: ZoneInfo

    @property
    def number(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split("."))


@dataclass(frozen=True, slots=True)
class Task:
    """A job as Duplicati knows it."""

    name: str
    ref: str
    destination: str
    host_suffix: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log, so many seconds after the start. `head` is Level-Tag-Id."""

    after: float
    head: str
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run: when, how it ended, and its counts. `started` is aware; sizes are bytes."""

    started: datetime
    seconds: float
    result: str = "Success"
    operation: str = "Backup"
    files: int = 0
    size: int = 0
    added: int = 0
    added_size: int = 0
    modified: int = 0
    deleted: int = 0
    uploaded: int = 0
    storage: int = 0
    volumes: int = 0
    versions: int = 0
    quota: tuple[int, int] = (0, 0)
    next_run: datetime | None = None
    lines: tuple[Line, ...] = ()
    exception: str = ""
    partial: bool = False
    interrupted: bool = False
    dry_run: bool = False
    tested: bool = True
    compacted: bool = False
