"""Duplicati's JSON report: `{"Data": ..., "Extra": ..., "LogLines": ..., "Exception": ...}`, 2.0.4 on."""

from collections.abc import Mapping
from typing import Any

from duplistat.core.json_text import load_object
from duplistat.core.report import BACKUP, RESTORE, VERIFICATIONS, LogLine, Precision, Report
from duplistat.core.run_times import after
from duplistat.core.status import Status
from duplistat.core.text import clean
from duplistat.core.times import parse_iso
from duplistat.core.verdict import broken_in_restore
from duplistat.formats.duplicati.counters import counters_of, looks_like_backup
from duplistat.formats.duplicati.identity import facts_of, identity_of, next_run_of
from duplistat.formats.duplicati.log import (
    Log,
    count,
    first_complaint,
    offset_of,
    read_log,
    split_log,
    tells_failure,
)
from duplistat.formats.duplicati.outcome import (
    duration_of,
    exception_message,
    exception_text,
    is_exception,
    is_exception_text,
    is_stop,
    operation_of,
    outcome_of,
)
from duplistat.formats.duplicati.restore_points import restore_points_of
from duplistat.formats.duplicati.steps import status_of_test, steps_of
from duplistat.formats.duplicati.values import mapping, natural, sequence, true, words

FORMAT = "duplicati-json"

# The lists of a result as the server's own log keeps it; the HTTP report has LogLines instead.
_LISTS = (("Messages", "information"), ("Warnings", "warning"), ("Errors", "error"))
# An object with these is something else, whatever else it has.
_OTHERS = frozenset(("backup", "server", "startedUtc"))
_NO_DATA: Mapping[str, Any] = {}
_OF_A_RESULT = frozenset(("mainoperation", "parsedresult", "begintime"))
_DEEPEST = 8


