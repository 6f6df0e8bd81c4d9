"""restic's own output: objects of `--json`, text, or both of them mixed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from duplistat.core.report import BACKUP, OTHER, PRUNE, RESTORE, VERIFY, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.tool_output import Output, Reading, Told, seconds_ms, settled, text_of, whole_number
from duplistat.formats.restic import exit_codes, signs, summary

_TYPES = frozenset(("status", "verbose_status", "summary", "error", "exit_error", "initialized"))
NOTHING_EXAMINED = "The source holds no files"
_ERRNO = {2: "no such file or directory", 5: "input/output error", 13: "permission denied"}


def read(output: Output, told: Told) -> Reading | None:
    """What an output of restic tells of; None when it is none. Of several runs in one log, it is the last backup."""
    objects = [item for item in output.objects if item.get("message_type") in _TYPES]
    operation = _operation(output)
    if not objects and not operation and output.first(signs.OF_SEVERAL) is None:
        if (found := _listed(output)) is not None:
            return found
        if output.last(signs.PROCESSED) is None:
            return None
    report = _done(output, objects, operation, told)
    status = settled(_claim(output, objects, report), exit_codes.status_of(told.exit))
    message = "" if status is Status.SUCCESS else _message(output, objects)
    if status is Status.WARNING and not message and report.files == 0:
        message = NOTHING_EXAMINED
    errors = [item for item in objects if item.get("message_type") == "error"]
    report = replace(
        report,
        status=status,
        message=message,
        format=f"restic-{report.operation}",
        files_failed=(len(errors) or output.count(signs.ERROR_LINE) or None)
        if report.operation == BACKUP
        else None,
    )
    return Reading(f"restic.{report.operation}", (report,))


def _done(output: Output, objects: list[dict[str, Any]], operation: str, told: Told) -> Report:
    """What was done, with its numbers; its status is what the summary alone says, unknown without one."""
    summaries = [item for item in objects if item.get("message_type") == "summary"]
    backups = [item for item in summaries if "files_new" in item or "total_files_processed" in item]
    if backups:
        return summary.of_object(backups[-1])
    if (found := summary.of_text(output) or summary.of_restored(output)) is not None:
        return found
    if summaries:
        return _of_other(summaries[-1])
    if any(item.get("message_type") == "initialized" for item in objects):
        return _plain(OTHER, Status.SUCCESS)
    if operation == PRUNE or _policy(output) is not None:
        return _of_prune(output)
    if operation == VERIFY:
        return _plain(VERIFY, Status.SUCCESS if output.last(signs.NOTHING_WRONG) else Status.UNKNOWN)
    if operation == OTHER:
        return _plain(OTHER, Status.SUCCESS)
    copied = operation == BACKUP and _is_copied(output)
    return _plain(operation or told.operation or BACKUP, Status.SUCCESS if copied else Status.UNKNOWN)


def _is_copied(output: Output) -> bool:
    """Whether `copy` brought to another repository the last snapshot that it began, or all were there already."""
    begun, saved = output.last_line(signs.COPYING), output.last_line(signs.COPIED)
    if begun is None:
        return saved is not None or output.last(signs.COPIED_BEFORE) is not None
    return saved is not None and saved[0] > begun[0]


def _of_other(item: Mapping[str, Any]) -> Report:
    """A summary of `check` or of `restore`."""
    if "num_errors" in item:
        errors = whole_number(item, "num_errors")
        sound = errors == 0 and not item.get("broken_packs")
        return replace(_plain(VERIFY, Status.SUCCESS if sound else Status.ERROR), errors=errors)
    if "files_restored" in item:
        done, files = whole_number(item, "files_restored"), whole_number(item, "total_files")
        # What is there already, from 0.17 on, is skipped.
        whole = (done or 0) + (whole_number(item, "files_skipped") or 0) >= (files or 0)
        return replace(
            _plain(RESTORE, Status.SUCCESS if whole else Status.UNKNOWN),
            files=done,
            size=whole_number(item, "bytes_restored"),
            duration_ms=seconds_ms(item, "seconds_elapsed"),
        )
    return _plain(OTHER, Status.UNKNOWN)


def _of_prune(output: Output) -> Report:
    """`forget` and `prune`: how many versions are left, and how large the repository is, about."""
    policy, remaining = _policy(output), output.last(signs.REMAINING)
    versions = sum(len(group.get("keep") or ()) for group in policy) if policy is not None else _kept(output)
    done = versions is not None or output.last(signs.DONE) is not None
    return replace(
        _plain(PRUNE, Status.SUCCESS if done else Status.UNKNOWN),
        versions=versions,
        dry_run=output.last(signs.ONLY_LISTED) is not None,
        storage=size_of(remaining[1]) if remaining else None,
        approximate=("storage",) if remaining and is_rounded(remaining[1]) else (),
    )


def _kept(output: Output) -> int | None:
    """How many snapshots the last `forget` keeps, of all groups by host and path."""
    begin = output.last_line(signs.POLICY)
    lines = output.lines[begin[0] :] if begin is not None else output.lines
    kept = [int(found[1]) for line in lines if (found := signs.KEPT.match(line)) is not None]
    return sum(kept) if kept else None


def _plain(operation: str, status: Status) -> Report:
    return Report(operation=operation, status=status, precision=Precision.ARRIVAL)


def _operation(output: Output) -> str:
    """What the sentences of an output are of; "" for none that says so."""
    for pattern, operation in signs.OPERATIONS:
        if output.first(pattern) is not None:
            return operation
    return PRUNE if _policy(output) is not None else ""


def _policy(output: Output) -> list[dict[str, Any]] | None:
    """What `forget --json` prints first: groups of snapshots with those that are kept."""
    for item in output.documents:
        if (
            isinstance(item, list)
            and item
            and all(isinstance(part, dict) and "keep" in part for part in item)
        ):
            return item
    return None


def _listed(output: Output) -> Reading | None:
    """An inventory, which is no run: `snapshots`, `stats`."""
    for item in output.documents:
        first = item[0] if isinstance(item, list) and item else item
        if isinstance(first, dict) and (
            {"short_id", "tree", "paths"} <= first.keys()
            or "snapshots_count" in first
            or {"group_key", "snapshots"} <= first.keys()
        ):
            return Reading("restic.inventory")
    return Reading("restic.inventory") if output.first(signs.LISTED) is not None else None


def _claim(output: Output, objects: list[dict[str, Any]], report: Report) -> Status | None:
    """What the output says of how it ended; None for nothing."""
    codes = [item.get("code") for item in objects if item.get("message_type") == "exit_error"]
    fatal, summarised = output.last(signs.FATAL) is not None, report.status is not Status.UNKNOWN
    if output.last(signs.INTERRUPTED) is not None or any(
        "context canceled" in text_of(i, "message") for i in objects
    ):
        return Status.WARNING if summarised else Status.INTERRUPTED
    if report.status is Status.ERROR:
        return Status.ERROR
    if codes:
        return Status.WARNING if codes[-1] == exit_codes.PARTIAL else Status.ERROR
    if fatal or output.last(signs.LOCKED) is not None:
        # A tool that has saved a snapshot ends well: the other is of another run in the same log.
        return Status.WARNING if summarised and report.operation == BACKUP else Status.ERROR
    failed = any(item.get("message_type") == "error" for item in objects)
    left_out = output.last(signs.SKIPPED) or output.last(signs.UNREADABLE) or output.last(signs.ERROR_LINE)
    if left_out is not None or failed:
        return Status.ERROR if report.operation == VERIFY else Status.WARNING
    if (
        report.operation == BACKUP
        and report.status is Status.SUCCESS
        and report.files == 0
        and not report.dry_run
    ):
        return Status.WARNING
    return report.status if summarised else None


def _message(output: Output, objects: list[dict[str, Any]]) -> str:
    """Why it did not simply succeed, in restic's own words."""
    ends = [text_of(item, "message") for item in objects if item.get("message_type") == "exit_error"]
    if ends and not signs.UNREADABLE.search(ends[-1]):
        return first_line(ends[-1].removeprefix("Fatal: "))
    for pattern in (signs.FATAL, signs.LOCKED, signs.ERROR_LINE):
        if (found := output.last(pattern)) is not None:
            return first_line(found[1])
    for item in objects:
        if item.get("message_type") == "error" and (text := _error_text(item)):
            return first_line(text)
    for pattern in (signs.SKIPPED, signs.UNREADABLE, signs.INTERRUPTED):
        if (found := output.last(pattern)) is not None:
            return first_line(found.string)
    return ""


def _error_text(item: Mapping[str, Any]) -> str:
    """An error with the file that it is about: `error.message` from 0.17, before it Go's own fields."""
    error = item.get("error")
    if not isinstance(error, dict):
        return text_of(item, "message")
    if text := text_of(error, "message"):
        return text
    path = text_of(error, "Path") or text_of(item, "item")
    # Numbers of errors are those of the machine that was backed up: of Windows they mean other things.
    why = _ERRNO.get(error.get("Err", 0)) if path.startswith("/") and type(error.get("Err")) is int else None
    return f"{text_of(error, 'Op') or 'reading'} {path}{f': {why}' if why else ' failed'}"
