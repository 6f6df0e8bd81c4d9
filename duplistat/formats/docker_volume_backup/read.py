"""docker-volume-backup's notifications: its default texts, and the object that our template makes of its statistics."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from duplistat.core import exit_codes
from duplistat.core.durations import MOST_SECONDS
from duplistat.core.notification_json import notification_of
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.times import TICKS_PER_SECOND, parse_iso
from duplistat.core.tool_output import Output, Reading, Told, settled, text_of, whole_number

TOOL = "docker-volume-backup"
_TITLE = re.compile(
    r"\b(Success|Failure) running docker-volume-backup at (\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))"
)
_SUCCEEDED = re.compile(r"\bRunning docker-volume-backup succeeded\.")
_FAILED = re.compile(r"\bRunning docker-volume-backup failed with error: ?(.*)")
_LOG_PROBLEM = re.compile(r"\blevel=(?:WARN|ERROR)\w* .{0,300}?msg=\"?([^\"]+)", re.IGNORECASE)
_NO_TIME = "0001-01-01T"


def read(output: Output, told: Told) -> Reading | None:
    """What a notification of docker-volume-backup tells of, the last one; None when it is none."""
    if TOOL not in output.text:
        return None
    statistics = [
        item
        for item in (*output.documents, *output.objects)
        if isinstance(item, dict) and item.get("tool") == TOOL and isinstance(item.get("stats"), dict)
    ]
    note = notification_of(output)
    if not statistics and note.message is not output:
        statistics = [
            item
            for item in note.message.documents
            if isinstance(item, dict) and item.get("tool") == TOOL and isinstance(item.get("stats"), dict)
        ]
    report = _of_statistics(statistics[-1]) if statistics else _of_text(note.message, note.title)
    if report is None:
        return None
    by_exit = None if told.exit is None else exit_codes.plain(told.exit)
    claim = None if report.status is Status.UNKNOWN else report.status
    report = replace(report, status=settled(claim, by_exit), format=f"{TOOL}-backup")
    return Reading(f"{TOOL}.backup", (report,))


def _of_statistics(item: Mapping[str, Any]) -> Report:
    stats, error = item["stats"], text_of(item, "error")
    file, containers = _object(stats, "BackupFile"), _object(stats, "Containers")
    size = whole_number(file, "Size")
    started, ended = parse_iso(stats.get("StartTime")), parse_iso(stats.get("EndTime"))
    took = whole_number(stats, "TookTime")
    problem = _left(stats, containers)
    # No file was written, whatever else went well.
    status = Status.ERROR if error else Status.WARNING if problem or size == 0 else Status.SUCCESS
    if not error and size is None and started is None:
        status = Status.UNKNOWN
    report = Report(
        operation=BACKUP,
        status=status,
        precision=Precision.ARRIVAL,
        # Go's duration, in nanoseconds; zero in a run that failed before its end.
        duration_ms=round(took / 1_000_000) if took and took <= MOST_SECONDS * 10**9 else None,
        size=size or None,
        uploaded=size or None,
        versions=_versions(stats),
        message=first_line(error or problem or ("No file was written" if size == 0 else "")),
        numbers={
            f"containers_{name.lower()}": number
            for name in ("All", "ToStop", "Stopped", "StopErrors")
            if (number := whole_number(containers, name)) is not None
        },
    )
    if started is None:
        return report
    return replace(
        report,
        precision=Precision.EXACT,
        started_ticks=started.ticks,
        started=started.at,
        ended=ended.at if ended else None,
        offset_minutes=started.offset_minutes,
    )


def _left(stats: Mapping[str, Any], containers: Mapping[str, Any]) -> str:
    """What went wrong beside the backup itself; "" for nothing."""
    services = _object(stats, "Services")
    if stopping := (whole_number(containers, "StopErrors") or 0) + (
        whole_number(services, "ScaleDownErrors") or 0
    ):
        return f"{stopping} containers or services could not be stopped"
    storages = [item for item in _object(stats, "Storages").values() if isinstance(item, dict)]
    if pruning := sum(whole_number(item, "PruneErrors") or 0 for item in storages):
        return f"{pruning} old backups could not be deleted"
    return ""


def _versions(stats: Mapping[str, Any]) -> int | None:
    """How many backups are left in the storage that has fewest; None where none was looked at for old ones."""
    left = [
        total - (whole_number(item, "Pruned") or 0)
        for item in _object(stats, "Storages").values()
        if isinstance(item, dict) and (total := whole_number(item, "Total"))
    ]
    return max(min(left), 0) if left else None


def _of_text(body: Output, title: str) -> Report | None:
    head = _TITLE.search(title) or body.last(_TITLE)
    failed, succeeded = body.last(_FAILED), body.last(_SUCCEEDED)
    if head is None and failed is None and succeeded is None:
        return None
    status = Status.UNKNOWN
    if failed is not None or (head is not None and head[1] == "Failure"):
        status = Status.ERROR
    elif succeeded is not None or head is not None:
        status = Status.SUCCESS
    logged = body.last(_LOG_PROBLEM)
    message = ""
    if status is Status.ERROR:
        message = first_line((failed[1] if failed else "") or (logged[1] if logged else ""))
    report = Report(operation=BACKUP, status=status, precision=Precision.ARRIVAL, message=message)
    started = parse_iso(head[2]) if head and not head[2].startswith(_NO_TIME) else None
    if started is None:
        return report
    return replace(
        report,
        precision=Precision.SECOND,
        started_ticks=started.ticks // TICKS_PER_SECOND * TICKS_PER_SECOND,
        started=started.at,
        offset_minutes=started.offset_minutes,
    )


def _object(fields: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = fields.get(key)
    return value if isinstance(value, dict) else {}
