"""`?nulls=text`: texts in place of nulls, for clients that make something odd of a null."""

from typing import Any

from duplistat.core.errors import DuplistatError, Kind

NEVER = "never"
UNKNOWN = "unknown"
# Times, and the span since one. Of a run that took place they are unknown, and never of anything else.
_TIMES = ("lastUpdated", "secondsSinceLastBackup", "expectedAt")
_OF_RUN = ("startTime", "endTime", "date")
# What an answer holds of a run, so that each has its text where there is none.
RUNS = {
    "lastBackup": (
        "id", "name", "status", "startTime", "endTime", "duration", "files", "size", "storageUsed", "label", "health",
        "expectedAt",
    ),
    "latest_backup": (
        "id", "server_id", "machine_id", "name", "date", "status", "warnings", "errors", "messages", "fileCount",
        "fileSize", "uploadedSize", "duration", "duration_seconds", "durationInMinutes", "knownFileSize",
        "backup_list_count", "messages_array", "warnings_array", "errors_array", "available_backups",
    ),
}  # fmt: skip


def are_asked_for(value: str) -> bool:
    """Whether `?nulls=` asks for texts. Raises DuplistatError (invalid) for a word that it does not know."""
    if value not in ("", "null", "text"):
        raise DuplistatError(Kind.INVALID, "nulls must be null or text")
    return value == "text"


def in_place_of_nulls(content: dict[str, Any]) -> dict[str, Any]:
    """The same answer with a text for each null: "never", "unknown" or ""."""
    return {key: _text_of(key, value) for key, value in content.items()}


def _text_of(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return in_place_of_nulls(value)
    if isinstance(value, list):
        return [in_place_of_nulls(item) if isinstance(item, dict) else item for item in value]
    if value is not None:
        return value
    if key in RUNS:
        return {name: NEVER if name in (*_TIMES, *_OF_RUN) else "" for name in RUNS[key]}
    if key in _OF_RUN:
        return UNKNOWN
    return NEVER if key in _TIMES else ""
