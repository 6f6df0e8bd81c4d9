"""Duplicati's text report: the default of `send-http-url`, sent as a form field, 2017 to 2.3.

It has no sizes at the destination, and no steps but those that are set further in. Times are local in the sender's
culture, with whole unix seconds in parentheses since 2.0.4; before that their zone is unknown, and only the arrival
can name the run.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from duplistat.core.report import BACKUP, RESTORE, VERIFICATIONS, LogLine, Precision, Report, SubResult
from duplistat.core.run_times import after
from duplistat.core.status import Status
from duplistat.core.text import first_line
from duplistat.core.times import TICKS_PER_SECOND, from_unix, to_ms
from duplistat.core.verdict import broken_in_restore
from duplistat.formats.duplicati import own_words
from duplistat.formats.duplicati.counters import BROKEN, counters_of, looks_like_backup
from duplistat.formats.duplicati.identity import OVERRIDES, facts_of, identity_of, next_run_of
from duplistat.formats.duplicati.log import (
    NO_LOG,
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
    is_stop,
    operation_of,
    outcome_of,
    wrapped_message,
)
from duplistat.formats.duplicati.restore_points import restore_points_of
from duplistat.formats.duplicati.steps import MAX_PROBLEMS, TEST, status_of_test, with_log
from duplistat.formats.duplicati.text_fields import TextFields, is_report, take_apart
from duplistat.formats.duplicati.values import integer, natural, true, words

__all__ = ["FORMAT", "is_report", "read"]

FORMAT = "duplicati-text"

_UNIX = re.compile(r"\((-?\d{1,15})\)\s*\Z", re.ASCII)
# What a verification found of a remote file, however its list is laid out.
_FOUND = re.compile(r"\b(?:Missing|Extra|Modified|Error)\b", re.ASCII)
_LISTS = (("Messages", "information"), ("Warnings", "warning"), ("Errors", "error"))
_NO_OVERRIDES: Mapping[str, str] = {}


def read(text: str, overrides: Mapping[str, str] = _NO_OVERRIDES, max_log_lines: int = 100_000) -> Report:
    """One run as the text tells it, with starts to the second. `overrides` win over the header's names.

    A text without any operation is a backup: nothing else is reported unless asked for. Never raises.
    """
    fields = take_apart(text)
    values = fields.values
    # "backup: Success" is a job of that name.
    chosen = {k: v for k, v in values.items() if k in OVERRIDES and not own_words.is_outcome(v)}
    own = own_words.read("\n".join(fields.words)) if fields.words else own_words.NOTHING
    extra: dict[str, str] = {
        **own.names,
        **{k: v for k, v in fields.names.items() if v},
        **chosen,
        **overrides,
    }
    # "Failed: 3" in a user's own template is a count.
    failure = fields.failed if integer(fields.failed) is None else ""
    exception = fields.details or failure
    failed = bool(exception) or true(values.get("Fatal"))
    partial, interrupted = true(values.get("PartialBackup")), true(values.get("Interrupted"))
    log = _log(fields, max_log_lines)
    warnings = _length(values, "Warnings", log)
    failed = failed or (not _result(values, own) and tells_failure(log.lines))
    status, status_text = outcome_of(
        _result(values, own), failed=failed, interrupted=interrupted, partial=partial, warnings=warnings
    )
    if exception and not count(log.lines, "error"):
        log = Log((*log.lines, LogLine(exception, "error")), log.omitted)
    operation = operation_of(
        words(values.get("MainOperation")) or extra.get("OperationName"),
        failed=failed,
        looks_like_backup=looks_like_backup(values) or not values.get("MainOperation"),
    )
    steps = with_log(_steps(fields, operation, status), log.lines)
    problems = [problem for step in steps for problem in step.problems]
    if operation in VERIFICATIONS:
        status = status_of_test(status, problems)
    broken: dict[str, Any] = {name: fields.lists[name] for name in BROKEN if fields.lists.get(name)}
    counters = counters_of(operation, status, values | broken, {})
    if operation == RESTORE and status is Status.SUCCESS and broken_in_restore(counters["numbers"]):
        status = Status.WARNING
    started, ended = _time(values.get("BeginTime")), _time(values.get("EndTime"))
    duration = duration_of(status, values.get("Duration"), started, ended)
    message = exception_message(wrapped_message(exception) or failure or exception)
    if not message and status is not Status.SUCCESS:
        message = (
            first_complaint(log.lines)
            or first_line(own.message)
            or (problems[0] if operation in VERIFICATIONS and problems else "")
        )
    return Report(
        operation=operation,
        status=status,
        status_text=status_text,
        precision=Precision.SECOND if started else Precision.ARRIVAL,
        format=FORMAT,
        started=started,
        started_ticks=to_ms(started) // 1000 * TICKS_PER_SECOND if started else None,
        ended=ended or after(started, duration),
        duration_ms=duration,
        offset_minutes=offset_of(log.lines),
        restore_points=restore_points_of(log.lines, offset_of(log.lines)) if operation == BACKUP else (),
        next_run=next_run_of(extra),
        messages=natural(values.get("MessagesActualLength")),
        warnings=warnings,
        errors=_length(values, "Errors", log),
        partial=partial,
        # Whoever stops a backup on older versions makes it fail; of anything else a stop says nothing.
        interrupted=interrupted or (operation != BACKUP and is_stop(exception)),
        dry_run=true(values.get("Dryrun")),
        message=message,
        sub_results=steps,
        log=log.lines,
        log_omitted=log.omitted,
        facts=facts_of(extra, values.get("Version")),
        **identity_of(extra),
        **counters,
    )


def _steps(fields: TextFields, operation: str, status: Status) -> list[SubResult]:
    """The verification: the run itself, if it found something, or a step that is set further in."""
    if found := _problems(fields.lists.get("Verifications", [])):
        return [SubResult(TEST, status if operation in VERIFICATIONS else Status.UNKNOWN, problems=found)]
    lines = fields.steps.get("TestResults") or fields.lists.get("TestResults")
    if not lines:
        return []
    word = next((line.partition(":")[2] for line in lines if line.startswith("ParsedResult:")), "")
    interrupted = any(line.startswith("Interrupted:") and true(line.partition(":")[2]) for line in lines)
    named = [line for line in lines if line.lstrip("[{\"' ").startswith("duplicati-")]
    return [
        SubResult(
            TEST,
            outcome_of(word.strip(" ,"), failed=False, interrupted=interrupted).status,
            problems=_problems(named),
        )
    ]


def _problems(items: Iterable[str]) -> tuple[str, ...]:
    """The items of a list of verified files that found something, as "remote file: Missing its-hash"."""
    found: list[str] = []
    for item in items:
        if (kind := _FOUND.search(item)) is not None and len(found) < MAX_PROBLEMS:
            name = item[: kind.start()].strip("[](){},:;=\"' \t\n")
            detail = item[kind.end() :].strip("[](){},:;=\"' \t\n")
            found.append(first_line(f"{name.partition(',')[0]}: {kind[0]} {detail}".strip(), 300))
    return tuple(found)


def _result(values: Mapping[str, str], own: own_words.Own) -> str:
    """`ParsedResult`, else the outcome in a user's words; of both the failure."""
    if own.outcome is not None and (own.outcome is Status.FATAL or "ParsedResult" not in values):
        return own.outcome
    return values.get("ParsedResult", "")


def _time(value: str | None) -> datetime | None:
    found = _UNIX.search(value) if value else None
    return from_unix(int(found[1])) if found else None


def _log(fields: TextFields, limit: int) -> Log:
    """The log data, else the three lists (at most ten items each), put into the order of their times."""
    if fields.log.strip():
        return read_log(split_log(fields.log.strip()), limit)
    lines: list[LogLine] = []
    omitted = 0
    for name, level in _LISTS:
        key = f"Limited{name}" if f"Limited{name}" in fields.lists else name
        read = read_log(fields.lists.get(key, []), limit, level)
        lines += read.lines
        omitted += read.omitted
        length = natural(fields.values.get(f"{name}ActualLength"))
        if key in fields.cut and length is not None:
            omitted += max(0, length - len(read.lines))
    if not lines:
        return NO_LOG
    if all(line.at is not None for line in lines):
        lines.sort(key=lambda line: to_ms(line.at) or 0)
    return Log(tuple(lines), omitted)


def _length(values: Mapping[str, str], key: str, log: Log) -> int | None:
    length = natural(values.get(f"{key}ActualLength"))
    if length is None and log.lines:
        return count(log.lines, key.removesuffix("s").lower())
    return length
