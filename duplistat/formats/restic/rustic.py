"""rustic's output: of `backup --json` the snapshot of each source, of `--json-progress` restic's lines, or text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from duplistat.core import exit_codes
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.text import clip_name, first_line
from duplistat.core.tool_output import Output, Reading, Told, settled, text_of, whole_number
from duplistat.formats.restic import read as restic
from duplistat.formats.restic import summary

MOST_SNAPSHOTS = 1000

_PROCESSED = re.compile(r"\bprocessed (\d{1,15}) files?, (\d\S* ?[KMGTPE]?i?B)\s*$")
_FILES = re.compile(r"\bFiles: +(\d{1,15}) new, (\d{1,15}) changed, (\d{1,15}) unchanged")
_ADDED = re.compile(r"\bAdded to the repo: (\d\S* ?[KMGTPE]?i?B) \(raw: (\d\S* ?[KMGTPE]?i?B)\)")
_SAVED = re.compile(r"\bsnapshot [0-9a-f]{8,64} successfully saved\.")
_ERROR = re.compile(r"\[ERROR\] (.+)|^(?:.*\s)?error: (.+)")
_FAILED = re.compile(r"\b(error backing up .+|Not all snapshots were generated successfully!?)")
_WARN = re.compile(r"\[WARN\] (.+)")
_OWN = re.compile(r"\brustic(?:_core)?\b")


def read(output: Output, told: Told) -> Reading | None:
    """What an output of rustic tells of: a report for each snapshot; None when it is none.

    What `--json-progress` prints at its end cannot be told from restic's: it is rustic's where its sender says so.
    """
    items = list(_items(output)) if '"program_version"' in output.text else []
    snapshots = [item for item in items if _is_snapshot(item) and "summary" in item]
    if not snapshots and any(_is_group(item) for item in items):
        return Reading("rustic.inventory")
    reports = [_of_snapshot(item) for item in snapshots[-MOST_SNAPSHOTS:]]
    if not reports and (found := _of_text(output)) is not None:
        reports = [found]
    if not reports:
        return _as_restic(output, told) if told.tool == "rustic" else None
    by_exit = None if told.exit is None else exit_codes.plain(told.exit)
    problem, failed = _problem(output)
    return Reading("rustic.backup", tuple(_settled(item, by_exit, problem, failed) for item in reports))


def _as_restic(output: Output, told: Told) -> Reading | None:
    found = restic.read(output, told)
    if found is None:
        return None
    named = (replace(report, format=f"rustic-{report.operation}") for report in found.reports)
    return Reading(found.recognised.replace("restic.", "rustic.", 1), tuple(named))


def _items(output: Output) -> Iterator[Any]:
    for item in (*output.documents, *([] if output.documents else output.objects)):
        yield from item if isinstance(item, list) and not _is_group(item) else (item,)


def _is_snapshot(item: object) -> bool:
    return (
        isinstance(item, dict)
        and text_of(item, "program_version").startswith("rustic")
        and "tree" in item
        and "time" in item
    )


def _is_group(item: object) -> bool:
    """Snapshots in a list: those of a group, with what they have in common."""
    if isinstance(item, dict):
        return isinstance(item.get("snapshots"), list) and ("group_key" in item or "key" in item)
    return (
        isinstance(item, list)
        and len(item) == 2
        and isinstance(item[1], list)
        and all(_is_snapshot(part) for part in item[1])
    )


def _of_snapshot(item: Mapping[str, Any]) -> Report:
    found = item["summary"]
    if not isinstance(found, dict):
        found = {}
    report = summary.of_object(found)
    paths = item.get("paths")
    named = [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []
    known = "total_files_processed" in found
    return replace(
        report,
        status=Status.SUCCESS if known else Status.UNKNOWN,
        server_name=clip_name(text_of(item, "hostname")),
        job_name=clip_name(", ".join(named)),
        numbers={
            **report.numbers,
            **{key: number for key in _OTHERS if (number := whole_number(found, key)) is not None},
        },
    )


_OTHERS = ("total_dirs_processed", "data_added_files", "data_added_trees", "tree_blobs")


def _of_text(output: Output) -> Report | None:
    """The same from lines of its log, whose sizes are rounded; None where they are not rustic's."""
    if "successfully saved" not in output.text and "(raw: " not in output.text:
        return None
    saved, added = output.last(_SAVED), output.last(_ADDED)
    if saved is None and added is None:
        return None
    processed, files = output.last(_PROCESSED), output.last(_FILES)
    if processed is None and output.first(_OWN) is None and files is None:
        return None
    sizes = {**({"size": processed[2]} if processed else {}), **({"added": added[2]} if added else {})}
    return Report(
        operation=BACKUP,
        status=Status.SUCCESS if saved is not None else Status.UNKNOWN,
        precision=Precision.ARRIVAL,
        files=int(processed[1]) if processed else None,
        size=size_of(processed[2]) if processed else None,
        uploaded=size_of(added[2]) if added else None,
        files_added=int(files[1]) if files else None,
        files_modified=int(files[2]) if files else None,
        approximate=tuple(name for name, text in sizes.items() if is_rounded(text)),
    )


def _problem(output: Output) -> tuple[str, bool]:
    """What went wrong, and whether a whole source did."""
    failed = output.last(_FAILED)
    found = output.first(_ERROR) or failed or output.first(_WARN)
    if found is None:
        return "", False
    text = next((part for part in found.groups() if part), "")
    return first_line(text), failed is not None


def _settled(report: Report, by_exit: Status | None, problem: str, failed: bool) -> Report:
    claim: Status | None = report.status
    if report.status is Status.UNKNOWN:
        claim = Status.ERROR if failed else None
    elif problem or report.files == 0:
        # Its snapshot was saved: files in it could not be read, or another source failed.
        claim = Status.WARNING
    status = settled(claim, by_exit)
    message = "" if status is Status.SUCCESS else problem
    if status is Status.WARNING and not message and report.files == 0:
        message = "The source holds no files"
    return replace(report, status=status, message=message, format="rustic-backup")
