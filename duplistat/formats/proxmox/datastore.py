"""Notifications of Proxmox Backup Server: what it did with a datastore. Each tells of one run."""

import re
from typing import NamedTuple

from duplistat.core import exit_codes
from duplistat.core.durations import parse_duration
from duplistat.core.notification_json import Notification
from duplistat.core.report import BACKUP, PRUNE, VERIFY, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.text import clip_name, first_line
from duplistat.core.tool_output import Output, Told, settled, text_of


class _Kind(NamedTuple):
    """A kind of job of the server: what the name of ours begins with, and what it does. Copies of backups, on another
    server or on tape, are backups."""

    name: str
    operation: str


_GC = _Kind("gc", PRUNE)
_PRUNE = _Kind("prune", PRUNE)
_VERIFY = _Kind("verify", VERIFY)
_SYNC = _Kind("sync", BACKUP)
_TAPE = _Kind("tape", BACKUP)
_TITLES = {
    "garbage collect": _GC,
    "pruning": _PRUNE,
    "verify": _VERIFY,
    "sync": _SYNC,
    "tape backup": _TAPE,
}
_RESULTS = {
    "garbage collection": _GC,
    "pruning": _PRUNE,
    "verification": _VERIFY,
    "synchronization": _SYNC,
    "tape backup": _TAPE,
}

# Such as: Sync remote 'offsite' datastore 'tank' successful
_TITLE = re.compile(
    r"(?:^|: )(Garbage Collect|Pruning|Verify|Sync|Tape Backup)\b[^'\n]*(?:'[^'\n]*' )?datastore '([^'\n]{1,255})'"
    r" (successful|failed)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"^\s*(Garbage collection|Pruning|Verification|Synchronization|Tape Backup)"
    r" (successful|failed)(?:\.$|: (.+)| on these )",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^\s*(Job ID|Datastore|On-Disk usage|Duration): +(\S.*?)\s*$")
_LINK = re.compile(r"<https?://\[?([0-9A-Za-z.:-]{1,255}?)\]?(?::\d{1,5})?/#")
# What could not be verified stands below the result, indented.
_INDENTED = re.compile(r"^ {4}(\S.*)$")
_MOST_NAMED = 3


def read(note: Notification, told: Told) -> Report | None:
    """What a notification tells of; None when it is none of a datastore."""
    message = note.message
    title = _TITLE.search(note.title) or message.first(_TITLE)
    found = message.last(_RESULT)
    fields = _fields(message)
    store = title[2] if title else fields.get("Datastore", "")
    if not store or (title is None and found is None):
        return None
    kind = _RESULTS[found[1].lower()] if found else _TITLES[title[1].lower()] if title else _SYNC
    word = (found[2] if found else title[3] if title else "").lower()
    claim = Status.SUCCESS if word == "successful" else Status.ERROR
    status = settled(claim, None if told.exit is None else exit_codes.plain(told.exit))
    used, _, _ = fields.get("On-Disk usage", "").partition(" (")
    return Report(
        operation=kind.operation,
        status=status,
        precision=Precision.ARRIVAL,
        format=f"proxmox-{kind.operation}",
        server_name=clip_name(_host(note)),
        job_name=clip_name(" ".join(part for part in (kind.name, store, fields.get("Job ID", "")) if part)),
        duration_ms=parse_duration(fields.get("Duration", "")),
        storage=size_of(used) if used else None,
        approximate=("storage",) if used and is_rounded(used) else (),
        message="" if status is Status.SUCCESS else _why(message, found),
    )


def _fields(message: Output) -> dict[str, str]:
    """The lines above the result; of one that comes twice, the first."""
    found: dict[str, str] = {}
    for line in message.lines:
        if (match := _FIELD.match(line)) is not None:
            found.setdefault(match[1], match[2])
    return found


def _host(note: Notification) -> str:
    """The server's short name, as its fields or the link at the end say it."""
    link = note.message.last(_LINK)
    host = text_of(note.fields, "hostname") or (link[1] if link else "")
    return host if host.replace(".", "").isdigit() or ":" in host else host.partition(".")[0]


def _why(message: Output, found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    if found[3]:
        return first_line(found[3])
    named = [line.strip() for line in message.lines if _INDENTED.match(line)]
    if not named:
        return ""
    more = len(named) - _MOST_NAMED
    others = f" (and {more} more)" if more > 0 else ""
    return first_line(f"Verification failed on {', '.join(named[:_MOST_NAMED])}{others}")
