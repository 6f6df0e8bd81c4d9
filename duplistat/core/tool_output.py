"""What a backup tool printed: whole or cut, with lines of other programs around it, and never trusted to be one thing.

A tool's format reads an `Output` and says what it tells of, as a `Reading`; or None when it is another tool's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from duplistat.core.durations import MOST_SECONDS
from duplistat.core.errors import Unrecognised
from duplistat.core.json_text import load, value_at
from duplistat.core.report import Report
from duplistat.core.status import Status

# What an output is called of which nobody knows the tool.
TEXT = "text"
# Escape sequences of terminals: colours, and what clears a line.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Texts that look like JSON and are none: so many are tried.
_MOST_TRIED = 2000
# So many characters are read of them, and of a text before what is tried is cut off.
_MOST_READ = 40_000_000
_FAR = 100_000
# So many lines are read, of more the first and the last: logs have fewer, and each costs what a long one costs.
_FIRST_LINES, _LAST_LINES = 60_000, 240_000
# A line that is longer is no object that a tool prints: restic's largest, a list of snapshots, is read as a document.
_LONGEST_OBJECT = 4_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever sends an output says of it: the exit code, None for not known; the operation, in our words or "";
    whose it is, or ""; and when it arrived (aware)."""

    exit: int | None
    received: datetime
    operation: str = ""
    tool: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an output tells of: `recognised` is `<tool>.<operation>`; no reports where it tells of no run."""

    recognised: str
    reports: tuple[Report, ...] = ()


class Output:
    """The text of an output without escape sequences, its lines, and the JSON in it.

    A line ends at a line feed or a carriage return: tools write progress over itself. Of more than 300,000 lines the
    first 60,000 and the last 240,000 are read.
    """

    def __init__(self, text: str) -> None:
        self.text = _ESCAPES.sub("", text) if "\x1b" in text else text

    @cached_property
    def lines(self) -> list[str]:
        lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if len(lines) > _FIRST_LINES + _LAST_LINES:
            del lines[_FIRST_LINES:-_LAST_LINES]
        return lines

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """JSON objects that stand in a line each, in order; whatever a log puts before one is left out."""
        return list(_objects(self.lines))

    @cached_property
    def documents(self) -> list[Any]:
        """JSON objects and arrays, in order, that begin with a line and may have many; at most some thousand."""
        return list(_documents("\n".join(self.lines)))

    def last(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The last line in which a pattern is found."""
        return next(filter(None, map(pattern.search, reversed(self.lines))), None)

    def last_line(self, pattern: re.Pattern[str]) -> tuple[int, re.Match[str]] | None:
        """The same, with the number of that line, from 0 on."""
        for back, found in enumerate(map(pattern.search, reversed(self.lines)), 1):
            if found is not None:
                return len(self.lines) - back, found
        return None

    def first(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first line in which a pattern is found."""
        return next(filter(None, map(pattern.search, self.lines)), None)

    def count(self, pattern: re.Pattern[str]) -> int:
        """In how many lines a pattern is found."""
        return sum(1 for _ in filter(None, map(pattern.search, self.lines)))


def _objects(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        line = line.rstrip()
        if not line.endswith("}") or len(line) > _LONGEST_OBJECT:
            continue
        begin = line.find("{")
        if begin >= 0 and isinstance(found := _whole(line[begin:]), dict):
            yield found


def _documents(text: str) -> Iterator[Any]:
    position, tried, to_read = 0, 0, _MOST_READ
    behind = False
    while tried < _MOST_TRIED and to_read > 0:
        begin = _opening(text, position, behind)
        if begin is None:
            return
        if begin > _FAR:
            # An error counts the lines before it. A text is cut here, not at each opening: that takes longer.
            text, begin = text[begin:], 0
        found, end = value_at(text, begin)
        behind = found is not None
        if found is None:
            tried += 1
            to_read -= end - begin
            position = begin + 1
        else:
            yield found
            position = end


# What cannot begin JSON is not tried.
_OPENING = re.compile(r"^[ \t]*(\{(?=\s*[\"}])|\[(?=\s*[\[\]{\"\w-]))", re.MULTILINE)


# Right behind a document may be the next one: rustic ends none with a line feed.
_NEXT = re.compile(r"[ \t]*([\[{])")


def _opening(text: str, position: int, behind: bool) -> int | None:
    found = (behind and _NEXT.match(text, position)) or _OPENING.search(text, position)
    return found.start(1) if found else None


def _whole(text: str) -> Any:
    try:
        found, end = load(text)
    except Unrecognised:
        return None
    return found if end == len(text) else None


def settled(claim: Status | None, by_exit: Status | None) -> Status:
    """How a run ended: `claim` is what its output says, `by_exit` what its exit code means; None for nothing.

    The exit code beats the text. But no success is made of a warning, nor of a failure that the tool tells of; and what
    says that it was interrupted was.
    """
    if by_exit is None:
        return Status.UNKNOWN if claim is None else claim
    if by_exit is Status.SUCCESS:
        return Status.SUCCESS if claim in (None, Status.SUCCESS) else Status.WARNING
    return Status.INTERRUPTED if claim is Status.INTERRUPTED else by_exit


def whole_number(fields: Mapping[str, Any], key: str) -> int | None:
    """A number of a tool that counts: None for one that is missing, below zero, or too large for a column."""
    value = fields.get(key)
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**63 else None


def seconds_ms(fields: Mapping[str, Any], key: str) -> int | None:
    """Milliseconds of a number of seconds; None for one that is missing, below zero, or beyond all durations."""
    value = fields.get(key)
    if not isinstance(value, int | float) or not 0 <= value <= MOST_SECONDS:
        return None
    return round(value * 1000)


def text_of(fields: Mapping[str, Any], key: str) -> str:
    """A text; "" where there is none."""
    value = fields.get(key)
    return value if isinstance(value, str) else ""
