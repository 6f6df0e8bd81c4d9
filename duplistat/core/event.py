"""What a device says besides the results of its runs: a free-form notification."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """How grave an event is, least first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Event:
    """A notification of a device. `at` is aware UTC; `type` is the sender's own short word for its kind.

    `job_name` is the name of a job of that device, known or not; "" for none. `message` may have many lines.
    """

    server_name: str
    sender: str
    at: datetime
    severity: Severity
    type: str
    job_name: str = ""
    message: str = ""
    offset_minutes: int | None = None
    format: str = "notification"
