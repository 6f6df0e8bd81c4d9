"""An archive that borg made: an object of `--json`, or the lines of `--stats`."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from duplistat.core.durations import parse_duration
from duplistat.core.local_clock import offset_of, ticks_of
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.times import parse_iso
from duplistat.core.tool_output import Output, Told, seconds_ms, whole_number
from duplistat.formats.borg import signs


def of_document(document: Mapping[str, Any], told: Told) -> Report | None:
    """The backup that an object tells of: a success, unless files of it could not be read; None without an archive."""
    archive = document.get("archive")
    stats = archive.get("stats") if isinstance(archive, dict) else None
    if not isinstance(archive, dict) or not isinstance(stats, dict):
        return None
    cache = document.get("cache")
    sums = cache.get("stats") if isinstance(cache, dict) else None
    storage = whole_number(sums, "unique_csize") if isinstance(sums, dict) else None
    states = stats.get("files_stats")
    failed = whole_number(states, "E") if isinstance(states, dict) else None
    report = Report(
        operation=BACKUP,
        status=Status.WARNING if failed else Status.SUCCESS,
        precision=Precision.ARRIVAL,
        duration_ms=seconds_ms(archive, "duration"),
        files=whole_number(stats, "nfiles"),
        size=whole_number(stats, "original_size"),
        uploaded=whole_number(stats, "deduplicated_size"),
        storage=storage,
        files_failed=failed or None,
        approximate=("storage",) if storage is not None else (),
        numbers={n: number for n in ("compressed_size",) if (number := whole_number(stats, n)) is not None},
    )
    return _timed(report, archive.get("start"), archive.get("end"), told)


def of_text(output: Output, told: Told) -> Report | None:
    """The same from lines of text, whose sizes are rounded; None without them, or when what matters is cut off."""
    sizes = output.last(signs.THIS_ARCHIVE)
    original, added = output.last(signs.ORIGINAL), output.last(signs.DEDUPLICATED)
    ended, files = output.last(signs.ENDED), output.last(signs.FILES)
    texts = {"size": sizes[1], "added": sizes[3]} if sizes else {}
    if not sizes and original:
        # Later versions of borg 2 do not say what was added.
        texts = {"size": original[1], **({"added": added[1]} if added else {})}
    if not texts or files is None or (added is None and not sizes and ended is None):
        return None
    everything, duration = output.last(signs.ALL_ARCHIVES), output.last(signs.DURATION)
    texts |= {"storage": everything[3]} if everything else {}
    unreadable = output.last(signs.UNREADABLE)
    failed = int(unreadable[1]) if unreadable else 0
    started = output.last(signs.STARTED)
    report = Report(
        operation=BACKUP,
        status=Status.WARNING if failed else Status.SUCCESS,
        precision=Precision.ARRIVAL,
        duration_ms=parse_duration(duration[1]) if duration else None,
        files=int(files[1]),
        size=size_of(texts["size"]),
        uploaded=size_of(texts["added"]) if "added" in texts else None,
        storage=size_of(texts["storage"]) if "storage" in texts else None,
        files_failed=failed or None,
        approximate=tuple(name for name, text in texts.items() if is_rounded(text)),
    )
    return _timed(report, _iso(started), _iso(ended), told)


def _iso(found: re.Match[str] | None) -> str:
    return f"{found[1].replace(' ', 'T')}{found[2] or ''}" if found else ""


def _timed(report: Report, start: object, end: object, told: Told) -> Report:
    """With its times. borg 1.x writes them without a zone, and both in whole seconds."""
    started, ended = parse_iso(start), parse_iso(end)
    if started is None or ended is None:
        return report
    if started.offset_minutes is not None:
        return replace(
            report,
            precision=Precision.EXACT,
            started_ticks=started.ticks,
            started=started.at,
            ended=ended.at,
            offset_minutes=started.offset_minutes,
        )
    offset = offset_of(ended.at.replace(tzinfo=None), told.received)
    if offset is None:
        return report
    return replace(
        report,
        precision=Precision.SECOND,
        started_ticks=ticks_of(started.at - offset),
        started=started.at - offset,
        ended=max(ended.at - offset, _after(started.at - offset, report.duration_ms)),
        offset_minutes=offset // timedelta(minutes=1),
    )


def _after(started: datetime, duration_ms: int | None) -> datetime:
    try:
        return started + timedelta(milliseconds=duration_ms or 0)
    except OverflowError:  # past year 9999
        return started.astimezone(UTC)
