"""A text report whose lines were joined: by a template in one line, or by a relay that takes line ends away.

Each known `Key: value` gets a line of its own again, and so do words of the user's around them.
"""

import re

from duplistat.formats.duplicati.log import HEAD
from duplistat.formats.duplicati.own_words import outcome_in

# What joins fields: blanks, and whatever a user or a relay puts between them.
JOINTS = " \t\r\n,;|"

# Names that nobody writes by chance, wherever they stand.
_COUNTERS = frozenset(
    {
        "AddedFiles", "AddedFolders", "AddedSymlinks", "AssignedQuotaSpace", "BackupListCount", "BeginTime",
        "BytesDownloaded", "BytesUploaded", "DeletedFileCount", "DeletedFileSize", "DeletedFiles", "DeletedFolders",
        "DeletedSetsActualLength", "DeletedSymlinks", "DownloadedFileCount", "DownloadedFileSize", "EndTime",
        "ErrorsActualLength", "ExaminedFiles", "FilesWithError", "FreeQuotaSpace", "KnownFileCount",
        "KnownFileSize", "KnownFilesets", "LastBackupDate", "LimitedErrors", "LimitedMessages", "LimitedWarnings",
        "MainOperation", "MessagesActualLength", "ModifiedFiles", "ModifiedFolders", "ModifiedSymlinks",
        "NotProcessedFiles", "OpenedFiles", "ParsedResult", "PartialBackup", "PatchedFiles",
        "RemoteSynchronizationResults", "RestorePath", "RestoredFiles", "RestoredFolders", "RestoredSymlinks",
        "SizeOfAddedFiles", "SizeOfExaminedFiles", "SizeOfModifiedFiles", "SizeOfOpenedFiles",
        "SizeOfRestoredFiles", "TimestampChangedFiles", "TooLargeFiles", "TotalQuotaSpace", "UnmodifiedFiles",
        "UploadedFileCount", "UploadedFileSize", "VerificationsActualLength", "WarningsActualLength",
    }
)  # fmt: skip
# Names that are words, too: they count where a field can begin.
_SIMPLE = frozenset(
    {
        "BackendStatistics", "CompactResults", "DeleteResults", "Dryrun", "Duration", "Errors", "Fatal",
        "Interrupted", "LockResults", "Messages", "RecreateDatabaseResults", "RepairResults", "TestResults",
        "VacuumResults", "Version", "Warnings",
    }
)  # fmt: skip
_BLOCKS = frozenset(("Failed", "Details"))
KNOWN = _COUNTERS | _SIMPLE | _BLOCKS
# Looked at before a field: the words of a user's own on its line.
_LONGEST_LINE = 2000

_ANY = re.compile(r"(?<![\w.-])([A-Z][A-Za-z]{3,39}):(?=[\s\[\dA-Za-z-]|\Z)", re.ASCII)
_DATE = (
    r"(?:(?! [A-Z][A-Za-z]{3,39}:)[^\n()|;]){1,80}\(-?\d{1,15}\)"
    r"|[\d./:T+-]{4,40}(?: [\d:.]{4,20})?(?:[ \u202f][AP]M)?Z?"
)
_VALUES = {
    "ParsedResult": r"[A-Za-z]{1,40}",
    "MainOperation": r"[A-Za-z]{1,40}",
    "Version": r"[^\s,;|]{1,60}(?: \([^()\n]{1,80}\))?",
    "Duration": r"-?[\d.:]{1,40}(?!\w)|\w[\w.]{0,40}",
    "BeginTime": _DATE,
    "EndTime": _DATE,
    "LastBackupDate": _DATE,
}
_USUAL = re.compile(r" ?(?:-?\d{1,20}|True|False|null|\[\])(?![\w.])", re.ASCII)
_OWN = {key: re.compile(f" ?(?:{pattern})", re.ASCII) for key, pattern in _VALUES.items()}
_LISTS = frozenset(("LimitedMessages", "LimitedWarnings", "LimitedErrors", "Messages", "Warnings", "Errors"))
_LIST_ENDS = re.compile(r"\](?=[ \t,;|]*(?:\n|\Z|[A-Z][A-Za-z]{3,39}:|Log data:))")
_LOG = re.compile(r"(?<![\w-])Log data:(?=\s*(?:\d{4}-|\Z))")
_HEADS = re.compile(rf"(?<=\S)[ \t,]+(?={HEAD})", re.ASCII)
_HEADER = re.compile(r"Duplicati (?:\S{1,60} )?report for ")


def is_folded(text: str) -> bool:
    """Whether a known field stands behind something else on its line."""
    failed = False
    for found in _ANY.finditer(text):
        line = text[
            max(text.rfind("\n", max(0, found.start() - _LONGEST_LINE), found.start()) + 1, 0) : found.start()
        ]
        if not line.strip():
            continue
        if found[1] in _COUNTERS:
            return True
        if found[1] == "Failed" and not failed:
            failed = True
            if (
                _HEADER.search(line)
                or outcome_in(line)
                or "Details: " in text[found.end() : found.end() + 5000]
            ):
                return True
    return False


def unfold(text: str) -> str:
    """The text with each known field, and what stands between fields, on lines of their own."""
    log: list[str] = []
    if found := _LOG.search(text):
        log = ["Log data:", _HEADS.sub("\n", text[found.end() :].strip())]
        text = text[: found.start()]
    lines: list[str] = []
    at, block, failed, counted = 0, "", False, False
    for found in _ANY.finditer(text):
        key, start = found[1], found.start()
        if start < at or not _counts(key, text[at:start], block, failed, counted):
            continue
        _keep(lines, block, text[at:start])
        if key in _BLOCKS:
            block, failed = f"{key}: ", True
            at = found.end() + text.startswith(" ", found.end())
            continue
        if block:
            lines.append("")  # the blank line that ends a failure
        block, counted = "", True
        value = next((m for p in (_OWN.get(key), _USUAL) if p and (m := p.match(text, found.end()))), None)
        if value is not None:
            lines.append(f"{key}: {value[0].strip()}")
            at = value.end()
        elif key in _LISTS and text.startswith(" [", found.end()):
            end = _LIST_ENDS.search(text, found.end())
            at = end.end() if end else len(text)
            inner = text[found.end() + 2 : end.start() if end else at].strip()
            lines += [f"{key}: [", "    " + _HEADS.sub(",\n    ", inner), "]"] if inner else [f"{key}: []"]
        else:
            block, at = f"{key}: ", found.end() + 1
    _keep(lines, block, text[at:])
    return "\n".join([*lines, *log])


def _counts(key: str, between: str, block: str, failed: bool, counted: bool) -> bool:
    """Whether a key begins a field where it stands: behind what was `between` it and the field before."""
    if key == "Failed":
        return not failed and not counted
    if key == "Details":
        return block == "Failed: "
    return key in _COUNTERS or (key in _SIMPLE and counted and not between.strip(JOINTS))


def _keep(lines: list[str], block: str, text: str) -> None:
    kept = block + (text.rstrip(JOINTS) if block else text.strip(JOINTS))
    if kept.strip():
        lines.append(kept)
