"""How a run ended, and how a job is."""

from enum import StrEnum


class Status(StrEnum):
    """How one run ended. `OTHER` goes with the sender's own word."""

    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"
    FATAL = "fatal"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def failed(self) -> bool:
        return self in (Status.ERROR, Status.FATAL)

    @property
    def broken(self) -> bool:
        """Whether it left no backup that is whole: it failed, or never came to its end."""
        return self.failed or self is Status.INTERRUPTED

    @property
    def tally(self) -> str:
        """The counter that a run of this status adds to: success, warning, failed or other."""
        if self.failed:
            return "failed"
        return self.value if self in (Status.SUCCESS, Status.WARNING) else "other"


class Health(StrEnum):
    """How a job is, worst first. Derived by `core.health`, never set by a sender."""

    OVERDUE = "overdue"
    FAILED = "failed"
    STUCK = "stuck"
    WARNING = "warning"
    NEVER = "never"
    RUNNING = "running"
    OK = "ok"
    PAUSED = "paused"


# For people only, instead of OK: without a schedule, and silent for so long that nobody can say whether it still runs.
UNSCHEDULED = "unscheduled"
NEEDS_ATTENTION = (Health.OVERDUE, Health.FAILED, Health.STUCK, Health.WARNING)

# What senders write for a result, in lower case, and what it means here.
WORDS = {
    "success": Status.SUCCESS,
    "successful": Status.SUCCESS,
    "succeeded": Status.SUCCESS,
    "ok": Status.SUCCESS,
    "completed": Status.SUCCESS,
    "warning": Status.WARNING,
    "warn": Status.WARNING,
    "error": Status.ERROR,
    "failed": Status.ERROR,
    "failure": Status.ERROR,
    "fail": Status.ERROR,
    "fatal": Status.FATAL,
    "critical": Status.FATAL,
    "running": Status.RUNNING,
    "started": Status.RUNNING,
    "inprogress": Status.RUNNING,
    "interrupted": Status.INTERRUPTED,
    "aborted": Status.INTERRUPTED,
    "cancelled": Status.INTERRUPTED,
    "canceled": Status.INTERRUPTED,
    "unknown": Status.UNKNOWN,
}


def status_of(word: str) -> Status:
    """The status that a sender's word means; `OTHER` for a word of its own, `UNKNOWN` for none."""
    folded = word.strip().lower().replace("_", "").replace("-", "").replace(" ", "")
    return WORDS.get(folded, Status.OTHER) if folded else Status.UNKNOWN
