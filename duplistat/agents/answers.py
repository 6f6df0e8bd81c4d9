"""Answers of Duplicati's REST API as values. Both generations; what is missing or odd is left out, not raised."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duplistat.agents.address import AgentError, FailureKind
from duplistat.agents.transport import Answer
from duplistat.core import agent_words as words
from duplistat.core.encoding import text_of
from duplistat.core.errors import Unrecognised
from duplistat.core.i18n import Text
from duplistat.core.json_text import load
from duplistat.core.text import clean
from duplistat.core.times import from_unix, parse_iso

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SCHEME = re.compile(r"([a-zA-Z][\w+.-]*)://")
_SAID = 200


@dataclass(frozen=True, slots=True)
class System:
    """`timezone` is as the agent names it, which on Windows is no name of the tz database; "" before 2.1;
    `channel` is the one that its version is of, such as Stable.

    `time` is what its clock shows, if it says so with an offset.
    """

    machine_name: str
    machine_id: str
    version: str
    os_type: str
    os_version: str
    timezone: str
    channel: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgentSchedule:
    """`repeat` as Duplicati writes it ("1D", "1D12h"), `time` of the next run, weekdays (0 is Monday; () is all)."""

    repeat: str
    time: datetime
    allowed_days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AgentJob:
    """`metadata` is as Duplicati writes it; `target_type` such as s3, ssh, file.

    One without a schedule is started `by_hand`, unless it has one that we cannot read.
    """

    id: str
    name: str
    schedule: AgentSchedule | None
    next_run: datetime | None
    metadata: dict[str, str]
    target_type: str
    tags: tuple[str, ...]
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of a job's log; `message` of type Result is the JSON of the run's result object."""

    id: int
    timestamp: datetime | None
    type: str
    message: str
    exception: str


@dataclass(frozen=True, slots=True)
class TaskState:
    """`status` is Waiting, Running, Completed, Failed, or Gone when the agent has forgotten it."""

    status: str
    error: str


