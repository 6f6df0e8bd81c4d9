"""Duplicati's text report: the default of `send-http-url`, sent as a form field, 2017 to 2.3.

It has no sizes at the destination and no steps. Times are local in the sender's culture, with whole unix
seconds in parentheses since 2.0.4; before that their zone is unknown, and only the arrival can name the run.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from duplistat.core.report import LogLine, Precision, Report
from duplistat.core.status import Status
from duplistat.core.times import TICKS_PER_SECOND, from_unix, to_ms
from duplistat.formats.duplicati.counters import counters_of, looks_like_backup
from duplistat.formats.duplicati.identity import OVERRIDES, facts_of, identity_of, next_run_of
from duplistat.formats.duplicati.log import (
    NO_LOG,
    Log,
    count,
    first_complaint,
    offset_of,
    read_log,
    split_log,
)
from duplistat.formats.duplicati.outcome import duration_of, exception_message, operation_of, outcome_of
from duplistat.formats.duplicati.text_fields import TextFields, is_report, take_apart
from duplistat.formats.duplicati.values import integer, natural, true, words

__all__ = ["FORMAT", "is_report", "read"]

FORMAT = "duplicati-text"

_UNIX = re.compile(r"\((-?\d{1,15})\)\s*\Z", re.ASCII)
_LISTS = (("Messages", "information"), ("Warnings", "warning"), ("Errors", "error"))
_NO_OVERRIDES: Mapping[str, str] = {}


def read(text: str, overrides: Mapping[str, str] = _NO_OVERRIDES, max_log_lines: int = 100_000) -> Report:
    """One run as the text tells it, with starts to the second. `overrides` win over the header's names.

    A text without any operation is a backup: nothing else is reported unless asked for. Never raises.
    """
    fields = take_apart(text)
    values = fields.values
    chosen = {key: value for key, value in values.items() if key in OVERRIDES}
    extra: dict[str, str] = {**fields.names, **chosen, **overrides}
    # "Failed: 3" in a user's own template is a count.
    failure = fields.failed if integer(fields.failed) is None else ""
    exception = fields.details or failure
    failed = bool(exception) or true(values.get("Fatal"))
    partial, interrupted = true(values.get("PartialBackup")), true(values.get("Interrupted"))
    log = _log(fields, max_log_lines)
    warnings = _length(values, "Warnings", log)
    status, status_text = outcome_of(
        values.get("ParsedResult"), failed=failed, interrupted=interrupted, partial=partial, warnings=warnings
    )
    if exception and not log.lines:
        log = Log((LogLine(exception, "error"),), log.omitted)
    operation = operation_of(
        words(values.get("MainOperation")) or extra.get("OperationName"),
        failed=failed,
        looks_like_backup=looks_like_backup(values) or not values.get("MainOperation"),
    )
    started, ended = _time(values.get("BeginTime")), _time(values.get("EndTime"))
    message = exception_message(failure or exception)
    if not message and status is not Status.SUCCESS:
        message = first_complaint(log.lines)
    return Report(
        operation=operation,
        status=status,
        status_text=status_text,
        precision=Precision.SECOND if started else Precision.ARRIVAL,
        format=FORMAT,
        started=started,
        started_ticks=to_ms(started) // 1000 * TICKS_PER_SECOND if started else None,
        ended=ended,
        duration_ms=duration_of(status, values.get("Duration"), started, ended),
        offset_minutes=offset_of(log.lines),
        next_run=next_run_of(extra),
        messages=natural(values.get("MessagesActualLength")),
        warnings=warnings,
        errors=_length(values, "Errors", log),
        partial=partial,
        interrupted=interrupted,
        dry_run=true(values.get("Dryrun")),
        message=message,
        log=log.lines,
        log_omitted=log.omitted,
        facts=facts_of(extra, values.get("Version")),
        **identity_of(extra),
        **counters_of(operation, status, values, {}),
    )


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
        told = natural(fields.values.get(f"{name}ActualLength"))
        if key in fields.cut and told is not None:
            omitted += max(0, told - len(read.lines))
    if not lines:
        return NO_LOG
    if all(line.at is not None for line in lines):
        lines.sort(key=lambda line: to_ms(line.at) or 0)
    return Log(tuple(lines), omitted)


def _length(values: Mapping[str, str], key: str, log: Log) -> int | None:
    told = natural(values.get(f"{key}ActualLength"))
    if told is None and log.lines:
        return count(log.lines, key.removesuffix("s").lower())
    return told
