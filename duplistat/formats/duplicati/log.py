"""Duplicati's log lines: `yyyy-MM-dd HH:mm:ss zz - [Level-Tag-Id]: message`.

With `--reduced-reporting` (newer than 2.3.1) there is no message: `[Level-Tag-Id] [ex:Type] [st:Frame;Frame]`.

The time is local with an offset of whole hours ("+05" in India), the tag is a type name with dots, the id may
hold blanks, and the message may go on for many lines: an exception follows within the same element.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from duplistat.core.report import LogLine
from duplistat.core.text import clean, first_line

HEAD = (
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([+-]\d\d(?::\d\d)?) - \[([A-Za-z]{1,20})(?:-([^\n]{0,300}?))?\]"
    r"(?::|(?= \[ex:|[ \r]*(?:\n|\Z)))"
)
_HEAD = re.compile(HEAD, re.ASCII)
_HEADS = re.compile("^ *" + HEAD, re.ASCII | re.MULTILINE)
_MORE = re.compile(r"\.\.\. and (\d{1,12}) more", re.ASCII)
_MORE_AT_END = re.compile(r"(?:^|\n)(\.\.\. and \d{1,12} more)\s*\Z", re.ASCII)


class Log(NamedTuple):
    """Lines, oldest first, and how many more there were."""

    lines: tuple[LogLine, ...]
    omitted: int


NO_LOG = Log((), 0)


def read_line(text: str, level: str = "") -> LogLine:
    """One element as a LogLine; `level` is for one that does not say it itself."""
    found = _HEAD.match(text)
    if found is None:
        return LogLine(clean(text), level)
    stamp, zone, own_level, tag = found.groups()
    return LogLine(
        clean(text[found.end() :].removeprefix(" ")), own_level.lower(), clean(tag or ""), _time(stamp, zone)
    )


def read_log(elements: Sequence[object], limit: int, level: str = "") -> Log:
    """Elements of `LogLines` as lines; of more than `limit` the first half and the last half are kept.

    An exception stands at the start and the summary at the end, so the middle is what can be missed. The
    sender's own "... and N more" is counted as omitted, and anything but a string is passed over.
    """
    texts = [element for element in elements if isinstance(element, str)]
    omitted = 0
    if texts and (more := _MORE.fullmatch(texts[-1].strip())):
        omitted = int(more[1])
        texts.pop()
    if len(texts) > limit:
        omitted += len(texts) - limit
        tail = limit // 2
        texts = texts[: limit - tail] + texts[len(texts) - tail :]
    return Log(tuple([read_line(text, level) for text in texts]), omitted)


def split_log(text: str) -> list[str]:
    """Elements of a log that came as one text: each line with a head begins one.

    Of a text without any head, every line that is not blank is an element.
    """
    last = []
    if more := _MORE_AT_END.search(text, max(0, len(text) - 200)):
        last = [more[1]]
        text = text[: more.start()]
    starts = [found.start() for found in _HEADS.finditer(text)]
    if not starts:
        return [line for line in text.split("\n") if line.strip()] + last
    before = [text[: starts[0]].strip()] if text[: starts[0]].strip() else []
    ends = [*starts[1:], len(text)]
    return before + [text[at:end].strip() for at, end in zip(starts, ends, strict=True)] + last


def has_head(text: str) -> bool:
    """Whether an element begins as a log line does."""
    return _HEAD.match(text) is not None


def first_complaint(lines: Iterable[LogLine]) -> str:
    """The first line of the first error, else of the first warning, else ""."""
    warning = ""
    for line in lines:
        if line.level == "error":
            return _complaint(line)
        if line.level == "warning" and not warning:
            warning = _complaint(line)
    return warning


def _complaint(line: LogLine) -> str:
    """The first line of the text; where that was reduced, the names of what happened, and of its exception."""
    if line.text and not line.text.startswith("[ex:"):
        return first_line(line.text)
    return first_line(f"{line.tag} {line.text.partition(' [st:')[0]}")


def tells_failure(lines: Iterable[LogLine]) -> bool:
    """Whether Duplicati's own last words are among the lines: the operation failed."""
    return any(
        line.level == "error" and line.tag.endswith(("FatalError", "FailedOperation")) for line in lines
    )


def count(lines: Iterable[LogLine], level: str) -> int:
    """How many lines are of this level."""
    return sum(line.level == level for line in lines)


def offset_of(lines: Iterable[LogLine]) -> int | None:
    """Minutes east of UTC of the first line that has a time."""
    for line in lines:
        if line.at is not None and (offset := line.at.utcoffset()) is not None:
            return int(offset.total_seconds()) // 60
    return None


def _time(stamp: str, zone: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(f"{stamp}{zone}")
    except ValueError:
        return None
    # An unset clock says nothing, and the last year may not fit once it is turned to UTC.
    return at if 1971 <= at.year < 9999 else None