@dataclass(frozen=True, slots=True)
class ServerState:
    active_job: str | None
    active_task: int | None
    paused: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the latest operation is; it stays when that has ended. `overall` is 0 to 1, `speed` bytes/s."""

    job_id: str
    task_id: int | None
    phase: str
    overall: float
    processed_files: int
    processed_bytes: int
    total_files: int
    total_bytes: int
    counting: bool
    speed: int | None


def value_of(answer: Answer) -> Any:
    """The JSON of an answer that is no failure; out of its wrapping, which versions before 2.1 have.

    Raises AgentError.
    """
    if 300 <= answer.status < 400:
        raise AgentError("protocol", Text(words.REDIRECTS, address=_short(answer.location)))
    value = _json(answer.body)
    if answer.status != 200:
        raise _failure(answer.status, value)
    if value is None:
        raise AgentError("protocol", words.NO_JSON)
    if isinstance(value, dict) and "success" in value and "data" in value:
        return value["data"]
    return value


def object_of(answer: Answer) -> dict[str, Any]:
    """The same, which must be an object."""
    value = value_of(answer)
    if not isinstance(value, dict):
        raise AgentError("protocol", words.OTHER_JSON)
    return value


def list_of(answer: Answer) -> list[dict[str, Any]]:
    """The objects of an answer that must be a list; what is none of them is left out."""
    value = value_of(answer)
    if not isinstance(value, list):
        raise AgentError("protocol", words.OTHER_JSON)
    return [item for item in value if isinstance(item, dict)]


def system_of(content: dict[str, Any]) -> System:
    options = content.get("Options")
    ids = [
        _text(option.get("DefaultValue"))
        for option in (options if isinstance(options, list) else [])
        if isinstance(option, dict) and option.get("Name") == "machine-id"
    ]
    time = parse_iso(content.get("ServerTime"))
    return System(
        machine_name=_text(content.get("MachineName")),
        machine_id=ids[0] if ids else "",
        version=_text(content.get("ServerVersion")),
        os_type=_text(content.get("OSType")),
        os_version=_text(content.get("OSVersion")),
        timezone=_text(content.get("ServerTimeZone")),
        channel=_text(content.get("ServerVersionType")),
        time=time.at if time is not None and time.offset_minutes is not None else None,
    )


def job_of(content: dict[str, Any]) -> AgentJob | None:
    """One element of the list of jobs; None for one without an id, and for one that a restore made for itself."""
    backup = content.get("Backup")
    if not isinstance(backup, dict) or not _text(backup.get("ID")) or backup.get("IsTemporary") is True:
        return None
    schedule = _schedule(content.get("Schedule"))
    metadata, tags = backup.get("Metadata"), backup.get("Tags")
    found = _SCHEME.match(_text(backup.get("TargetURL")))
    return AgentJob(
        id=_text(backup.get("ID")),
        name=_text(backup.get("Name")),
        schedule=schedule,
        next_run=schedule.time if schedule else None,
        metadata={str(k): _text(v) for k, v in metadata.items()} if isinstance(metadata, dict) else {},
        target_type=found[1].lower() if found else "file",
        tags=tuple(_text(tag) for tag in tags) if isinstance(tags, list) else (),
        by_hand="Schedule" in content and content["Schedule"] is None,
    )


def entry_of(content: dict[str, Any]) -> LogEntry | None:
    id, at = _number(content.get("ID")), _number(content.get("Timestamp"))
    if id is None:
        return None
    return LogEntry(
        id=id,
        timestamp=from_unix(at) if at is not None else None,
        type=_text(content.get("Type")),
        message=_text(content.get("Message")),
        exception=_text(content.get("Exception")),
    )


def task_of(content: dict[str, Any]) -> TaskState:
    status = _text(content.get("Status"))
    if status not in ("Waiting", "Running", "Completed", "Failed"):
        raise AgentError("protocol", Text(words.TASK_STATE, word=_short(status)))
    return TaskState(status, _text(content.get("ErrorMessage")))


def state_of(content: dict[str, Any]) -> ServerState:
    active = content.get("ActiveTask")
    task, job = (active.get("Item1"), active.get("Item2")) if isinstance(active, dict) else (None, None)
    return ServerState(_text(job) or None, _number(task), content.get("ProgramState") == "Paused")


def progress_of(content: dict[str, Any]) -> Progress:
    speed = _number(content.get("BackendSpeed"))
    overall = content.get("OverallProgress")
    counts = {
        name: max(0, _number(content.get(name)) or 0)
        for name in ("ProcessedFileCount", "ProcessedFileSize", "TotalFileCount", "TotalFileSize")
    }
    return Progress(
        job_id=_text(content.get("BackupID")),
        task_id=_number(content.get("TaskID")),
        phase=_text(content.get("Phase")),
        overall=float(min(1, max(0, overall))) if isinstance(overall, (int, float)) else 0.0,
        processed_files=counts["ProcessedFileCount"],
        processed_bytes=counts["ProcessedFileSize"],
        total_files=counts["TotalFileCount"],
        total_bytes=counts["TotalFileSize"],
        counting=content.get("StillCounting") is True,
        speed=speed if speed is not None and speed >= 0 else None,
    )


def _failure(status: int, value: Any) -> AgentError:
    content = value if isinstance(value, dict) else {}
    said = _short(_text(content.get("Error")) or _text(content.get("error")))
    if content.get("HelpId") == "DatabaseLocked":
        return AgentError("busy", words.LOCKED)
    if status == 401:
        return AgentError("password", words.SIGNED_OUT)
    if status == 403:
        return AgentError(
            "protocol", Text(words.NAME_UNKNOWN_SAID, said=said) if said else words.NAME_UNKNOWN
        )
    kind: FailureKind = "busy" if status in (429, 503) else "protocol"
    pattern = words.STATUS_SAID if said else words.STATUS
    return AgentError(kind, Text(pattern, status=status, said=said))


def _json(body: bytes) -> Any:
    """The value, or None: nothing that we ask for is null."""
    text = text_of(body).strip()
    try:
        value, end = load(text)
    except Unrecognised:
        return None
    return value if end == len(text) else None


def _schedule(content: object) -> AgentSchedule | None:
    if not isinstance(content, dict):
        return None
    moment = parse_iso(content.get("Time"))
    if moment is None:
        return None
    days = content.get("AllowedDays")
    if not isinstance(days, list):
        _, _, rule = _text(content.get("Rule")).partition("AllowedWeekDays=")
        days = [part for part in rule.split(";")[0].split(",") if part]
    found = {number for day in days if (number := _weekday(day)) is not None}
    return AgentSchedule(_text(content.get("Repeat")), moment.at, tuple(sorted(found)))


def _weekday(day: object) -> int | None:
    """0 for Monday, from a name, or from the number that .NET gives it (0 is Sunday)."""
    if isinstance(day, int) and 0 <= day <= 6:
        return (day - 1) % 7
    name = _text(day).strip().lower()[:3]
    return _DAYS.index(name) if name in _DAYS else None


def _text(value: object) -> str:
    if isinstance(value, str):
        return clean(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _number(value: object) -> int | None:
    """A whole number that fits a column."""
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    return None


def _short(text: str) -> str:
    tidy = " ".join(text.split())
    return tidy if len(tidy) <= _SAID else f"{tidy[:_SAID]}…"
