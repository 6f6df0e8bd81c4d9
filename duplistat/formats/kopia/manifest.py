"""kopia's manifest of a snapshot, as `snapshot create --json` prints one for each source."""

from collections.abc import Mapping
from typing import Any

from duplistat.core.durations import between
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import clip_name, first_line
from duplistat.core.times import parse_iso
from duplistat.core.tool_output import text_of, whole_number

# Why a manifest is incomplete, where somebody or something ended the run.
_ENDED = frozenset({"canceled", "cancelled", "checkpoint"})


def is_manifest(item: object) -> bool:
    """Whether an object is a manifest that a run made: a list of snapshots has the reasons why each is kept."""
    if not isinstance(item, dict) or "retentionReason" in item:
        return False
    source = item.get("source")
    return isinstance(source, dict) and {"host", "path"} <= source.keys() and "startTime" in item


def is_listed(item: object) -> bool:
    """Whether an object is a snapshot of a list."""
    return isinstance(item, dict) and "retentionReason" in item and "source" in item


def source_of(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """Host, user and path."""
    source = item["source"]
    return text_of(source, "host"), text_of(source, "userName"), text_of(source, "path")


def read(item: Mapping[str, Any]) -> Report:
    """The backup that a manifest tells of, with how it ended as far as the manifest knows."""
    host, _, path = source_of(item)
    root = _object(item, "rootEntry")
    # Of the whole tree, cached or not; the statistics are of what this run looked at.
    tree, stats = _object(root, "summ"), _object(item, "stats")
    started, ended = parse_iso(item.get("startTime")), parse_iso(item.get("endTime"))
    failed = max(whole_number(tree, "numFailed") or 0, whole_number(stats, "errorCount") or 0)
    ignored = max(whole_number(tree, "numIgnoredErrors") or 0, whole_number(stats, "ignoredErrorCount") or 0)
    incomplete = text_of(item, "incomplete") or text_of(tree, "incomplete")
    files, size = whole_number(tree, "files"), whole_number(tree, "size")
    files = whole_number(stats, "fileCount") if files is None else files
    known = bool(tree) or bool(stats)
    status, message = _outcome(incomplete, failed, ignored, files, _problem(tree), known)
    new = _object(_object(item, "storageStats"), "newData")
    return Report(
        operation=BACKUP,
        status=status,
        precision=Precision.EXACT if started else Precision.ARRIVAL,
        started_ticks=started.ticks if started else None,
        format="kopia-backup",
        server_name=clip_name(host),
        job_name=clip_name(path),
        started=started.at if started else None,
        ended=ended.at if ended else None,
        duration_ms=between(started.at if started else None, ended.at if ended else None),
        # Always UTC, whatever the zone of the machine is.
        offset_minutes=None,
        files=files,
        size=whole_number(stats, "totalSize") if size is None else size,
        uploaded=whole_number(new, "packedContentBytes"),
        files_failed=failed or None,
        errors=failed,
        warnings=ignored,
        partial=bool(incomplete or failed),
        message=message,
        numbers={
            name: number
            for name in (
                "cachedFiles",
                "nonCachedFiles",
                "dirCount",
                "excludedFileCount",
                "excludedTotalSize",
            )
            if (number := whole_number(stats, name)) is not None
        },
    )


def _outcome(
    incomplete: str, failed: int, ignored: int, files: int | None, problem: str, known: bool
) -> tuple[Status, str]:
    if incomplete:
        ended = incomplete.lower() in _ENDED
        return (Status.INTERRUPTED if ended else Status.WARNING), f"Incomplete: {first_line(incomplete)}"
    if failed:
        return Status.ERROR, problem or f"{failed} entries failed"
    if ignored:
        return Status.WARNING, problem or f"{ignored} errors were ignored"
    if files == 0:
        return Status.WARNING, "The source holds no files"
    return (Status.SUCCESS if known else Status.UNKNOWN), ""


def _problem(tree: Mapping[str, Any]) -> str:
    """The first entry that failed, with its path, and how many others are named."""
    errors = tree.get("errors")
    named = [item for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []
    if not named:
        return ""
    text, path = text_of(named[0], "error"), text_of(named[0], "path")
    others = f" (and {len(named) - 1} more)" if len(named) > 1 else ""
    return first_line(f"{path}: {text}{others}" if path else f"{text}{others}")


def _object(fields: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = fields.get(key)
    return value if isinstance(value, dict) else {}
