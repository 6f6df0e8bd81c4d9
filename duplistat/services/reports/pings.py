"""What a ping tells of a run: its kind says how that ended, its body is read for numbers and doubts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from duplistat.core import exit_codes
from duplistat.core.encoding import text_of
from duplistat.core.head_and_tail import HEAD, TAIL
from duplistat.core.ping import Kind, Ping, from_query, number_in
from duplistat.core.reason import Code, dump, reason
from duplistat.core.report import BACKUP, LogLine, Precision, Report, kept
from duplistat.core.status import Status
from duplistat.core.text import clean, first_line
from duplistat.core.times import from_ms
from duplistat.core.tool_output import TEXT, Told

# What deliveries call where pings came to: the secret in an address is not kept.
HEALTHCHECKS, UPTIME_KUMA, CRONITOR = "/ping", "/api/push", "/p"
GOTIFY, GATUS = "/message", "/api/v1/endpoints"
ENDPOINTS = frozenset({HEALTHCHECKS, UPTIME_KUMA, CRONITOR, GOTIFY, GATUS})
# What the parts of one body are worth together.
_SUMMED = (
    "files",
    "size",
    "storage",
    "uploaded",
    "files_added",
    "files_modified",
    "files_failed",
    "duration_ms",
)
_WORST = (Status.FATAL, Status.ERROR, Status.INTERRUPTED, Status.WARNING, Status.RUNNING, Status.OTHER)
_NOT_ILL = (Status.SUCCESS, Status.UNKNOWN, Status.RUNNING, Status.OTHER)
# Bytes of what log pings brought that are read with the end of their run: the last ones, as of a long body.
MOST_OF_LOGS = HEAD + TAIL
DOUBTED = dump([reason(Code.SUCCESS_DOUBTED)])


def read(
    body: bytes, *, names: Mapping[str, str], received: datetime, charset: str = "", max_log_lines: int
) -> Report:
    """The run that a ping ended, by what is kept of it (core.ping.as_query), with no names of server and job.

    `body` has what its log pings brought before its own. The ping is the word of its client: a failure stays one
    whatever the body says, and a success of which its output says otherwise is a warning. Each is a run of its own.
    """
    # Imported when a ping comes: the first answer of a server needs none of these tools.
    from duplistat.formats.tool_outputs import read_output

    ping, text = from_query(names), text_of(body, charset)
    reading = read_output(text, Told(ping.exit, received), max_log_lines=max_log_lines)
    known = reading.recognised != TEXT and bool(reading.reports)
    found = _folded(reading.reports) if reading.reports else _unread(text, max_log_lines)
    status, message = _outcome(ping, found, text if not known else "")
    started = number_in(names, "started")
    duration = ping.duration_ms
    if duration is None and started is not None:
        duration = max(0, round(received.timestamp() * 1000) - started)
    if duration is None:
        duration = found.duration_ms
    began = from_ms(started) if started is not None else received - timedelta(milliseconds=duration or 0)
    return replace(
        found,
        status=status,
        message=message,
        precision=Precision.ARRIVAL,
        started_ticks=None,
        own_key=names.get("id", ""),
        format=found.format if known else names.get("by", TEXT),
        server_name="",
        job_name="",
        started=min(began, received),
        ended=received,
        duration_ms=duration,
        next_run=None,
        offset_minutes=None,
    )


def logs_in(names: Mapping[str, str]) -> tuple[int, ...]:
    """The deliveries that brought what was told of a run before it ended."""
    return tuple(int(text) for text in names.get("logs", "").split(",") if text.isdecimal())


def whole(bodies: Sequence[bytes]) -> bytes:
    """What the pings of one run brought, one after the other."""
    return b"\n".join(body.removesuffix(b"\n") for body in bodies if body)


def ends(names: Mapping[str, str]) -> bool:
    """Whether a kept ping ended a run."""
    return from_query(names).ends


def _outcome(ping: Ping, found: Report, text: str) -> tuple[Status, str]:
    """How the run ended, and one line that says why; `text` is what came that no tool knows."""
    if ping.exit is not None:
        status = (
            found.status
            if found.status not in (Status.UNKNOWN, Status.RUNNING)
            else exit_codes.plain(ping.exit)
        )
        return status, "" if status is Status.SUCCESS else found.message or first_line(ping.message)
    if ping.kind is Kind.FAIL:
        status = Status.FATAL if found.status is Status.FATAL else Status.ERROR
        return status, first_line(ping.message) or found.message or _last_line(text)
    if found.status not in _NOT_ILL:
        return Status.WARNING, found.message or DOUBTED
    return Status.SUCCESS, ""


def _folded(reports: Sequence[Report]) -> Report:
    """One run of all that a body tells of: the numbers of its backups together, and the worst of how they ended."""
    backups = [report for report in reports if report.is_backup]
    told = backups or list(reports)
    if len(reports) == 1:
        return told[0]
    together: dict[str, Any] = {name: _sum([getattr(report, name) for report in told]) for name in _SUMMED}
    status = next(
        (word for word in _WORST if any(report.status is word for report in reports)), told[0].status
    )
    worst = next((report for report in reports if report.status is status), told[0])
    approximate = {name for report in told for name in report.approximate}
    return replace(
        told[0], status=status, message=worst.message, approximate=tuple(sorted(approximate)), **together
    )


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _unread(text: str, max_log_lines: int) -> Report:
    """What is left of a body that tells of no run, such as a list of snapshots: its lines."""
    lines, omitted = kept(text.splitlines(), max_log_lines)
    return Report(
        operation=BACKUP,
        status=Status.UNKNOWN,
        log=tuple(LogLine(clean(line.rstrip())) for line in lines),
        log_omitted=omitted,
    )


def _last_line(text: str) -> str:
    """The last line with something in it, which says most likely why."""
    return first_line(text.rstrip().rpartition("\n")[2])
