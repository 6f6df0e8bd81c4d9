"""Which operation ran, and how it ended."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from duplistat.core.durations import MOST_SECONDS, between, parse_duration
from duplistat.core.report import BACKUP
from duplistat.core.status import Status, status_of
from duplistat.core.text import LINE_LIMIT, clean, clip_name, first_line
from duplistat.formats.duplicati.values import mapping, natural, words

UNKNOWN_OPERATION = "unknown"

_OPERATION_LIMIT = 50
_WORD_LIMIT = 50
# An exception that took the place of the result (2.0.7.1 and older) has a Message and one of these.
_EXCEPTION_KEYS = frozenset(
    {
        "ClassName", "ExceptionMethod", "HResult", "HelpLink", "HelpURL", "InnerException",
        "RemoteStackTraceString", "Source", "StackTrace", "StackTraceString", "TargetSite",
    }
)  # fmt: skip
_DOTNET_TYPE = re.compile(
    r"(?:[A-Za-z_][\w`+]{0,99}\.){0,15}[\w`+]{0,99}Exception(?: \([^()\n]{1,40}\))?: ", re.ASCII
)


# How a serializer writes ParsedResult that was not told to write names.
_BY_NUMBER = {"0": "Unknown", "1": "Success", "2": "Warning", "3": "Error", "4": "Fatal"}
# Exceptions that only say that there was another one; .NET writes that one behind an arrow.
_WRAPPER = re.compile(
    r"(?:System\.)?(?:AggregateException|Reflection\.TargetInvocationException|TypeInitializationException)\b"
)
_LOOKED_AT = 20_000
_MOST_INNER = 5

_STOPPED = re.compile(r"\b(?:Operation|Task)Canceled(?:Exception)?\b|\bThreadAbortException\b", re.ASCII)


class Outcome(NamedTuple):
    """A status, and the sender's own word when that is `OTHER`."""

    status: Status
    text: str = ""


def operation_of(word: object, *, failed: bool, looks_like_backup: bool) -> str:
    """The operation as one lower-case word.

    Without any, a run is a backup when it has a backup's counters or failed (a failed backup must not
    vanish), else "unknown". A name that we do not know stays what it is: it is no backup.
    """
    name = "".join(words(word).split()).lower()
    if name:
        return clip_name(name, _OPERATION_LIMIT)
    return BACKUP if failed or looks_like_backup else UNKNOWN_OPERATION


def outcome_of(
    parsed: object,
    *,
    failed: bool,
    interrupted: bool = False,
    partial: bool = False,
    warnings: int | None = None,
) -> Outcome:
    """The status of a run from `ParsedResult` and what else was said.

    `failed` is an exception (or `Fatal: True`), which wins over any word. An interrupted run is no success,
    and a partial one or one with warnings no plain success, whatever ParsedResult says.
    """
    if failed:
        return Outcome(Status.FATAL)
    word = _BY_NUMBER.get(words(parsed), words(parsed))
    status = status_of(word)
    if interrupted and status in (Status.SUCCESS, Status.WARNING, Status.UNKNOWN):
        return Outcome(Status.INTERRUPTED)
    if status is Status.SUCCESS and (partial or (warnings or 0) > 0):
        return Outcome(Status.WARNING)
    return Outcome(status, clip_name(word, _WORD_LIMIT) if status is Status.OTHER else "")


def duration_of(status: Status, text: object, started: datetime | None, ended: datetime | None) -> int | None:
    """Milliseconds, never below zero: a clock that stepped back leaves it unknown.

    "00:00:00" without an end is what an unset end leaves, and tells nothing. A bare number is of seconds.
    """
    if words(text).startswith("-"):
        return None
    duration = parse_duration(text)
    if duration is None and (seconds := natural(text)) is not None and seconds <= MOST_SECONDS:
        duration = seconds * 1000
    if ended is None and (not duration or status is Status.FATAL):
        return None
    if not duration and started is not None and ended is not None:
        return between(started, ended)
    return duration


def is_exception(data: Mapping[str, Any], *, is_data: bool = False) -> bool:
    """Whether an object is an exception in place of a result, in either of its two shapes.

    Where `is_data`, a message is enough: no result has one.
    """
    return (
        "ParsedResult" not in data
        and isinstance(data.get("Message"), str)
        and ((is_data and "MainOperation" not in data) or not _EXCEPTION_KEYS.isdisjoint(data.keys()))
    )


def exception_text(value: object) -> str:
    """The whole text of an exception: a string as .NET prints it, or an exception object; "" for none."""
    if isinstance(value, str):
        return clean(words(value))
    parts = mapping(value)
    head = _head(parts)
    if not head:
        return ""
    inner = parts
    for _ in range(_MOST_INNER):
        inner = mapping(inner.get("InnerException"))
        head += f" ---> {_head(inner)}" if _head(inner) else ""
    traces = (parts.get("StackTraceString"), parts.get("StackTrace"))
    trace = next((trace.rstrip() for trace in traces if isinstance(trace, str)), "")
    return clean(f"{head}\n{trace}" if trace else head)


def _head(exception: Mapping[str, Any]) -> str:
    name, message = words(exception.get("ClassName")), words(exception.get("Message"))
    return f"{name}: {message}" if name else message


def is_stop(exception: str) -> bool:
    """Whether an operation failed because a person stopped it, as versions before 2.3.0.109 tell it.

    A request that took too long is an exception of the same type.
    """
    line = exception[: 2 * LINE_LIMIT].partition("\n")[0]
    return _STOPPED.search(line) is not None and "timeout" not in exception.lower()


def is_exception_text(text: str) -> bool:
    """Whether a text begins as .NET prints an exception."""
    return _DOTNET_TYPE.match(text.lstrip()) is not None


def exception_message(text: str) -> str:
    """The first line of an exception's text without the name of its .NET type."""
    if not text:
        return ""
    line = first_line(text, 2 * LINE_LIMIT)
    if told := wrapped_message(text):
        return told
    # With --reduced-reporting there is no message, but a stack behind the type.
    line = line.partition(" [st:")[0]
    if found := _DOTNET_TYPE.match(line):
        line = line[found.end() :]
    return first_line(line)


def wrapped_message(text: str) -> str:
    """The message of the exception behind one that only says that there was another; "" for any other."""
    if not _WRAPPER.match(text):
        return ""
    for inner in text[:_LOOKED_AT].split("---> ", _MOST_INNER)[1:]:
        line = first_line(inner, 2 * LINE_LIMIT)
        if not _WRAPPER.match(line):
            name = _DOTNET_TYPE.match(line)
            return first_line(line[name.end() :] if name else line)
    return ""
