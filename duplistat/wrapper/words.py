"""What a command does, by its words: what makes no backup must make none look fresh, also where it prints nothing."""

from __future__ import annotations

import re

# What the words of each tool mean; the first of them in a command decides.
_BORG = {
    "backup": "create",
    "verify": "check",
    "prune": "prune compact delete",
    "other": "init rcreate repo-create list rlist repo-list info rinfo repo-info diff mount umount break-lock tag key"
    " version",
}
_OF = {
    "restic rustic": {
        "backup": "backup copy",
        "verify": "check",
        "restore": "restore",
        "prune": "forget prune",
        "other": "init snapshots stats ls list find diff mount dump cat unlock tag key rebuild-index repair version",
    },
    "borg borg2": {**_BORG, "restore": "extract"},
    "borgmatic": {**_BORG, "restore": "extract restore"},
    "rclone": {
        "backup": "sync bisync copy copyto move moveto",
        "verify": "check cryptcheck",
        "prune": "delete purge cleanup",
        "other": "ls lsl lsd lsf lsjson size mount cat version",
    },
    "kopia": {
        "backup": "create",
        "verify": "verify",
        "restore": "restore",
        "prune": "delete expire maintenance",
        "other": "ls list stats info diff mount repository policy",
    },
    "duplicity": {
        "backup": "backup full incremental incr inc",
        "verify": "verify",
        "restore": "restore",
        "prune": "cleanup remove-older-than remove-all-but-n-full remove-all-inc-of-but-n-full",
        "other": "collection-status list-current-files replicate",
    },
    "rdiff-backup": {
        "backup": "backup",
        "verify": "verify --verify",
        "restore": "restore",
        "prune": "remove --remove-older-than",
        "other": "list info --list-increments regress",
    },
}
WORDS = {
    tool: {word: operation for operation, words in of.items() for word in words.split()}
    for tools, of in _OF.items()
    for tool in tools.split()
}
# The word after one of these is its value, and no command.
VALUED = frozenset(
    (
        "-r",
        "--repo",
        "--password-file",
        "--tag",
        "--host",
        "--name",
        "--config",
        "-o",
        "--cache-dir",
        "--archive-dir",
        "--remote-path",
        "--rsh",
        "--log-file",
        "--password-command",
        "--repository-file",
        "--config-file",
        "--backup-dir",
        "--cacert",
        "--key-hint",
        "--lock-wait",
        "--retry-lock",
    )
)
# Nothing is done. rsync has it among other letters, as in -avn; what follows some of these is a value, as in -enc.
_DRY = re.compile(r"--dry-run|-n")
_DRY_RSYNC = re.compile(r"--dry-run|-(?:(?![efTBM])[A-Za-z])*n[A-Za-z]*")


def operation_of(tool: str, words: list[str]) -> str:
    """What a command of a tool does, by the words after its name: an operation, or "" for what is not known."""
    if tool == "rsync":
        return "other" if any(_DRY_RSYNC.fullmatch(word) for word in words) else ""
    known = WORDS.get(tool)
    if known is None:
        return ""
    if any(_DRY.fullmatch(word) for word in words):
        return "other"
    found = [known[word] for word in _without_values(tool, words) if word in known]
    # Of the actions of borgmatic, in any order, the backup matters most.
    if tool == "borgmatic" and "backup" in found:
        return "backup"
    if not found and tool == "duplicity":
        return _by_direction(words)
    return found[0] if found else ""


def _without_values(tool: str, words: list[str]) -> list[str]:
    left, skipped = [], False
    for word in words:
        if not skipped:
            left.append(word)
        # With borg, -p shows the progress.
        skipped = not skipped and (word in VALUED or (word == "-p" and tool in ("restic", "rustic", "kopia")))
    return left


def _by_direction(words: list[str]) -> str:
    """duplicity without an action backs up to an address that comes last, and restores from one before a folder."""
    if len(words) < 2 or any(word.startswith("-") for word in words[-2:]):
        return ""
    source, target = ("://" in word for word in words[-2:])
    return "" if source == target else "backup" if target else "restore"
