"""Why a job is as it is: codes and their values, put into words where they are shown (`reason_words`).

They are kept as JSON: a list of objects with `code` and the values. What was kept before there were codes is a text.
A message of a run that no sender wrote is kept in the same way.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Value = int | float | str | None


class Code(StrEnum):
    """What is behind it; in brackets its values: times in ms, None for unknown, `message` as its sender wrote it."""

    # (expected_at, missed, last_success_at)
    OVERDUE = "overdue"
    # (at, message): told live, no report has come.
    LIVE_FAILED = "live_failed"
    # (at, files, message): so many files are broken.
    VERIFICATION_FAILED = "verification_failed"
    RESTORE_FAILED = "restore_failed"
    # (at, status, message): status as in core.status.
    ENDED = "ended"
    # (at): before it was complete.
    STOPPED = "stopped"
    # (at): nothing since then.
    STALLED = "stalled"
    # (at, part): 0 to 1.
    RUNNING = "running"
    NEVER_REPORTED = "never_reported"
    ARCHIVED = "archived"
    # (until)
    PAUSED = "paused"
    MAINTENANCE = "maintenance"
    # (at)
    BACKED_UP = "backed_up"
    # (message): a channel does not deliver; what its receiver answered, or a text of ours (core.i18n).
    UNDELIVERED = "undelivered"
    # (text): in English, of before there were codes.
    TEXT = "text"

    # In place of a sender's message of a run (MESSAGES). (number)
    ERRORS_IN_LOG = "errors_in_log"
    FILES_UNREADABLE = "files_unreadable"
    # (number): nothing was examined; so many files were deleted, or examined the time before.
    SOURCE_EMPTIED = "source_emptied"
    SOURCE_EMPTY = "source_empty"
    # No report told how it ended.
    WENT_SILENT = "went_silent"
    RESULT_ELSEWHERE = "result_elsewhere"
    ENDED_UNREPORTED = "ended_unreported"
    FAILED_UNREPORTED = "failed_unreported"
    # A ping that says success, with an output that says otherwise.
    SUCCESS_DOUBTED = "success_doubted"


# A backup that was reported as a success, and is none.
DOUBTS = (Code.ERRORS_IN_LOG, Code.FILES_UNREADABLE, Code.SOURCE_EMPTIED, Code.SOURCE_EMPTY)
MESSAGES = (
    *DOUBTS,
    Code.WENT_SILENT,
    Code.RESULT_ELSEWHERE,
    Code.ENDED_UNREPORTED,
    Code.FAILED_UNREPORTED,
    Code.SUCCESS_DOUBTED,
)
_BEGINNING = '[{"code":'


@dataclass(frozen=True, slots=True)
class Reason:
    code: Code
    values: Mapping[str, Value]

    def number(self, name: str) -> int | None:
        value = self.values.get(name)
        return int(value) if isinstance(value, int | float) else None

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")


def reason(code: Code, **values: Value) -> Reason:
    return Reason(code, values)


def dump(reasons: Sequence[Reason]) -> str:
    """Reasons as they are kept."""
    content = [{"code": item.code.value, **item.values} for item in reasons]
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def load(kept: str) -> list[Reason]:
    """Reasons that were kept; a text of before there were codes is one of them."""
    if not kept.startswith(_BEGINNING):
        return [reason(Code.TEXT, text=kept)] if kept else []
    return [
        Reason(Code(item["code"]), {name: value for name, value in item.items() if name != "code"})
        for item in json.loads(kept)
    ]


def load_message(kept: str) -> list[Reason]:
    """The reasons that a message of a run is made of; none for one that its sender wrote, whatever that looks like."""
    if not kept.startswith(_BEGINNING):
        return []
    try:
        found = load(kept)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return []
    ours = all(item.code in MESSAGES and _is_message(item.values) for item in found)
    return found if ours and dump(found) == kept else []


def _is_message(values: Mapping[str, Value]) -> bool:
    return set(values) <= {"number"} and all(type(value) is int for value in values.values())
