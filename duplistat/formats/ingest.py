"""The bodies of /api/ingest: the result of a run, and a notification, as BackupMonitor documents them.

A script wrote them, so they are read strictly, and each field that is wrong is named.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from duplistat.core.encoding import text_of
from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.event import Event, Severity
from duplistat.core.fields import Fields
from duplistat.core.json_text import load
from duplistat.core.report import BACKUP, LogLine, Precision, Report, kept
from duplistat.core.run_times import span_of
from duplistat.core.status import Status, status_of
from duplistat.core.text import clean, clip_name, first_line

BACKUP_FORMAT = "ingest"
EVENT_FORMAT = "notification"
DEFAULT_SENDER = "unknown@ingest"
TYPE_LIMIT = 100
MESSAGE_LIMIT = 10_000


def read_backup(body: bytes, *, charset: str = "", max_log_lines: int = 100_000) -> Report:
    """One backup run. `duration` is in seconds, sizes in bytes, times in ISO 8601 with an offset.

    Raises `Unrecognised` with a problem for each wrong field.
    """
    fields = _fields(body, charset)
    server, job = fields.name("deviceName"), fields.name("jobName")
    started = fields.time("timestamp", required=True)
    word = fields.text("status", required=True)
    message = fields.text("message", required=True)
    sender = fields.name("sender", DEFAULT_SENDER, required=False)
    files, size, storage, uploaded = (
        fields.count(key) for key in ("files", "size", "storageUsed", "uploadedSize")
    )
    duration, ended = fields.duration("duration"), fields.time("endTime")
    # Cut before it becomes lines: a body of nothing but line ends holds millions.
    log, cut = kept(_log(fields), max_log_lines)
    if fields.problems or started is None:
        raise wrong(fields.problems)
    status = status_of(word)
    status_text = clip_name(word) if status is Status.OTHER else ""
    span = span_of(started, ended, duration)
    line = first_line(message)
    lines = [
        # One line says why; whatever else the message holds is not lost.
        *([] if line == message else [LogLine(message)]),
        *(LogLine(clean(text)) for text in log),
        *([LogLine(f"The run is inconsistent: {span.problem}", "warning")] if span.problem else []),
    ]
    most, omitted = kept(lines, max_log_lines)
    return Report(
        operation=BACKUP,
        status=status,
        status_text=status_text,
        state=sha256(f"{status}\n{status_text.casefold()}\n{message}".encode()).hexdigest(),
        precision=Precision.EXACT,
        started_ticks=started.ticks,
        format=BACKUP_FORMAT,
        server_name=server,
        sender=sender,
        job_name=job,
        started=started.at,
        ended=span.ended,
        duration_ms=span.duration_ms,
        offset_minutes=started.offset_minutes,
        files=files,
        size=size,
        storage=storage,
        uploaded=uploaded,
        message=line,
        log=most,
        log_omitted=cut + omitted,
    )


def read_notification(body: bytes, *, charset: str = "") -> Event:
    """One event. Raises `Unrecognised` with a problem for each wrong field."""
    fields = _fields(body, charset)
    server = fields.name("deviceName")
    at = fields.time("timestamp", required=True)
    severity = fields.one_of("severity", [str(severity) for severity in Severity])
    type = clip_name(fields.text("type", required=True), TYPE_LIMIT)
    job, message = fields.name("jobName", required=False), fields.text("message")
    sender = fields.name("sender", DEFAULT_SENDER, required=False)
    if fields.problems or at is None:
        raise wrong(fields.problems)
    if len(message) > MESSAGE_LIMIT:
        message = message[: MESSAGE_LIMIT - 1] + "…"
    return Event(
        server_name=server,
        sender=sender,
        at=at.at,
        severity=Severity(severity),
        type=type,
        job_name=job,
        message=message,
        offset_minutes=at.offset_minutes,
        format=EVENT_FORMAT,
    )


def wrong(problems: Sequence[Problem]) -> Unrecognised:
    """All that is wrong with a body, in one line and one by one."""
    summary = "; ".join(f"{p.field} {p.problem}" for p in problems)
    return Unrecognised(summary, problems)


def _fields(body: bytes, charset: str) -> Fields:
    text = text_of(body, charset).strip()
    if not text:
        raise wrong([Problem("body", "is empty")])
    try:
        content, end = load(text)
    except Unrecognised as e:
        raise wrong(e.problems) from None
    if not isinstance(content, dict):
        raise wrong([Problem("body", "must be a JSON object")])
    if end != len(text):
        raise wrong([Problem("body", "goes on after the JSON object")])
    return Fields(content, [])


def _log(fields: Fields) -> list[str]:
    """The lines of `log`: one text, or a list of texts."""
    value: Any = fields.content.get("log")
    if value is None:
        return []
    if isinstance(value, str):
        return value.splitlines()
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return value
    fields.wrong("log", "must be a text, one line each")
    return []
