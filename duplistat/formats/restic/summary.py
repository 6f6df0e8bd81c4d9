"""restic's summary of a backup: an object of `--json`, or a few lines of text."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from duplistat.core.report import BACKUP, RESTORE, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.times import parse_iso
from duplistat.core.tool_output import Output, seconds_ms, whole_number
from duplistat.formats.restic import signs


def of_object(summary: Mapping[str, Any]) -> Report:
    """The backup that a summary tells of: a success, as far as the summary knows."""
    started, ended = parse_iso(summary.get("backup_start")), parse_iso(summary.get("backup_end"))
    report = Report(
        operation=BACKUP,
        status=Status.SUCCESS,
        precision=Precision.ARRIVAL,
        duration_ms=seconds_ms(summary, "total_duration"),
        files=whole_number(summary, "total_files_processed"),
        size=whole_number(summary, "total_bytes_processed"),
        uploaded=whole_number(summary, "data_added"),
        files_added=whole_number(summary, "files_new"),
        files_modified=whole_number(summary, "files_changed"),
        dry_run=summary.get("dry_run") is True,
        numbers={name: number for name in _OTHERS if (number := whole_number(summary, name)) is not None},
    )
    if started is None:
        return report
    return replace(
        report,
        precision=Precision.EXACT,
        started_ticks=started.ticks,
        started=started.at,
        ended=ended.at if ended is not None else None,
        offset_minutes=started.offset_minutes,
    )


def of_text(output: Output) -> Report | None:
    """The same from lines of text, whose sizes are rounded; None without such lines, or when they are cut."""
    processed = output.last(signs.PROCESSED)
    if processed is None:
        return None
    files, added = output.last(signs.FILES), output.last(signs.ADDED)
    sizes = {"size": processed[2], **({"added": added[2]} if added else {})}
    return Report(
        operation=BACKUP,
        status=Status.SUCCESS,
        precision=Precision.ARRIVAL,
        duration_ms=clock_ms(processed[3]),
        files=int(processed[1]),
        size=size_of(sizes["size"]),
        uploaded=size_of(sizes["added"]) if added else None,
        files_added=int(files[1]) if files else None,
        files_modified=int(files[2]) if files else None,
        dry_run=added is not None and added[1] == "Would add",
        approximate=tuple(name for name, text in sizes.items() if is_rounded(text)),
    )


def of_restored(output: Output) -> Report | None:
    """A restore by the line that ends it; what was there already, and was skipped, is not counted."""
    found = output.last(signs.RESTORED)
    if found is None:
        return None
    done, total, size, duration, skipped = found.groups()
    whole = total is None or int(done) + int(skipped or 0) >= int(total)
    return Report(
        operation=RESTORE,
        status=Status.SUCCESS if whole else Status.UNKNOWN,
        precision=Precision.ARRIVAL,
        duration_ms=clock_ms(duration),
        files=int(done),
        size=size_of(size),
        approximate=("size",) if is_rounded(size) else (),
    )


_OTHERS = (
    "data_added_packed",
    "files_unmodified",
    "dirs_new",
    "dirs_changed",
    "dirs_unmodified",
    "data_blobs",
)


def clock_ms(text: str) -> int:
    """Milliseconds of m:ss or h:mm:ss."""
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1000
