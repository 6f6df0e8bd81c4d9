"""What a command does, by its words: what makes no backup must make none look fresh, also where it prints nothing."""

from __future__ import annotations

import re

# Tools of which the words are known, and what they mean; the first of them in a command decides.
TOOLS = ("restic", "rustic", "borg", "borg2", "borgmatic", "rclone", "kopia", "duplicity", "rdiff-backup")
_OF = {
    "backup": "backup create sync bisync copy copyto move moveto full incremental incr",
    "verify": "check cryptcheck verify --verify",
    "restore": "restore extract",
    "prune": "forget prune compact cleanup delete purge expire maintenance remove remove-older-than"
    " remove-all-but-n-full remove-all-inc-of-but-n-full --remove-older-than",
    "other": "init rcreate repo-create snapshots stats ls lsl lsd lsf lsjson size list rlist repo-list info rinfo"
    " repo-info find diff mount umount dump cat unlock break-lock tag key rebuild-index repair version repository"
    " policy collection-status list-current-files --list-increments regress",
}
WORDS = {word: operation for operation, words in _OF.items() for word in words.split()}
# Nothing is done. rsync has it among other letters, as in -avn.
_DRY = re.compile(r"--dry-run|-n")
_DRY_RSYNC = re.compile(r"--dry-run|-[A-Za-z]*n[A-Za-z]*")


def operation_of(tool: str, words: list[str]) -> str:
    """What a command of a tool does, by the words after its name: an operation, or "" for what is not known."""
    dry = _DRY_RSYNC if tool == "rsync" else _DRY
    if tool in (*TOOLS, "rsync") and any(dry.fullmatch(word) for word in words):
        return "other"
    found = [WORDS[word] for word in words if tool in TOOLS and word in WORDS]
    # Of the actions of borgmatic, in any order, the backup matters most.
    if tool == "borgmatic" and "create" in words:
        return "backup"
    return found[0] if found else ""
