"""What a reader of another program's data gives, and what it is given: the same for all programs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from duplistat.core.report import Report

# A file with more servers, jobs or settings than this is none of a monitoring program.
MOST_PLACES = 20_000


class Tables(Protocol):
    """Rows of another program, by the names of its tables and columns; `store/foreign.py` has them of a file.

    A row begins with its number, by which they are in order. A value is None, int, float, str or bytes.
    """

    def columns(self, table: str) -> tuple[str, ...]: ...

    def count(self, table: str, column: str = "", among: Collection[int] | None = None) -> int: ...

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]: ...

    def grouped(
        self, table: str, by: Sequence[str], columns: Sequence[str], among: Collection[int] | None = None
    ) -> Iterator[tuple[Any, ...]]: ...

    def latest(
        self, table: str, by: Sequence[str], columns: Sequence[str], limit: int
    ) -> Iterator[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """A server. `key` is what the source calls it; of two with one key the first is meant."""

    key: str
    name: str
    machine_id: str = ""
    alias: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job of a server, both by the keys of the source.

    `schedule` is as `core.schedule_text.write_schedule` has it, None for one that is learned; `zone` an IANA name;
    `grace_ms` None for that of all. What its clients send to: `ping` a UUID with dashes, `slug`, `push` a token.
    """

    key: str
    server: str
    name: str
    ref: str = ""
    schedule: str | None = None
    zone: str = "UTC"
    grace_ms: int | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    paused: bool = False
    ping: str = ""
    slug: str = ""
    push: str = ""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A ping key: what stands in ping URLs before a slug. `name` is for people."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """What a channel is told of some jobs, by their keys: problems of these kinds (words of `core.alerts.rule`).

    `each`: of every run that fails; `recovered`: that it is over; `remind_hours` 0: once.
    """

    jobs: tuple[str, ...]
    kinds: tuple[str, ...]
    each: bool = False
    recovered: bool = True
    remind_hours: int = 0


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """Where notifications went. `key` names it within the source for good.

    `kind` is mail, webhook, ntfy or apprise, and `given` what is set of a channel of that kind, with its secrets.
    """

    key: str
    name: str
    kind: str
    given: Mapping[str, Any] = field(repr=False)
    rules: tuple[RuleRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run that the source keeps as a report. `row` is where it stands in the source, `received` when it arrived there
    (aware)."""

    row: int
    job: str
    received: datetime
    report: Report


@dataclass(frozen=True, slots=True)
class PingRecord:
    """A run that the source knows by pings, which tell how it ended and little more.

    `failed` is what the ping says, `exit` the exit code if it was told, `body` and `message` what came with it. `key`
    names it within its job, without a colon. `started` (aware) is None where nothing told it; `duration_ms` is what the
    ping itself told.
    """

    row: int
    job: str
    key: str
    received: datetime
    failed: bool
    exit: int | None = None
    body: bytes = b""
    message: str = ""
    started: datetime | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class MissedRecord:
    """The source noticed that a run of a job did not come."""

    row: int
    job: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that does not come over: `why` in English, one of few; `what` names it. `row` as of a run."""

    why: str
    what: str = ""
    row: int = 0


Place = ServerRecord | JobRecord | KeyRecord | ChannelRecord | LeftOut
Happened = RunRecord | PingRecord | MissedRecord | LeftOut


class Reader(Protocol):
    """One program's data."""

    @property
    def version(self) -> str:
        """What is known of its version; "" for nothing."""
        ...

    def total(self) -> int:
        """How many rows `history` goes through."""
        ...

    def places(self) -> Iterator[Place]:
        """Servers before their jobs, and jobs before the channels that told of them."""
        ...

    def history(self) -> Iterator[Happened]:
        """What happened to the jobs that `places` gave: of each in the order in which it was noted."""
        ...


@dataclass(slots=True)
class Names:
    """Names of jobs on one server each: of two that are the same the second gets its number behind it."""

    taken: set[tuple[str, str]] = field(default_factory=set)

    def unique(self, server: str, name: str, number: object) -> str:
        """`name`, or with `number` behind it where that is another job's on that server."""
        given = name if (server, name) not in self.taken else f"{name} ({number})"
        self.taken.add((server, given))
        return given
