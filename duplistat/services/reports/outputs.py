"""What tools print, as it is sent to /api/report: which runs it tells of, with what its sender says beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duplistat.core.durations import MOST_SECONDS, between, parse_duration
from duplistat.core.encoding import text_of
from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.head_and_tail import HeadAndTail
from duplistat.core.i18n import Text, later
from duplistat.core.report import BACKUP, OTHER, PRUNE, RESTORE, VERIFY, LiveStatus, Precision, Report
from duplistat.core.run_times import span_of
from duplistat.core.status import Status
from duplistat.core.text import clip_name
from duplistat.core.times import EPOCH, TICKS_PER_SECOND, Moment, from_ms, parse_iso, to_ms
from duplistat.core.tool_output import TEXT, Reading, Told

ENDPOINT = "/api/report"
# Of a body that tells of several runs, which one a delivery is of; in its query, from 1.
PART = "part"
OPERATIONS = (BACKUP, VERIFY, RESTORE, PRUNE, OTHER)
# What a sender says of a run besides that it ended: it began, or nobody knows what came of it.
STARTED, ENDED, INTERRUPTED = "started", "ended", "interrupted"
STATES = (STARTED, ENDED, INTERRUPTED)
CUT_SHORT = "Whatever reported this run was stopped before its command ended"
# Exit codes as Unix and Windows have them, with and without a sign.
_CODES = range(-(2**31), 2**32)
_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)
_RUN_NAME = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)
_TIME = later("must be a time with an offset, such as 2027-01-31T02:00:00Z, or seconds since 1970")
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
    """What a sender says beside an output; None and "" for nothing. `duration_ms` is in ms.

    `run` is what it calls the run; `started` and `ended` by its clock.
    """

    exit: int | None
    duration_ms: int | None
    operation: str
    tool: str
    server: str
    job: str
    state: str
    run: str
    started: Moment | None
    ended: Moment | None


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
    state = names.get("state", "").strip().lower() or ENDED
    if state not in STATES:
        problems.append(Problem("state", Text("must be one of {options}", options=", ".join(STATES))))
    run = names.get("run", "").strip()
    if run and not _RUN_NAME.fullmatch(run):
        problems.append(Problem("run", "must be at most 100 of the characters A-Z a-z 0-9 . _ : -"))
    begun, over = (_moment(names.get(name, "").strip()) for name in ("started", "ended"))
    for name, at in (("started", begun), ("ended", over)):
        if at is None and names.get(name, "").strip():
            problems.append(Problem(name, _TIME))
    if problems:
        raise Unrecognised(f"{WRONG}: {'; '.join(f'{p.field} {p.problem}' for p in problems)}", problems)
    return Parameters(
        exit=int(code) if code else None,
        duration_ms=duration,
        operation=operation,
        tool=names.get("tool", "").strip().lower()[:50],
        server=clip_name(names.get("server", "")),
        job=clip_name(names.get("job", "")),
        state=state,
        run=run,
        started=begun,
        ended=over,
    )


def _moment(text: str) -> Moment | None:
    """A time with an offset, or seconds since 1970; None for anything else."""
    if _NUMBER.fullmatch(text) and float(text) < 10**11:
        ms = round(float(text) * 1000)
        return Moment(from_ms(ms), ms * (TICKS_PER_SECOND // 1000), 0)
    told = parse_iso(text)
    return told if told is not None and told.offset_minutes is not None else None


def began_ticks(names: Mapping[str, str]) -> int | None:
    """What the word that a run began is known by, from the parameters of that word or of its result."""
    began = _moment(names.get("started", "").strip())
    return began.ticks if began is not None else None


def started(told: Parameters, received: datetime, nameless: str) -> LiveStatus:
    """The word that a run began. It promises no more before the result."""
    ms = to_ms(received)
    began = told.started or Moment(received, ms * (TICKS_PER_SECOND // 1000), 0)
    return LiveStatus(
        operation=told.operation or BACKUP,
        state="running",
        started=began.at,
        started_ticks=began.ticks,
        server_name=told.server or nameless,
        said=told.server,
        job_name=job_of(told),
        format=STARTED,
    )


def job_of(told: Parameters) -> str:
    """What a job is called of which no output is known yet."""
    return told.job or told.tool or TEXT


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
        # What is delivered late is compared with when it was over.
        Told(told.exit, told.ended.at if told.ended else received, told.operation, told.tool),
        max_log_lines=max_log_lines,
    )
    if told.state == INTERRUPTED:
        reading = Reading(reading.recognised, tuple(_cut_short(report) for report in reading.reports[:1]))
    return completed(reading, told, nameless)


def completed(reading: Reading, told: Parameters, nameless: str) -> Reading:
    """Each run of an output with what its sender says beside it; `nameless` as for `read`."""
    tool = reading.recognised.partition(".")[0]
    reports = [_completed(report, told, tool, nameless) for report in reading.reports]
    for number, report in enumerate(reports[1:], start=2):
        if report.own_key:
            reports[number - 1] = replace(report, own_key=f"{report.own_key}#{number}")
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
    report = _timed(report, told)
    return replace(
        report,
        server_name=server,
        said=told.server,
        job_name=report.job_name or told.job or (tool if tool != TEXT else told.tool or TEXT),
        duration_ms=report.duration_ms if told.duration_ms is None else told.duration_ms,
    )


def _timed(report: Report, told: Parameters) -> Report:
    """With the times and the name that its sender gives to a run whose output tells no time."""
    if report.started is not None:
        return report
    duration = report.duration_ms if told.duration_ms is None else told.duration_ms
    begun, over = (told.started.at if told.started else None), (told.ended.at if told.ended else None)
    if begun is None and over is not None:
        begun = max(over - timedelta(milliseconds=duration or 0), EPOCH)
    if begun is None:
        return replace(report, own_key=_own_key(told))
    if over is None and told.state == ENDED and told.started is not None:
        over = span_of(told.started, None, duration).ended
    return replace(
        report,
        precision=Precision.EXACT,
        started_ticks=told.started.ticks if told.started else to_ms(begun) * (TICKS_PER_SECOND // 1000),
        own_key=_own_key(told),
        started=begun,
        ended=over,
        duration_ms=between(begun, over) if duration is None else duration,
    )


def _own_key(told: Parameters) -> str:
    """Apart from those that we give ourselves."""
    return f"run:{told.run}" if told.run else ""


def _cut_short(report: Report) -> Report:
    """What is left of a run of which nobody knows how it ended: whatever it printed so far tells of no success."""
    return Report(
        operation=report.operation,
        status=Status.INTERRUPTED,
        precision=Precision.ARRIVAL,
        format=report.format,
        message=CUT_SHORT,
        log=report.log,
        log_omitted=report.log_omitted,
    )


def with_part(query: str, number: int) -> str:
    """A query that says which run of its body it is for; that of the first says nothing."""
    return query if number == 1 else f"{PART}={number}&{query}".rstrip("&")
