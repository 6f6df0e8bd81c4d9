"""rclone's log: JSON lines, text, or both; all of it on standard error, and nothing of a success without -v."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from duplistat.core import exit_codes
from duplistat.core.durations import parse_duration
from duplistat.core.local_clock import offset_of, ticks_of
from duplistat.core.report import BACKUP, PRUNE, VERIFY, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.times import parse_iso
from duplistat.core.tool_output import Output, Reading, Told, seconds_ms, settled, text_of, whole_number

NOTHING_FOUND = "The source holds no files"
# Nothing was transferred, which only --error-on-no-transfer calls an error.
_NOTHING_TO_DO = 9

_SOURCE = re.compile(r"\.go:\d+$")
_LINE = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) (?:(?:DEBUG|INFO|NOTICE|ERROR|CRITICAL) *: |Failed to )"
)
_FAILED = re.compile(
    r"(?:Failed to \w+(?: \w+)*?(?: with \d+ errors)?(?:: last error was)?|Fatal error): (.+)"
)
_FAILED_CREATE = re.compile(r'Failed to create file system for "[^"]*": (.+)')
_INTERRUPTED = re.compile(r"Signal received: (?:interrupt|terminated|hangup)")
_DRY = re.compile(r"as --dry-run is set")
_CHECK = re.compile(
    r"\d+ (?:differences found|matching files|errors while checking)|Failed to (?:crypt)?check\b"
)
_MATCHING = re.compile(r"(\d+) matching files")
_DIFFERENCES = re.compile(r"(\d+) differences found")
# Of `delete` and `purge`, and what any other command says of a file.
_ONE_DELETED = re.compile(r"(?:^|: )(?:Deleted|Removing directory)$")
_ONE_DONE = re.compile(r"(?:^|: )(?:Copied|Moved|Updated|Multi-thread Copied|There was nothing to transfer)")
# `rclone size`.
_OBJECTS = re.compile(r"^Total objects: \d")
_TOTAL = re.compile(r"^Total size: \d")
_ATTEMPT = re.compile(r"Attempt \d+/\d+ failed with \d+ errors? and: (.+)")

_SIZE = r"(\d[\d.]* ?[KMGTPE]?i?B(?:ytes?)?)"
# What --progress writes over itself stands in one line where there is no terminal.
_BYTES = re.compile(
    rf"(?:Transferred:\s+|- +|: +|^ *|(?<=[)s-])){_SIZE} / {_SIZE}, (?:(\d+)%|-), ", re.IGNORECASE
)
_COUNT = re.compile(r"Transferred:\s+(\d+) / (\d+), ")
_ERRORS = re.compile(r"Errors:\s+(\d+)")
_CHECKS = re.compile(r"Checks:\s+(\d+) / ")
_DELETED = re.compile(r"Deleted:\s+(\d+)")
_RENAMED = re.compile(r"Renamed:\s+[1-9]")
_ELAPSED = re.compile(r"Elapsed time:\s+((?:\d+d)?(?:\d+h)?(?:\d+m)?[\d.]+s)")


def status_of(code: int | None) -> Status | None:
    """How a run ended by its exit code; None without one."""
    if code is None:
        return None
    return Status.SUCCESS if code == _NOTHING_TO_DO else exit_codes.plain(code)


def read(output: Output, told: Told) -> Reading | None:
    """What an output of rclone tells of; None when it is none."""
    log = [item for item in output.objects if _is_log(item)]
    # Mostly it is text alone, which is not held twice.
    plain = (
        Output("\n".join([*_plain_lines(output), *(text_of(item, "msg") for item in log)])) if log else output
    )
    if not log and plain.first(_OBJECTS) is not None and plain.first(_TOTAL) is not None:
        return Reading("rclone.inventory")
    if not log and plain.first(_LINE) is None and not (plain.first(_BYTES) and plain.first(_ELAPSED)):
        return None
    stats = next((item for item in reversed(log) if isinstance(item.get("stats"), dict)), None)
    operation = VERIFY if plain.first(_CHECK) is not None else told.operation or BACKUP
    if told.exit == 0 and not told.operation and stats is None and _only_deletes(plain):
        operation = PRUNE
    found = _of_stats(stats) if stats is not None else _of_text(plain, told)
    if operation == VERIFY:
        found = _of_check(found, plain)
    elif operation == BACKUP:
        found = _emptied(found, plain, stats)
    status = settled(_claim(plain, found), status_of(told.exit))
    report = replace(
        found,
        operation=operation,
        status=status,
        format=f"rclone-{operation}",
        dry_run=plain.first(_DRY) is not None or any("skipped" in item for item in log),
        message="" if status is Status.SUCCESS else _message(plain, stats) or found.message,
    )
    return Reading(f"rclone.{operation}", (report,))


def _is_log(item: Mapping[str, Any]) -> bool:
    return "level" in item and "msg" in item and bool(_SOURCE.search(text_of(item, "source")))


def _plain_lines(output: Output) -> list[str]:
    return [line for line in output.lines if not line.rstrip().endswith("}")]


def _of_stats(item: Mapping[str, Any]) -> Report:
    """The last line that has statistics: done when nothing is left to be transferred."""
    stats: Mapping[str, Any] = item["stats"]
    errors, transfers = whole_number(stats, "errors"), whole_number(stats, "transfers")
    left = any(stats.get(key) for key in ("transferring", "checking"))
    left = left or any(
        (whole_number(stats, total) or 0) > (whole_number(stats, done) or 0)
        for total, done in (
            ("totalTransfers", "transfers"),
            ("totalBytes", "bytes"),
            ("totalChecks", "checks"),
        )
    )
    report = Report(
        operation=BACKUP,
        status=Status.ERROR
        if errors or stats.get("fatalError")
        else Status.UNKNOWN
        if left
        else Status.SUCCESS,
        precision=Precision.ARRIVAL,
        duration_ms=seconds_ms(stats, "elapsedTime"),
        files=transfers,
        uploaded=whole_number(stats, "bytes"),
        files_deleted=whole_number(stats, "deletes"),
        errors=errors,
    )
    ended = parse_iso(item.get("time"))
    if ended is None or ended.offset_minutes is None:
        return report
    return _timed(report, ended.at, Precision.EXACT, ended.offset_minutes)


def _of_text(plain: Output, told: Told) -> Report:
    """The block of text that ends a run, or its one line; sizes are rounded, times without a zone."""
    line = plain.last(_BYTES)
    # Of several in one line it is the last.
    size = [*_BYTES.finditer(line.string)][-1] if line else None
    count, elapsed = plain.last(_COUNT), plain.last(_ELAPSED)
    errors, deleted = plain.last(_ERRORS), plain.last(_DELETED)
    status = Status.UNKNOWN
    if size is not None and size[3] in (None, "100") and (count is None or count[1] == count[2]):
        status = Status.SUCCESS
    report = Report(
        operation=BACKUP,
        status=Status.ERROR if errors and int(errors[1]) else status,
        precision=Precision.ARRIVAL,
        duration_ms=parse_duration(elapsed[1]) if elapsed else None,
        files=int(count[1]) if count else 0 if elapsed and size else None,
        uploaded=size_of(size[1]) if size else None,
        files_deleted=int(deleted[1]) if deleted else None,
        errors=int(errors[1]) if errors else None,
        approximate=("added",) if size and is_rounded(size[1]) else (),
    )
    latest = plain.last(_LINE)
    ended = parse_iso(latest[1].replace("/", "-")) if latest else None
    offset = offset_of(ended.at.replace(tzinfo=None), told.received) if ended else None
    if ended is None or offset is None:
        return report
    return _timed(report, ended.at - offset, Precision.SECOND, offset // timedelta(minutes=1))


def _only_deletes(plain: Output) -> bool:
    """Whether it is the log of `delete` or `purge`: any other command has a file copied, or numbers at its end."""
    others = (_BYTES, _ONE_DONE)
    return plain.first(_ONE_DELETED) is not None and all(plain.first(other) is None for other in others)


def _of_check(report: Report, plain: Output) -> Report:
    """A comparison: nothing is transferred, and files are those that were found to be the same."""
    same, differ = plain.last(_MATCHING), plain.last(_DIFFERENCES)
    errors = report.errors if report.errors is not None or differ is None else int(differ[1])
    status = report.status
    if status is Status.UNKNOWN and differ is not None:
        status = Status.ERROR if int(differ[1]) else Status.SUCCESS
    return replace(
        report,
        status=status,
        files=int(same[1]) if same else None,
        uploaded=None,
        files_deleted=None,
        errors=errors,
        approximate=(),
    )


def _emptied(report: Report, plain: Output, stats: Mapping[str, Any] | None) -> Report:
    """A warning where all that was there to compare is what was deleted: the source, such as a disk that is not
    mounted, held nothing."""
    if stats is not None:
        checks = whole_number(stats["stats"], "checks")
        renamed = any(stats["stats"].get(name) for name in ("renames", "serverSideMoves", "serverSideCopies"))
    else:
        found = plain.last(_CHECKS)
        checks, renamed = int(found[1]) if found else None, plain.last(_RENAMED) is not None
    deleted = report.files_deleted
    if report.status is not Status.SUCCESS or report.files or renamed or not deleted or checks != deleted:
        return report
    # Whatever is moved away is compared before it is deleted, and counted twice.
    message = f"{NOTHING_FOUND}, and all files at the destination were deleted ({deleted})"
    return replace(report, status=Status.WARNING, message=message)


def _timed(report: Report, ended: datetime, precision: Precision, offset_minutes: int) -> Report:
    """With the end that a log tells of, and the start before it."""
    if report.duration_ms is None:
        return report
    started = ended - timedelta(milliseconds=report.duration_ms)
    return replace(
        report,
        precision=precision,
        started=started,
        started_ticks=ticks_of(started),
        ended=ended,
        offset_minutes=offset_minutes,
    )


def _claim(plain: Output, found: Report) -> Status | None:
    if plain.last(_INTERRUPTED) is not None:
        return Status.INTERRUPTED
    if found.status is Status.ERROR or _failure(plain):
        return Status.ERROR
    return None if found.status is Status.UNKNOWN else found.status


def _failure(plain: Output) -> str:
    """What the last line says of a run that failed; a file that could not be copied at first is none."""
    for line in reversed(plain.lines):
        if found := _FAILED_CREATE.search(line) or (
            None if "Failed to copy: " in line and not _LINE.match(line) else _FAILED.search(line)
        ):
            return found[1]
    return ""


def _message(plain: Output, stats: Mapping[str, Any] | None) -> str:
    last = text_of(stats["stats"], "lastError") if stats is not None else ""
    attempt, interrupted = plain.last(_ATTEMPT), plain.last(_INTERRUPTED)
    text = (
        _failure(plain) or last or (attempt[1] if attempt else "") or (interrupted[0] if interrupted else "")
    )
    return first_line(text)
