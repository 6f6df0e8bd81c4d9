"""What a sender says about one run, in our words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from duplistat.core.status import Status

# The operations that are more to us than a name.
BACKUP = "backup"
RESTORE = "restore"
DELETE = "delete"
# Of tools whose output is read: whether what is stored is whole, what takes old versions away, and whatever else.
VERIFY = "verify"
PRUNE = "prune"
OTHER = "other"
# These read stored data again, to see whether it is whole; this one lists what cannot be restored any more.
VERIFICATIONS = frozenset({"test", "verify", "verification", "check"})
LIST_BROKEN = "listbrokenfiles"

# Integers beyond this do not fit a database column on either side.
MAX_INTEGER = 2**63 - 1


class Precision(StrEnum):
    """How exactly a report names its run, finest first.

    A run can be told of twice, by forms of different precision: JSON to the
    tick of 100 ns, text to the second, a live post by another clock reading,
    and an exception without any time at all only by when it arrived.
    """

    EXACT = "exact"
    SECOND = "second"
    LIVE = "live"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a run's log.

    `level` is lower case: error, warning, information, dryrun, retry, verbose,
    profiling; "" when the line does not say. `text` may hold newlines, control
    characters and anything else. `at` is aware (the sender's offset), or None.
    """

    text: str
    level: str = ""
    tag: str = ""
    at: datetime | None = None


Line = TypeVar("Line")


def kept(lines: Sequence[Line], limit: int) -> tuple[tuple[Line, ...], int]:
    """At most `limit` lines, half of them from the end, and how many were left out."""
    if len(lines) <= limit:
        return tuple(lines), 0
    tail = limit // 2
    return (*lines[: limit - tail], *lines[len(lines) - tail :]), len(lines) - limit


@dataclass(slots=True)  # not frozen, as Report
class SubResult:
    """The result of a step inside a run: test (verify), compact, delete, vacuum, repair …"""

    operation: str
    status: Status
    started: datetime | None = None
    duration_ms: int | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


# Nobody changes one. To say so with `frozen` takes a call for each of its fields, for each report.
@dataclass(slots=True)
class Report:
    """One run as reported. None means "not told", which is not zero.

    Times are aware UTC datetimes. Sizes are bytes, `duration_ms` milliseconds
    (None also where the sender's clock stepped back). `started_ticks` is
    the start in units of 100 ns since 1970 as far as `precision` tells it, and
    names the run; None goes with `Precision.ARRIVAL`.
    """

    operation: str
    status: Status
    precision: Precision = Precision.EXACT
    started_ticks: int | None = None
    format: str = "duplicati-json"
    status_text: str = ""
    # Names what this says of its run, where two bodies can say the same: a repeat has the same. "" where only
    # the very bytes tell.
    state: str = ""
    # Names the run itself, where neither times nor bytes do: each ping is one of its own, and senders may name theirs.
    own_key: str = ""

    machine_id: str = ""
    server_name: str = ""
    # What a person lets it say with server=, in its address or as an extra parameter: tells machines of one id apart.
    said: str = ""
    # Which script or tool told it; "" where the format knows no such thing. Machines of one name that are told
    # of by different senders are different machines.
    sender: str = ""
    job_name: str = ""
    job_ref: str = ""

    started: datetime | None = None
    ended: datetime | None = None
    duration_ms: int | None = None
    offset_minutes: int | None = None
    next_run: datetime | None = None

    files: int | None = None
    size: int | None = None
    storage: int | None = None
    uploaded: int | None = None
    downloaded: int | None = None
    versions: int | None = None
    files_added: int | None = None
    files_modified: int | None = None
    files_deleted: int | None = None
    files_failed: int | None = None
    quota_total: int | None = None
    quota_free: int | None = None
    messages: int | None = None
    warnings: int | None = None
    errors: int | None = None

    partial: bool = False
    interrupted: bool = False
    dry_run: bool = False

    # The names of fields that are only about right: rounded where they were printed.
    approximate: tuple[str, ...] = ()

    # One line that says why, for a run that did not simply succeed.
    message: str = ""
    # Every other counter of the report, under the sender's own name.
    numbers: Mapping[str, int] = field(default_factory=dict)
    sub_results: tuple[SubResult, ...] = ()
    log: tuple[LogLine, ...] = ()
    # How many more lines the sender says it left out.
    log_omitted: int = 0
    # The versions that can be restored, newest first, where the log says which; naive in an unknown zone.
    restore_points: tuple[datetime, ...] = ()
    # What the machine is: system, agent version, destination type … (see facts below).
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_backup(self) -> bool:
        """A run that backed something up, or tried to. A dry run did neither."""
        return self.operation == BACKUP and not self.dry_run


# The keys of `Report.facts` and `LiveStatus.facts`.
FACTS = (
    "agent_version",
    "operating_system",
    "operating_system_detailed",
    "installation_type",
    "update_channel",
    "destination_type",
    "destination_host_suffix",
)


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """What a running operation says about itself. No run of its own: the report follows.

    `state` is started, progress, completed or failed; or running, of one that promises no more words before its end.
    `progress` is 0 to 1.
    """

    operation: str
    state: str
    started: datetime
    started_ticks: int
    reported: datetime | None = None
    machine_id: str = ""
    server_name: str = ""
    said: str = ""
    job_name: str = ""
    job_ref: str = ""
    phase: str = ""
    progress: float | None = None
    error: str = ""
    log: tuple[LogLine, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    format: str = "duplicati-live"
