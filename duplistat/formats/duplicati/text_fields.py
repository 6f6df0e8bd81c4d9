"""Duplicati's text report taken apart: header, `Key: value` lines, lists, the failure, the log, and a user's own words.

Pure line work; what the fields mean is `text_report`'s business.
"""

import re
from dataclasses import dataclass, field

from duplistat.core.status import Status, status_of
from duplistat.formats.duplicati import own_words, unfolding
from duplistat.formats.duplicati.log import has_head

# Names longer than this are not taken apart: the pattern below would take quadratic time.
_MAX_HEADER = 1000

_HEADER = re.compile(r"Duplicati (?:(\S{1,60}) )?report for(?:[ \t]+(.*))?\Z", re.ASCII)
# A line of Duplicati's, known or not: a name of several words, or a number, and no words of a user's own.
_THEIRS = re.compile(
    r"[ \t]*[A-Z][a-z]+(?:[A-Z][a-z]+)+: .*|[ \t]*[A-Z][A-Za-z]*: ?(?:-?\d+|True|False|null|\[.*|)\s*",
    re.ASCII,
)
_MOST_WORDS = 50
# 2.0.7.101 and newer add "(machine-id, backup-id[, machine-name])". A name may end in parentheses of its own,
# so one of the two ids has to look like one.
_IDS = re.compile(
    r"(.*?) ?\((?:([0-9a-fA-F]{32}|), ([^(),]*)|([^(),]+), (DB-\d+|[0-9a-fA-F]{64}))(?:, (.*))?\)", re.ASCII
)
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,59}): ?(.*)")
_COUNTER = re.compile(r"[A-Z][A-Za-z]*: ?(?:-?\d+|True|False|null|\[.*|[A-Z][A-Za-z]+)\s*", re.ASCII)
_LOG_DATA = re.compile(r"^Log data:[ \t]*$", re.MULTILINE)
_LOG_LIST = re.compile(r"(?:Limited)?(?:Messages|Warnings|Errors): \[")
_SIGNS = re.compile(
    r"^(?:Duplicati (?:\S{1,60} )?report for|ParsedResult: |MainOperation: |Failed: )", re.MULTILINE
)


@dataclass(slots=True)
class TextFields:
    """The parts of a text report. `names` has the header's names under the keys of `Extra`."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    # Lists that ended in "...": at most ten items are written.
    cut: set[str] = field(default_factory=set)
    # Lines of what stands further in below a key that has no value, such as the result of a step.
    steps: dict[str, list[str]] = field(default_factory=dict)
    failed: str = ""
    details: str = ""
    log: str = ""
    # Lines that are a user's own, and what follows the name on the header's line.
    words: list[str] = field(default_factory=list)


def is_report(text: str) -> bool:
    """Whether a text has something of Duplicati's report: its header, a result, or a failure."""
    return _SIGNS.search(text) is not None or unfolding.is_folded(text)


def take_apart(text: str) -> TextFields:
    """The parts of a text with any line ends, or none. Of a key that comes twice the first is taken."""
    fields = TextFields()
    text = text.replace("\r\n", "\n")
    if "\n" not in text:
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\r", "\n")
    if unfolding.is_folded(text):
        text = unfolding.unfold(text)
    header: tuple[str, str] | None = None
    if log := _LOG_DATA.search(text):
        fields.log = text[log.end() :]
        text = text[: log.start()]
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if header is None and (head := _HEADER.search(line.strip()[: 2 * _MAX_HEADER])):
            header = (head[1] or "", head[2] or "")
            fields.words.append(line.strip()[: head.start()])
            continue
        found = _KEY.fullmatch(line)
        # A user's "Fatal: NAME" is no "Fatal: True".
        theirs = found is not None and found[1] in unfolding.KNOWN and found[1] != "Fatal"
        if not theirs and not _THEIRS.fullmatch(line):
            fields.words.append(line)
        if found is None:
            continue
        key, value = found[1], found[2].rstrip()
        if value == "[":
            at = _take_list(fields, key, lines, at)
        elif value == "[]":
            fields.lists.setdefault(key, [])
        elif key == "Failed" and not fields.failed:
            fields.failed, at = _take_block(value, lines, at)
        elif key == "Details" and not fields.details:
            fields.details, at = _take_block(value, lines, at)
        elif value in ("", "{") and at < len(lines) and lines[at][:1] in (" ", "\t"):
            at = _take_step(fields, key, lines, at)
        else:
            fields.values.setdefault(key, value)
    words = [word.strip() for word in fields.words if word.strip()]
    fields.words = words[:_MOST_WORDS]
    if header is not None:
        fields.names, rest = _names(*header, _outcome_of(fields))
        fields.words += [rest] if rest else []
    return fields


def _outcome_of(fields: TextFields) -> Status | None:
    """What the report's own fields say; None where only words can."""
    if fields.failed or fields.details:
        return Status.FATAL
    status = status_of(fields.values.get("ParsedResult", ""))
    return None if status is Status.UNKNOWN and "ParsedResult" not in fields.values else status


def _names(operation: str, rest: str, outcome: Status | None) -> tuple[dict[str, str], str]:
    """The header's names, and what follows them. A name ends where an outcome begins that the report has."""
    found = _IDS.fullmatch(rest) if len(rest) <= _MAX_HEADER else None
    behind = ""
    if found is None and len(rest) <= _MAX_HEADER:
        rest, behind = own_words.name_before_outcome(rest, outcome)
        found = _IDS.fullmatch(rest)
    names = {"OperationName": operation, "backup-name": rest}
    if found:
        name, machine, job, chosen_machine, chosen_job, host = found.groups()
        names["backup-name"] = name
        names["machine-id"] = machine or chosen_machine or ""
        names["backup-id"] = job or chosen_job or ""
        names["machine-name"] = host or ""
    return names, behind


def _take_block(first: str, lines: list[str], at: int) -> tuple[str, int]:
    """A failure's message or details: all up to the other one, or to a blank line before the counters."""
    block = [first]
    while at < len(lines) and not lines[at].startswith("Details: "):
        if not lines[at].strip() and at + 1 < len(lines) and _COUNTER.fullmatch(lines[at + 1]):
            break
        block.append(lines[at])
        at += 1
    return "\n".join(block).strip(), at


def _take_step(fields: TextFields, key: str, lines: list[str], at: int) -> int:
    step: list[str] = []
    while at < len(lines) and lines[at][:1] in (" ", "\t"):
        step.append(lines[at].strip())
        at += 1
    fields.steps.setdefault(key, step)
    return at + (at < len(lines) and lines[at] == "}")


def _take_list(fields: TextFields, key: str, lines: list[str], at: int) -> int:
    """Items begin with four blanks after a comma, or with a log line's head; other lines continue an item."""
    items: list[list[str]] = []
    while at < len(lines):
        line = lines[at]
        if line == "]" or _LOG_LIST.match(line):  # the end may be lost with text between two percent signs
            at += line == "]"
            break
        at += 1
        if line.strip() == "..." and (at == len(lines) or lines[at] == "]"):
            fields.cut.add(key)
        elif not items or has_head(line.strip()) or (line.startswith("    ") and items[-1][-1].endswith(",")):
            items.append([line.strip()])
        else:
            items[-1].append(line)
    last = len(items) - 1
    if key not in fields.lists:
        cut = key in fields.cut
        joined = ["\n".join(item) for item in items]
        fields.lists[key] = [
            item.removesuffix(",") if cut or index < last else item for index, item in enumerate(joined)
        ]
    return at
