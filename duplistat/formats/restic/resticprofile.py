"""The status file of resticprofile: how each profile's last backup, check and retention ended."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from duplistat.core.report import BACKUP, OTHER, PRUNE, VERIFY, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import clip_name, first_line
from duplistat.core.times import TICKS_PER_SECOND, parse_iso
from duplistat.core.tool_output import Output, Reading, Told, settled, text_of, whole_number
from duplistat.formats.restic import exit_codes, signs

MOST_RUNS = 1000

_OPERATIONS = {
    "backup": BACKUP,
    "check": VERIFY,
    "retention": PRUNE,
    "forget": PRUNE,
    "prune": PRUNE,
    "copy": OTHER,
}
_EXIT = re.compile(r"\bexit status (\d{1,3})\b")
_SIGNAL = re.compile(r"\b(?:signal: (?:interrupt|terminated|killed|hangup)|context canceled)", re.IGNORECASE)
# A year: a run that takes longer is none.
_LONGEST = 366 * 86_400


def read(output: Output, told: Told) -> Reading | None:
    """What a status file tells of: a report for each run in it, with the profile as its job; None for anything else.

    The exit code, if there is one, is that of the latest.
    """
    if '"profiles"' not in output.text:
        return None
    files = [item for item in output.documents if isinstance(item, dict) and "profiles" in item]
    runs = list(_runs(files[-1]["profiles"]))[:MOST_RUNS] if files else []
    if not runs:
        return None
    runs.sort(key=lambda run: run.started_ticks or 0)
    runs.sort(key=lambda run: run.ended.timestamp() if run.ended else 0.0)
    latest = runs[-1]
    runs[-1] = replace(latest, status=settled(latest.status, exit_codes.status_of(told.exit)))
    return Reading(f"resticprofile.{latest.operation}", tuple(runs))


def _runs(profiles: object) -> Iterator[Report]:
    for profile, commands in profiles.items() if isinstance(profiles, dict) else ():
        for command, fields in commands.items() if isinstance(commands, dict) else ():
            operation = _OPERATIONS.get(command)
            if operation and isinstance(fields, dict) and isinstance(fields.get("success"), bool):
                yield _run(profile, operation, fields)


def _run(profile: str, operation: str, fields: Mapping[str, Any]) -> Report:
    status = _status(operation, fields)
    ended, seconds = parse_iso(fields.get("time")), whole_number(fields, "duration")
    report = Report(
        operation=operation,
        status=status,
        precision=Precision.ARRIVAL,
        format=f"resticprofile-{operation}",
        job_name=clip_name(profile),
        duration_ms=seconds * 1000 if seconds is not None and seconds <= _LONGEST else None,
        message="" if status is Status.SUCCESS else _message(fields),
    )
    if operation == BACKUP:
        report = _counted(report, fields)
    if ended is None:
        return report
    report = replace(report, ended=ended.at, offset_minutes=ended.offset_minutes)
    if report.duration_ms is None:
        return report
    # The end is exact, and the duration rounded up to seconds. The start that is made of both is the same each time
    # that the file is sent, which names the run.
    ticks = (ended.ticks // TICKS_PER_SECOND - report.duration_ms // 1000) * TICKS_PER_SECOND
    return replace(
        report,
        precision=Precision.SECOND,
        started_ticks=ticks,
        started=ended.at - timedelta(milliseconds=report.duration_ms),
    )


def _counted(report: Report, fields: Mapping[str, Any]) -> Report:
    """The numbers of a backup: all of them are zero where resticprofile was not told to look for them."""
    numbers = {key: whole_number(fields, key) for key in _NUMBERS}
    if not any(numbers.values()):
        return report
    return replace(
        report,
        files=numbers["files_total"],
        size=numbers["bytes_total"],
        uploaded=numbers["bytes_added"],
        files_added=numbers["files_new"],
        files_modified=numbers["files_changed"],
        numbers={key: value for key, value in numbers.items() if value is not None and key in _OTHERS},
    )


_OTHERS = ("files_unmodified", "dirs_new", "dirs_changed", "dirs_unmodified", "bytes_added_packed")
_NUMBERS = ("files_total", "bytes_total", "bytes_added", "files_new", "files_changed", *_OTHERS)


def _status(operation: str, fields: Mapping[str, Any]) -> Status:
    error, printed = text_of(fields, "error"), text_of(fields, "stderr")
    if fields["success"]:
        left_out = any(
            pattern.search(line)
            for pattern in (signs.SKIPPED, signs.UNREADABLE, signs.ERROR_LINE, signs.FATAL)
            for line in printed.splitlines()
        )
        return Status.WARNING if error or left_out else Status.SUCCESS
    if _SIGNAL.search(error) or "context canceled" in printed:
        return Status.INTERRUPTED
    code = _EXIT.search(error)
    if code is None:
        return Status.ERROR
    found = exit_codes.status_of(int(code[1]))
    if found is Status.WARNING and operation == VERIFY:
        return Status.ERROR
    return found if found not in (None, Status.SUCCESS) else Status.ERROR


def _message(fields: Mapping[str, Any]) -> str:
    """restic's own words, or else what resticprofile says of its end."""
    lines = text_of(fields, "stderr").splitlines()
    for pattern in (signs.FATAL, signs.ERROR_LINE):
        for line in reversed(lines):
            if (found := pattern.search(line)) is not None:
                return first_line(found[1])
    for line in lines:
        if signs.SKIPPED.search(line) or signs.UNREADABLE.search(line):
            return first_line(line)
    return first_line(text_of(fields, "error") or text_of(fields, "stderr"))
