"""The upload API's own shape: `{"server": {...}, "backup": {...}}`, posted by scripts.

It is strict where Duplicati's is lenient: whoever writes such a body can still change it, and is told of
every field that is wrong at once.
"""

from collections.abc import Mapping
from typing import Any

from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.fields import Fields
from duplistat.core.report import BACKUP, LogLine, Precision, Report, kept
from duplistat.core.run_times import span_of
from duplistat.core.status import Status, status_of
from duplistat.core.text import clean, clip_name, first_line

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
    problems: list[Problem] = []
    machine, backup = _Part(document, "server", problems), _Part(document, "backup", problems)
    server_name = machine.name("name", server)
    job_name = backup.name("name", job)
    version = machine.text("version")
    word = backup.text("status", required=True)
    started = backup.time("startTime", required=True)
    ended = backup.time("endTime")
    duration = backup.duration("duration")
    files, size, storage = (backup.count(key) for key in ("files", "size", "storageUsed"))
    log = backup.messages()
    if problems or started is None:
        raise Unrecognised("Invalid backup data format", problems)
    status = status_of(word)
    complaint = next(
        (line for level in ("error", "warning") for line in log or () if line.level == level), None
    )
    message = first_line(complaint.text) if complaint and status is not Status.SUCCESS else ""
    span = span_of(started, ended, duration)
    warning = [LogLine(f"The run is inconsistent: {span.problem}", "warning", FORMAT)] if span.problem else []
    lines, omitted = kept([*(log or []), *warning], max_log_lines)
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
        ended=span.ended,
        duration_ms=span.duration_ms,
        offset_minutes=started.offset_minutes,
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


class _Part(Fields):
    """One of the two objects of the body: `server` or `backup`."""

    def __init__(self, document: Mapping[str, Any], part: str, problems: list[Problem]) -> None:
        value = document.get(part)
        if value is not None and not isinstance(value, dict):
            problems.append(Problem(part, "must be an object"))
        super().__init__(value if isinstance(value, dict) else {}, problems, f"{part}.")

    def messages(self) -> list[LogLine] | None:
        value = self.content.get("messages")
        if value is None:
            return None
        if not isinstance(value, list):
            self.wrong("messages", "must be an array")
            return None
        lines = []
        for index, item in enumerate(value):
            at = f"messages[{index}]"
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
