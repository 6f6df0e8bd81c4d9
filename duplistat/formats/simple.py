"""The upload API's own shape: `{"server": {...}, "backup": {...}}`, posted by scripts.

It is strict where Duplicati's is lenient: whoever writes such a body can still change it, and is told of
every field that is wrong at once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.report import BACKUP, MAX_INTEGER, LogLine, Precision, Report
from duplistat.core.status import Status, status_of
from duplistat.core.text import clean, clip_name, first_line
from duplistat.core.times import Moment, iso_ms, parse_iso, to_ms

FORMAT = "simple"

_LEVELS = {
    "debug": "verbose",
    "verbose": "verbose",
    "profiling": "profiling",
    "retry": "retry",
    "dryrun": "dryrun",
    "info": "information",
    "information": "information",
    "success": "information",
    "notice": "information",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
    "fatal": "error",
    "critical": "error",
}
_MAX_SECONDS = 100 * 366 * 86_400
# `duration` has whole seconds, so it may be off by less than one.
_TOLERANCE_MS = 1000


def is_simple(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object means to be this shape. With plain strings it is a user's template instead."""
    return isinstance(document.get("backup"), dict) or isinstance(document.get("server"), dict)


def read(
    document: Mapping[str, Any], *, server: str = "", job: str = "", max_log_lines: int = 100_000
) -> Report:
    """One backup run. `server` and `job` fill in a name that the body lacks.

    `duration` is in seconds, sizes in bytes, times in ISO 8601 with an offset. Raises `Unrecognised` with a
    problem for each wrong field. If `duration` and `endTime` disagree, the duration is kept and the log says
    so.
    """
    fields = _Fields(document)
    server_name = fields.name("server", "name", server)
    job_name = fields.name("backup", "name", job)
    version = fields.text("server", "version")
    word = fields.text("backup", "status", required=True)
    started = fields.time("startTime", required=True)
    ended = fields.time("endTime")
    duration = fields.duration()
    files, size, storage = (fields.count(key) for key in ("files", "size", "storageUsed"))
    log = fields.messages()
    if fields.problems or started is None:
        raise Unrecognised("Invalid backup data format", fields.problems)
    status = status_of(word)
    complaint = next(
        (line for level in ("error", "warning") for line in log or () if line.level == level), None
    )
    message = first_line(complaint.text) if complaint and status is not Status.SUCCESS else ""
    span = to_ms(ended.at) - to_ms(started.at) if ended else None
    warning = _inconsistency(duration, span, ended)
    lines, omitted = _kept([*(log or []), *([warning] if warning else [])], max_log_lines)
    end = ended.at if ended else None
    if end is None and duration is not None:
        end = _after(started.at, duration)
    return Report(
        operation=BACKUP,
        status=status,
        status_text=clip_name(word, 50) if status is Status.OTHER else "",
        precision=Precision.EXACT,
        started_ticks=started.ticks,
        format=FORMAT,
        server_name=server_name,
        job_name=job_name,
        started=started.at,
        ended=end,
        duration_ms=span if duration is None else duration,
        offset_minutes=started.offset_minutes or None,
        files=files,
        size=size,
        storage=storage,
        messages=None if log is None else sum(line.level not in ("error", "warning") for line in log),
        warnings=None if log is None else sum(line.level == "warning" for line in log),
        errors=None if log is None else sum(line.level == "error" for line in log),
        message=message,
        log=lines,
        log_omitted=omitted,
        facts={"agent_version": clip_name(version)} if version else {},
    )


def _after(at: datetime, ms: int) -> datetime | None:
    try:
        return at + timedelta(milliseconds=ms)
    except OverflowError:  # past year 9999
        return None


def _inconsistency(duration: int | None, span: int | None, ended: Moment | None) -> LogLine | None:
    if span is None or ended is None:
        return None
    if duration is not None and abs(duration - span) >= _TOLERANCE_MS:
        seconds, end = f"{duration / 1000:g}", iso_ms(ended.at)
        told = f"duration ({seconds} s) and endTime ({end}) disagree; the duration is kept"
    elif span < 0:
        told = f"endTime ({iso_ms(ended.at)}) is before startTime"
    else:
        return None
    return LogLine(f"The run is inconsistent: {told}", "warning", FORMAT)


def _kept(lines: list[LogLine], limit: int) -> tuple[tuple[LogLine, ...], int]:
    """At most `limit` lines, half of them from the end."""
    if len(lines) <= limit:
        return tuple(lines), 0
    tail = limit // 2
    return tuple(lines[: limit - tail] + lines[len(lines) - tail :]), len(lines) - limit


class _Fields:
    """Reads fields one by one and gathers what is wrong with them. Null is the same as missing."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self.parts: dict[str, dict[str, Any]] = {}
        for part in ("server", "backup"):
            value = document.get(part)
            if value is not None and not isinstance(value, dict):
                self.wrong(part, "must be an object")
            self.parts[part] = value if isinstance(value, dict) else {}

    def wrong(self, field: str, problem: str) -> None:
        self.problems.append(Problem(field, problem))

    def text(self, part: str, key: str, *, required: bool = False) -> str:
        value = self.parts[part].get(key)
        if value is not None and not isinstance(value, str):
            self.wrong(f"{part}.{key}", "must be a string")
            return ""
        text = clean((value or "").strip())
        if required and not text:
            self.wrong(f"{part}.{key}", "is required" if value is None else "must not be empty")
        return text

    def name(self, part: str, key: str, otherwise: str) -> str:
        if otherwise and self.parts[part].get(key) in (None, ""):
            return clip_name(otherwise)
        return clip_name(self.text(part, key, required=True))

    def time(self, key: str, *, required: bool = False) -> Moment | None:
        text = self.text("backup", key, required=required)
        if not text:
            return None
        moment = parse_iso(text)
        if moment is None:
            self.wrong(f"backup.{key}", "must be a time in ISO 8601, such as 2024-01-15T02:00:00.000Z")
        elif moment.offset_minutes is None:
            self.wrong(f"backup.{key}", "must have an offset from UTC or end in Z")
        return moment

    def duration(self) -> int | None:
        value = self.parts["backup"].get("duration")
        if value is None:
            return None
        # A comparison with NaN is false, and one with an integer of any size is exact.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_SECONDS:
            self.wrong("backup.duration", "must be a number of seconds that is not negative")
            return None
        return round(value * 1000)

    def count(self, key: str) -> int | None:
        value = self.parts["backup"].get(key)
        if value is None:
            return None
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not 0 <= value <= MAX_INTEGER:
            self.wrong(f"backup.{key}", "must be a whole number that is not negative")
            return None
        return value

    def messages(self) -> list[LogLine] | None:
        value = self.parts["backup"].get("messages")
        if value is None:
            return None
        if not isinstance(value, list):
            self.wrong("backup.messages", "must be an array")
            return None
        lines = []
        for index, item in enumerate(value):
            at = f"backup.messages[{index}]"
            level, text = (item.get("level"), item.get("message")) if isinstance(item, dict) else (None, None)
            known = _LEVELS.get(level.strip().lower()) if isinstance(level, str) else None
            if not isinstance(item, dict):
                self.wrong(at, "must be an object with level and message")
            elif known is None:
                self.wrong(f"{at}.level", "must be one of info, warning, error, debug")
            elif not isinstance(text, str):
                self.wrong(f"{at}.message", "must be a string")
            else:
                lines.append(LogLine(clean(text), known))
            if len(self.problems) >= 100:
                break
        return lines
