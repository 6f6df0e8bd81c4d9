"""What a message tells of: its kind, why it goes out, and the facts, frozen when it was made.

Facts are kept as JSON and cross the writer's socket: plain values, ms for times, ids of our rows for links.
"""

from enum import StrEnum
from typing import NotRequired, TypedDict


class ProblemKind(StrEnum):
    """What is wrong. The first four are of jobs, and get graver in this order."""

    WARNING = "warning"
    FAILED = "failed"
    OVERDUE = "overdue"
    STUCK = "stuck"
    # A channel that does not deliver, and something of this server itself.
    CHANNEL = "channel"
    SYSTEM = "system"


OF_JOBS = (ProblemKind.WARNING, ProblemKind.FAILED, ProblemKind.OVERDUE, ProblemKind.STUCK)
# What a run that ended says; its failures are counted.
OF_RUNS = (ProblemKind.WARNING, ProblemKind.FAILED)


class Severity(StrEnum):
    """How grave it is, as in the events of devices."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


SEVERITIES = tuple(Severity)


class Kind(StrEnum):
    """What a notice is for."""

    PROBLEM = "problem"
    WORSE = "worse"
    EACH = "each"
    REMINDER = "reminder"
    STEP = "step"
    RECOVERED = "recovered"
    SUMMARY = "summary"
    EVENT = "event"
    DIGEST = "digest"
    TEST = "test"
    SYSTEM = "system"


class Why(StrEnum):
    """Why a notice goes out, as the message says."""

    FIRST = "first"
    FAILS = "fails"  # so many failures in a row
    MINUTES = "minutes"  # so long
    WORSE = "worse"
    EACH = "each"
    REMINDER = "reminder"
    ACKNOWLEDGEMENT_ENDED = "acknowledgement_ended"
    STEP = "step"
    UNSTEADY = "unsteady"
    STEADY = "steady"
    RECOVERED = "recovered"
    GROUPED = "grouped"
    STORM = "storm"
    STORM_OVER = "storm_over"
    QUIET_OVER = "quiet_over"
    HEALED = "healed"  # what waited for a broken channel
    EVENT = "event"
    SCHEDULE = "schedule"  # a digest, or a self-test
    REQUEST = "request"  # requested by a user
    SYSTEM = "system"


class Dropped(StrEnum):
    """Why a notice does not go out after all."""

    OVER = "over"  # the problem was over before anybody was alerted
    REPLACED = "replaced"  # a newer one says it too
    ACKNOWLEDGED = "acknowledged"
    QUIET = "quiet"
    CHANNEL_DELETED = "channel_deleted"
    CHANNEL_OFF = "channel_off"
    GONE = "gone"  # the job was deleted, archived or merged
    EXPIRED = "expired"  # tried for too long
    REFUSED = "refused"  # the receiver refuses this text
    CHANNEL = "channel"  # a test of a channel that does not work
    BY_HAND = "by_hand"


class Cause(StrEnum):
    """What several problems have in common."""

    NONE = ""
    OUTAGE = "outage"  # this server was down
    SERVER = "server"  # all that is wrong is on one computer
    SILENT_SERVER = "silent_server"  # and it reports nothing at all
    DESTINATION = "destination"
    AGENT = "agent"
    SCHEDULE = "schedule"
    ERROR = "error"
    MIXED = "mixed"


class ProblemFacts(TypedDict):
    """One problem, as it was when the notice was made. `reason` as core.reason keeps it; `log` is the end of it."""

    id: int
    uid: str
    kind: str
    severity: str
    opened_at: int
    kind_at: int
    closed_at: int | None
    account: str
    server: str
    server_id: int | None
    job: str
    job_id: int | None
    run: int | None
    reason: str
    message: str
    log: list[str]
    fails: int
    again: int
    unsteady: bool
    last_good_at: int | None
    expected_at: int | None
    acked_by: str
    zone: str


class EventFacts(TypedDict):
    """A notification of a device."""

    id: int
    account: str
    server: str
    server_id: int
    severity: str
    type: str
    job: str
    message: str
    at: int


class CauseFacts(TypedDict):
    """Some of the problems of a message, and what they have in common: `cause` is "" for those with nothing in common.

    `total` and `counts` as in NoticeFacts. `worst` is one of them, for words that a cause takes from its problems.
    """

    cause: str
    cause_name: str
    total: int
    counts: dict[str, int]
    worst: ProblemFacts


class NoticeFacts(TypedDict):
    """What a message is made of. `problems` are the worst ones of `total`, at most MOST_SHOWN.

    `causes` divides those of a message whose problems have several: the most first, at most MOST_CAUSES, and last what
    is left. Messages that an older version made have none.

    `number` of `of`: which reminder or step it is (0 of them: no limit). `counts` by kind of problem. `went`: problems
    that came and went while messages were held back. `details` is what kinds without problems bring: a digest, a test.
    """

    kind: str
    why: str
    at: int
    account: str
    rule: str
    number: int
    of: int
    total: int
    counts: dict[str, int]
    problems: list[ProblemFacts]
    events: list[EventFacts]
    cause: str
    cause_name: str
    causes: NotRequired[list[CauseFacts]]
    went: int
    details: dict[str, object]


MOST_SHOWN = 5
MOST_EVENTS = 20
# What several problems have in common: more than so many are not named.
MOST_CAUSES = 5


def severity_of(kind: str) -> Severity:
    """How grave a kind of problem is."""
    return Severity.WARNING if kind == ProblemKind.WARNING else Severity.ERROR


def type_of(facts: NoticeFacts) -> str:
    """What a webhook calls a message: job.failed, job.warning, job.overdue, job.stuck, job.recovered, event, digest,
    channel.broken or test."""
    kind = Kind(facts["kind"])
    if kind in (Kind.EVENT, Kind.DIGEST, Kind.TEST):
        return kind.value
    if kind is Kind.RECOVERED:
        return "job.recovered"
    if facts["events"] and not facts["problems"]:
        return "event"
    worst = facts["problems"][0]["kind"] if facts["problems"] else ProblemKind.SYSTEM.value
    if worst == ProblemKind.CHANNEL:
        return "channel.broken"
    return f"job.{worst}" if worst in OF_JOBS else "system"
