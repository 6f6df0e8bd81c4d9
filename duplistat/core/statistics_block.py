"""The block of numbers that duplicity and rdiff-backup end with, of one origin:

--------------[ Session statistics ]--------------
StartTime 1795879916.00 (Sat Nov 28 16:31:56 2026)
…
Errors 0
--------------------------------------------------
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from duplistat.core.durations import MOST_SECONDS
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.status import Status
from duplistat.core.times import EPOCH, TICKS_PER_SECOND, Moment, from_unix
from duplistat.core.tool_output import Output

_HEAD = re.compile(r"-{5,}\[ ?(?:Backup|Session) statistics ?\]-{5,}", re.IGNORECASE)
_END = re.compile(r"-{40,}\s*$")
_FIELD = re.compile(
    r"(?:^|\s)(StartTime|EndTime|ElapsedTime|Source(?:Files|FileSize)|Mirror(?:Files|FileSize)"
    r"|(?:New|Deleted)(?:Files|FileSize)|Changed(?:Files|FileSize|DeltaSize|SourceSize|MirrorSize)"
    r"|DeltaEntries|RawDeltaSize|Increment(?:Files|FileSize)|TotalDestinationSizeChange|Errors)"
    r" (-?\d{1,18}(?:\.\d{1,9})?)(?: \([^()]*\))?\s*$",
    re.ASCII,
)


def last_of(output: Output) -> tuple[dict[str, float], int] | None:
    """The numbers of the last block by their names, and the line where it ends (or breaks off); None without any.

    Its head may be cut off, and lines of others may be in between.
    """
    if "Errors " not in output.text and "SourceFile" not in output.text:
        return None
    block: dict[str, float] = {}
    found, closed = None, False
    for number, line in enumerate(output.lines):
        if _HEAD.search(line):
            block, closed = {}, False
            found = block, number
        elif field := _FIELD.search(line):
            if closed:
                block, closed = {}, False
            block[field[1]] = float(field[2])
            found = block, number
        elif block and _END.search(line):
            closed = True
    return found


def count(block: Mapping[str, float], name: str) -> int | None:
    """A number of things or bytes; None for one that is missing or below zero."""
    value = block.get(name)
    return int(value) if value is not None and 0 <= value < 2**63 else None


def moment(block: Mapping[str, float], name: str) -> Moment | None:
    """A time, told in seconds since 1970."""
    value = block.get(name)
    if value is None or not 0 <= value < 10**12:
        return None
    whole = from_unix(int(value))
    if whole is None:
        return None
    micro = round((value - int(value)) * 1_000_000)
    ticks = int(value) * TICKS_PER_SECOND + micro * 10
    return Moment(EPOCH + timedelta(seconds=int(value), microseconds=micro), ticks, None)


NOTHING_FOUND = "The source holds no files"


def found_nothing(report: Report) -> bool:
    """Whether a source held no files: its own folder is counted, by duplicity with its size, which mostly is 4096."""
    return report.files == 0 or (report.files == 1 and report.size in (0, 4096))


def duration_ms(block: Mapping[str, float]) -> int | None:
    """Milliseconds that it took."""
    value = block.get("ElapsedTime")
    return round(value * 1000) if value is not None and 0 <= value <= MOST_SECONDS else None


def backup_of(block: Mapping[str, float], numbers: Sequence[str], *, exact: bool) -> Report:
    """The backup that such numbers tell of; `numbers` are kept under their own names.

    Its start names the run: to the fraction if it is `exact`, else by whole seconds.
    """
    started, ended = (moment(block, name) for name in ("StartTime", "EndTime"))
    errors = count(block, "Errors")
    report = Report(
        operation=BACKUP,
        status=Status.UNKNOWN if errors is None else Status.WARNING if errors else Status.SUCCESS,
        precision=Precision.ARRIVAL,
        duration_ms=duration_ms(block),
        files=count(block, "SourceFiles"),
        size=count(block, "SourceFileSize"),
        uploaded=count(block, "TotalDestinationSizeChange"),
        files_added=count(block, "NewFiles"),
        files_modified=count(block, "ChangedFiles"),
        files_deleted=count(block, "DeletedFiles"),
        errors=errors,
        numbers={name: number for name in numbers if (number := count(block, name)) is not None},
    )
    if started is None:
        return report
    return replace(
        report,
        precision=Precision.EXACT if exact else Precision.SECOND,
        started_ticks=started.ticks if exact else started.ticks // TICKS_PER_SECOND * TICKS_PER_SECOND,
        started=started.at,
        ended=ended.at if ended else None,
    )
