"""borg's log: plain lines, and objects of `--log-json` in their place."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from duplistat.core.report import BACKUP
from duplistat.core.tool_output import Output, text_of
from duplistat.formats.borg.signs import PROGRESS

_TYPES = frozenset(
    (
        "log_message",
        "file_status",
        "archive_progress",
        "progress_percent",
        "progress_message",
        "question_prompt",
    )
)
_NO_LOG = frozenset('{}[]"0123456789-')


@dataclass(frozen=True)
class Log:
    """An output of borg. `plain` is what it would have printed without `--log-json`."""

    output: Output

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """The objects of `--log-json`."""
        return [item for item in self.output.objects if item.get("type") in _TYPES]

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """Of these the lines of a log, with their level."""
        return [
            item
            for item in self.objects
            if item["type"] == "log_message" and text_of(item, "name").startswith("borg")
        ]

    @property
    def doing(self) -> str:
        """What `--progress` says is being done: an operation, or ""."""
        for item in self.objects:
            if item["type"] == "archive_progress":
                return BACKUP
            of = text_of(item, "msgid") if item["type"].startswith("progress_") else ""
            for beginning, operation in PROGRESS:
                if of.startswith(beginning):
                    return operation
        return ""

    @cached_property
    def plain(self) -> Output:
        if not self.objects:
            return self.output
        lines = [line for line in self.output.lines if '"type"' not in line]
        return Output("\n".join([*lines, *(text_of(item, "message") for item in self.messages)]))

    @cached_property
    def documents(self) -> list[dict[str, Any]]:
        """What `--json` prints: objects, also those in an array, and one in which lines of a log stand."""
        found = _of_borg(self.output.documents)
        if found or '"repository"' not in self.output.text:
            return found
        lines = [line for line in self.output.lines if _is_of_document(line)]
        return _of_borg(Output("\n".join(lines)).documents)


def _of_borg(documents: list[Any]) -> list[dict[str, Any]]:
    flat = [part for item in documents for part in (item if isinstance(item, list) else [item])]
    return [
        item
        for item in flat
        if isinstance(item, dict)
        and isinstance(item.get("repository"), dict)
        and ("archive" in item or "archives" in item or "encryption" in item)
    ]


def _is_of_document(line: str) -> bool:
    """Whether a line is of a document that is printed with indents, and not a whole object or words."""
    text = line.strip()
    if not text or text[0] not in _NO_LOG:
        return text.startswith(("true", "false", "null"))
    if text.startswith("{") and text.endswith("}") and len(text) > 2:
        try:
            return not isinstance(json.loads(text), dict)
        except ValueError:
            return True
    return True
