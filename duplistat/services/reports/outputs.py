"""What tools print, as it is sent to /api/report: which runs it tells of, with what its sender says beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from duplistat.core.durations import MOST_SECONDS, parse_duration
from duplistat.core.encoding import text_of
from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.head_and_tail import HeadAndTail
from duplistat.core.i18n import Text
from duplistat.core.report import BACKUP, OTHER, PRUNE, RESTORE, VERIFY, Report
from duplistat.core.status import Status
from duplistat.core.text import clip_name
from duplistat.core.times import EPOCH
from duplistat.core.tool_output import TEXT, Reading, Told

ENDPOINT = "/api/report"
# Of a body that tells of several runs, which one a delivery is of; in its query, from 1.
PART = "part"
OPERATIONS = (BACKUP, VERIFY, RESTORE, PRUNE, OTHER)
# Exit codes as Unix and Windows have them, with and without a sign.
_CODES = range(-(2**31), 2**32)
_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)
WRONG = "Invalid report"
# What a log fills in where its sender says nothing; and what `approximate` calls these.
_FILLED = (
    "files",
    "size",
    "storage",
    "uploaded",
    "versions",
    "files_added",
    "files_modified",
    "files_failed",
    "duration_ms",
)
_FIELDS = {"added": "uploaded"}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a sender says beside an output; None and "" for nothing. `duration_ms` is in ms."""

    exit: int | None
    duration_ms: int | None
    operation: str
    tool: str
    server: str
    job: str


def parameters_of(names: Mapping[str, str]) -> Parameters:
    """Those of a query string. Raises Unrecognised with a problem for each that is wrong."""
    problems: list[Problem] = []
    code = names.get("exit", "").strip()
    if code and (not _INTEGER.fullmatch(code) or int(code) not in _CODES):
        problems.append(Problem("exit", "must be an exit code: a whole number of 32 bits"))
        code = ""
    duration, text = None, names.get("duration", "").strip()
    if text:
        duration = round(float(text) * 1000) if _NUMBER.fullmatch(text) else parse_duration(text)
        if duration is None or duration > MOST_SECONDS * 1000:
            problems.append(Problem("duration", "must be a number of seconds, or a text such as 1h30m"))
    operation = names.get("operation", "").strip().lower()
    if operation and operation not in OPERATIONS:
        problems.append(Problem("operation", Text("must be one of {options}", options=", ".join(OPERATIONS))))
    if problems:
        raise Unrecognised(f"{WRONG}: {'; '.join(f'{p.field} {p.problem}' for p in problems)}", problems)
    return Parameters(
        exit=int(code) if code else None,
        duration_ms=duration,
        operation=operation,
        tool=names.get("tool", "").strip().lower()[:50],
        server=clip_name(names.get("server", "")),
        job=clip_name(names.get("job", "")),
    )


def read(
    body: bytes,
    *,
    names: Mapping[str, str],
    received: datetime,
    nameless: str,
    charset: str = "",
    max_log_lines: int,
) -> Reading:
    """The runs that an output tells of, each with the names of its server and job.

    `nameless` is what a server is called that nobody names. Raises Unrecognised for parameters that are wrong.
    """
    # Imported when an output comes: the first answer of a server needs none of these tools.
    from duplistat.formats.tool_outputs import read_output

    told = parameters_of(names)
    reading = read_output(
        text_of(body, charset),
        Told(told.exit, received, told.operation, told.tool),
        max_log_lines=max_log_lines,
    )
    tool = reading.recognised.partition(".")[0]
    reports = (_completed(report, told, tool, nameless) for report in reading.reports)
    return Reading(reading.recognised, tuple(reports))


def part_of(reading: Reading, names: Mapping[str, str]) -> Report:
    """The run that a kept delivery tells of. Raises Unrecognised when it tells of none now."""
    number = names.get(PART, "")
    index = int(number) - 1 if number.isdecimal() and len(number) < 5 else 0
    if not 0 <= index < len(reading.reports):
        raise Unrecognised(WRONG, [Problem("body", "tells of no run")])
    return reading.reports[index]


def completed_from_log(report: Report) -> Report:
    """What a script reports, with what the output of a tool in its log tells besides.

    Numbers that the script tells hold. What it calls a success is a warning where the tool says otherwise; and what the
    tool calls a restore, a verification or a dry run makes no backup fresh.
    """
    if not report.log:
        return report
    from duplistat.formats.tool_outputs import read_output

    log = HeadAndTail()
    for line in report.log:
        log.write(line.text.encode("utf-8", "replace") + b"\n")
    received = report.ended or report.started or EPOCH
    reading = read_output(text_of(log.kept()), Told(None, received), max_log_lines=0)
    if reading.recognised == TEXT or len(reading.reports) != 1:
        return report
    (found,) = reading.reports
    missing = {
        name: value
        for name in _FILLED
        if getattr(report, name) is None and (value := getattr(found, name)) is not None
    }
    doubtful = report.status is Status.SUCCESS and found.status not in (Status.SUCCESS, Status.UNKNOWN)
    return replace(
        report,
        operation=found.operation,
        dry_run=found.dry_run,
        approximate=tuple(name for name in found.approximate if _FIELDS.get(name, name) in missing),
        status=Status.WARNING if doubtful else report.status,
        message=(found.message or report.message) if doubtful else report.message,
        **missing,
    )


def _completed(report: Report, told: Parameters, tool: str, nameless: str) -> Report:
    """With what the sender says: its server and duration hold, its job unless the output tells of several."""
    server = told.server or report.server_name or nameless
    return replace(
        report,
        server_name=server,
        said=told.server,
        job_name=report.job_name or told.job or (tool if tool != TEXT else told.tool or TEXT),
        duration_ms=report.duration_ms if told.duration_ms is None else told.duration_ms,
    )


def with_part(query: str, number: int) -> str:
    """A query that says which run of its body it is for; that of the first says nothing."""
    return query if number == 1 else f"{PART}={number}&{query}".rstrip("&")
