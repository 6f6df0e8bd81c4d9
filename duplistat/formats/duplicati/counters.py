"""The counters of a report: those that we have a word for, and those that keep the sender's name."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypedDict

from duplistat.core.report import BACKUP, MAX_INTEGER
from duplistat.core.status import Status
from duplistat.core.text import clean
from duplistat.core.times import parse_iso
from duplistat.formats.duplicati.values import integer, natural, true

_MAX_NUMBERS = 200
_MAX_KEY = 64
_LENGTHS = frozenset({"MessagesActualLength", "WarningsActualLength", "ErrorsActualLength"})
# No counters, whatever they hold: a path that a user chose may happen to be digits.
_TEXTS = frozenset(
    {
        "BeginTime", "Destination", "Duration", "EndTime", "LastBackupDate", "MainOperation", "ParsedResult",
        "RestorePath", "TargetPath", "Version",
    }
)  # fmt: skip
_BACKUP_KEYS = frozenset(
    {"ExaminedFiles", "SizeOfExaminedFiles", "AddedFiles", "ModifiedFiles", "DeletedFiles", "FilesWithError"}
)
_RESTORE_KEYS = frozenset({"RestoredFiles", "FilesRestored", "SizeOfRestoredFiles"})
_TEST_KEYS = frozenset({"VerificationsActualLength"})
_NO_NUMBERS = _LENGTHS | _TEXTS
# Of each operation, what is told apart from its other numbers.
_OWN_KEYS = {
    BACKUP: _BACKUP_KEYS | _NO_NUMBERS,
    "restore": _RESTORE_KEYS | _NO_NUMBERS,
    "test": _TEST_KEYS | _NO_NUMBERS,
}
_DESTINATION_KEYS = frozenset(
    {
        "KnownFileSize",
        "BackupListCount",
        "BytesUploaded",
        "BytesDownloaded",
        "TotalQuotaSpace",
        "FreeQuotaSpace",
    }
)
# Lists of what is broken; how long they are is a counter.
BROKEN = ("BrokenRemoteFiles", "BrokenLocalFiles", "BrokenFiles")
# -1: no quota was set; 0: the check never ran. Neither is a size.
_QUOTA = "AssignedQuotaSpace"
# All zero when the remote list was not reached, and then no counts of anything.
_LISTED = frozenset({"KnownFileCount", "KnownFilesets", "UnknownFileCount", "UnknownFileSize"})
_OF_DESTINATION = _DESTINATION_KEYS | _NO_NUMBERS
_OF_DESTINATION_UNLISTED = _OF_DESTINATION | _LISTED


class Counters(TypedDict, total=False):
    """The numeric fields of a report. A key that is missing was not told."""

    files: int | None
    size: int | None
    storage: int | None
    uploaded: int | None
    downloaded: int | None
    versions: int | None
    files_added: int | None
    files_modified: int | None
    files_deleted: int | None
    files_failed: int | None
    quota_total: int | None
    quota_free: int | None
    numbers: Mapping[str, int]


def counters_of(
    operation: str, status: Status, data: Mapping[str, Any], statistics: Mapping[str, Any]
) -> Counters:
    """Counters from `Data` and its `BackendStatistics`, sizes in bytes.

    A run that failed before it counted anything tells zeros that mean nothing: they are left out. So are the
    sizes at the destination when its list was not reached. Of two numbers of one name, `Data`'s is taken.
    """
    counted = status not in (Status.FATAL, Status.INTERRUPTED) or _counted(data)
    listed = _list_was_reached(status, statistics)
    result: Counters = {
        "uploaded": natural(statistics.get("BytesUploaded")),
        "downloaded": natural(statistics.get("BytesDownloaded")),
    }
    if counted:
        _add_files(result, operation, data)
    if listed:
        result["storage"] = natural(statistics.get("KnownFileSize"))
        result["versions"] = natural(statistics.get("BackupListCount"))
        # A host without a quota tells 0 for both; a full one tells 0 free of something.
        result["quota_total"] = natural(statistics.get("TotalQuotaSpace")) or None
        free = natural(statistics.get("FreeQuotaSpace"))
        result["quota_free"] = free if free or result["quota_total"] else None
    numbers: dict[str, int] = {}
    for name in BROKEN:
        if isinstance(listed_ones := data.get(name), list) and listed_ones:
            numbers[name] = len(listed_ones)
    _add_numbers(numbers, data, _OWN_KEYS.get(operation, _NO_NUMBERS), zeros=counted)
    _add_numbers(numbers, statistics, _OF_DESTINATION if listed else _OF_DESTINATION_UNLISTED, zeros=True)
    result["numbers"] = numbers
    return result


def looks_like_backup(data: Mapping[str, Any]) -> bool:
    """Whether the counters are a backup's."""
    return "ExaminedFiles" in data


def step_numbers(data: Mapping[str, Any]) -> dict[str, int]:
    """The counters of a step inside a run; its three lengths are always zero and say nothing."""
    numbers: dict[str, int] = {}
    _add_numbers(numbers, data, _NO_NUMBERS, zeros=True)
    return numbers


def _add_files(result: Counters, operation: str, data: Mapping[str, Any]) -> None:
    if operation == BACKUP:
        result["files"] = natural(data.get("ExaminedFiles"))
        result["size"] = natural(data.get("SizeOfExaminedFiles"))
        result["files_added"] = natural(data.get("AddedFiles"))
        result["files_modified"] = natural(data.get("ModifiedFiles"))
        result["files_deleted"] = natural(data.get("DeletedFiles"))
        result["files_failed"] = natural(data.get("FilesWithError"))
    elif operation == "restore":
        # 2.0.4 has the words the other way round.
        result["files"] = natural(data.get("RestoredFiles", data.get("FilesRestored")))
        result["size"] = natural(data.get("SizeOfRestoredFiles"))
    elif operation == "test":
        result["files"] = natural(data.get("VerificationsActualLength"))


def _counted(data: Mapping[str, Any]) -> bool:
    return any(integer(value) for key, value in data.items() if key not in _LENGTHS and key not in _TEXTS)


def _list_was_reached(status: Status, statistics: Mapping[str, Any]) -> bool:
    keys = ("KnownFileCount", "KnownFileSize", "BackupListCount")
    if any(natural(statistics.get(key)) for key in keys):
        return True
    return status is not Status.FATAL and parse_iso(statistics.get("LastBackupDate")) is not None


@lru_cache(maxsize=2048)
def _name(key: str) -> str | None:
    """What a number is called; None for a key that is too long. The same few hundred names come with every report."""
    return clean(key) if len(key) <= _MAX_KEY else None


def _add_numbers(
    numbers: dict[str, int], data: Mapping[str, Any], skipped: frozenset[str], *, zeros: bool
) -> None:
    for key, value in data.items():
        if value is None or key in skipped or key in numbers:
            continue
        kind = type(value)
        if kind is int:
            number: int | None = value if -MAX_INTEGER <= value <= MAX_INTEGER else None
        elif key.startswith("Reported"):
            number = 1 if true(value) else None
        else:
            number = integer(value) if kind is str or kind is float else None
        if number is None or (number <= 0 and (key == _QUOTA or not (number or zeros))):
            continue
        name = _name(key)
        if name is None:
            continue
        if len(numbers) >= _MAX_NUMBERS:
            return
        numbers[name] = number