def is_report(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object is such a report. `Data` may be null or missing: `Extra` says whose it is.

    An exception alone is one too: a failure must not vanish.
    """
    if is_exception(document) or (_OTHERS.isdisjoint(document) and exception_text(document.get("Exception"))):
        return True
    return (isinstance(document.get("Data"), dict) and bool(document["Data"] or document.get("Extra"))) or (
        isinstance(document.get("Extra"), dict)
        and bool(document["Extra"] or document.get("Exception") or document.get("LogLines"))
    )


def spelt_as_usual(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A report whose names a relay wrote as `data`, `parsedResult` …, with the names that Duplicati gives them.

    Without that a step inside it would be taken for the whole: only its names are as they were.
    """
    data = document.get("data")
    if document.keys() & {"Data", "Extra"} or not isinstance(data, dict):
        return document
    # Others have `data` and `extra` as well.
    is_result = len({key.lower() for key in data} & _OF_A_RESULT) > 1
    failed = isinstance(document.get("extra"), dict) and is_exception(mapping(_capitalised(data, 0)))
    return mapping(_capitalised(document, 0)) if is_result or failed else document


def _capitalised(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and depth < _DEEPEST:
        return {
            key[:1].upper() + key[1:] if "-" not in key else key: _capitalised(v, depth + 1)
            for key, v in value.items()
        }
    return [_capitalised(item, depth + 1) for item in value] if isinstance(value, list) else value


def is_bare_result(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a result without `Data` around it, as the server's REST log has it."""
    return "MainOperation" in document and ("ParsedResult" in document or "BeginTime" in document)


def read(
    document: Mapping[str, Any], overrides: Mapping[str, str] = _NO_DATA, max_log_lines: int = 100_000
) -> Report:
    """One run as Duplicati's JSON tells it. `overrides` (form fields) win over `Extra`.

    Times are UTC to the tick; a run without a usable BeginTime is known by its arrival only. Never raises on
    a JSON object, whatever it holds.
    """
    enclosing = {"Data": document} if is_exception(document) else document
    data, broken = _data(enclosing.get("Data"))
    extra = {**mapping(document.get("Extra")), **overrides}
    exception = exception_text(document.get("Exception")) or broken
    if is_exception(data, is_data=True):
        # Up to 2.0.7.1 the exception stands where the result would: its numbers are no counters.
        exception = exception or exception_text(data) or "Exception"
        data = _NO_DATA
    failed = bool(exception)
    statistics = mapping(data.get("BackendStatistics"))
    interrupted, partial = true(data.get("Interrupted")), true(data.get("PartialBackup"))
    log = _log(document, data, max_log_lines)
    warnings = _length(data, "Warnings", log)
    failed = failed or (not words(data.get("ParsedResult")) and tells_failure(log.lines))
    status, status_text = outcome_of(
        data.get("ParsedResult"), failed=failed, interrupted=interrupted, partial=partial, warnings=warnings
    )
    if exception and not count(log.lines, "error"):
        log = Log((*log.lines, LogLine(exception, "error")), log.omitted)
    operation = operation_of(
        words(data.get("MainOperation")) or extra.get("OperationName"),
        failed=failed,
        looks_like_backup=looks_like_backup(data),
    )
    steps = steps_of(data, log.lines)
    problems = [problem for step in steps for problem in step.problems]
    if operation in VERIFICATIONS:
        status = status_of_test(status, problems)
    counters = counters_of(operation, status, data, statistics)
    if operation == RESTORE and status is Status.SUCCESS and broken_in_restore(counters["numbers"]):
        status = Status.WARNING
    started, ended = parse_iso(data.get("BeginTime")), parse_iso(data.get("EndTime"))
    began, finished = started.at if started else None, ended.at if ended else None
    duration = duration_of(status, data.get("Duration"), began, finished)
    offset = _offset(data, statistics, log)
    message = exception_message(exception)
    if not message and status is not Status.SUCCESS:
        message = first_complaint(log.lines) or (
            problems[0] if operation in VERIFICATIONS and problems else ""
        )
    return Report(
        operation=operation,
        status=status,
        status_text=status_text,
        precision=Precision.EXACT if started else Precision.ARRIVAL,
        format=FORMAT,
        started=began,
        started_ticks=started.ticks if started else None,
        ended=finished or after(began, duration),
        duration_ms=duration,
        offset_minutes=offset,
        restore_points=restore_points_of(log.lines, offset) if operation == BACKUP else (),
        next_run=next_run_of(extra),
        messages=natural(data.get("MessagesActualLength")),
        warnings=warnings,
        errors=_length(data, "Errors", log),
        partial=partial,
        # Whoever stops a backup on older versions makes it fail; of anything else a stop says nothing.
        interrupted=interrupted or (operation != BACKUP and is_stop(exception)),
        dry_run=true(data.get("Dryrun")),
        message=message,
        sub_results=steps,
        log=log.lines,
        log_omitted=log.omitted,
        facts=facts_of(extra, data.get("Version")),
        **identity_of(extra),
        **counters,
    )


def _data(value: object) -> tuple[Mapping[str, Any], str]:
    """The result, and an exception in place of it; a relay may have made text of either."""
    if not isinstance(value, str):
        return mapping(value), ""
    found = load_object(value)
    return (found, "") if found is not None else (_NO_DATA, clean(value) if is_exception_text(value) else "")


def _log(document: Mapping[str, Any], data: Mapping[str, Any], limit: int) -> Log:
    lines = document.get("LogLines")
    if isinstance(lines, str):  # a relay joined them
        lines = split_log(lines)
    if isinstance(lines, list):
        return read_log(lines, limit)
    elements: list[tuple[object, str]] = []
    for key, level in _LISTS:
        elements += [(element, level) for element in sequence(data.get(key))]
    logs = [read_log([element], limit, level) for element, level in elements[:limit]]
    return Log(tuple(line for log in logs for line in log.lines), max(0, len(elements) - limit))


def _length(data: Mapping[str, Any], key: str, log: Log) -> int | None:
    """`WarningsActualLength` or `ErrorsActualLength`; 2.0.4 has neither, and its log is counted."""
    length = natural(data.get(f"{key}ActualLength"))
    if length is None and log.lines:
        return count(log.lines, key.removesuffix("s").lower())
    return length


def _offset(data: Mapping[str, Any], statistics: Mapping[str, Any], log: Log) -> int | None:
    """Minutes east of UTC where the sender stands: the few times that are local, else the log."""
    deleted = sequence(mapping(data.get("DeleteResults")).get("DeletedSets")) or sequence(
        data.get("DeletedSets")
    )
    filesets = sequence(data.get("Filesets"))
    local = (
        statistics.get("LastBackupDate"),
        mapping(deleted[0]).get("Item2") if deleted else None,
        mapping(filesets[0]).get("Time") if filesets else None,
    )
    for value in local:
        # "Z" is how a relay writes UTC; the sender's own zone is always written as an offset.
        if isinstance(value, str) and not value.endswith("Z"):
            moment = parse_iso(value)
            if moment is not None and moment.offset_minutes is not None:
                return moment.offset_minutes
    return offset_of(log.lines)
