"""Notifications of Proxmox: one of vzdump tells of a job and each guest in it, one of a datastore of one run."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from duplistat.core import exit_codes
from duplistat.core.durations import parse_duration
from duplistat.core.local_clock import offset_of, ticks_of
from duplistat.core.notification_json import Notification, notification_of
from duplistat.core.report import BACKUP, Precision, Report
from duplistat.core.size_text import is_rounded, size_of
from duplistat.core.status import Status
from duplistat.core.text import clip_name, first_line
from duplistat.core.times import TICKS_PER_SECOND, from_unix
from duplistat.core.tool_output import Output, Reading, Told, settled, text_of, whole_number
from duplistat.formats.proxmox import datastore
from duplistat.formats.proxmox.guests import HEADER, Guest, guests_of

_TITLE = re.compile(
    r"\bvzdump backup status \(([^()\s]{1,255})\) ?: (backup (?:successful|failed)|\S+)(?:: (\S.*))?",
    re.IGNORECASE,
)
_RUNNING_TIME = re.compile(r"\bTotal running time: (\S.*?)\s*$")
_SIZE = re.compile(r"\bTotal size: (\d[\d.]* ?[KMGTPE]?i?B)\s*$")
_LOG = re.compile(r"\b(?:INFO|ERROR): (?:(?:Starting|Finished|Failed) )?Backup of VM \d+\b")
_FINISHED = re.compile(r"\bINFO: Backup job finished (successfully|with errors)")
_JOB_ERROR = re.compile(r"\b(?:TASK ERROR|ERROR: Backup job failed) ?[:-] ?(.+)")
_SIGNS = ("vzdump", "VMID", "Backup of VM ", "atastore")
_OF_SEVERITY = {"error": Status.ERROR, "warning": Status.WARNING}


def read(output: Output, told: Told) -> Reading | None:
    """What a message tells of: of vzdump a report for each guest, then one for the whole; None when it is none."""
    if not any(sign in output.text for sign in _SIGNS):
        return None
    note = notification_of(output)
    # A webhook's `fields` are nested; some bring them flat.
    nested = note.fields.get("fields")
    note = Notification(
        note.message, note.title, {**note.fields, **(nested if isinstance(nested, dict) else {})}
    )
    if (of_datastore := datastore.read(note, told)) is not None:
        return Reading(f"proxmox.{of_datastore.operation}", (of_datastore,))
    return _of_vzdump(note, told)


def _of_vzdump(note: Notification, told: Told) -> Reading | None:
    fields = note.fields
    title = _TITLE.search(note.title) or note.message.last(_TITLE)
    has_table = note.message.first(HEADER) is not None
    if (
        title is None
        and not has_table
        and note.message.first(_LOG) is None
        and fields.get("type") != "vzdump"
    ):
        return None
    guests = list(guests_of(note.message).values())
    whole = _whole(note, title, guests, has_table)
    by_exit = None if told.exit is None else exit_codes.plain(told.exit)
    claim = None if whole.status is Status.UNKNOWN else whole.status
    whole = replace(whole, status=settled(claim, by_exit))
    host = text_of(fields, "hostname") or (title[1] if title else "")
    server = clip_name(host.partition(".")[0])
    offset = _offset(guests, _sent(note) or told.received)
    # Without its name, a guest would be another job.
    reports = [_report(guest, offset) for guest in guests if guest.name or guest.listed]
    whole = _timed(whole, guests, offset)
    named = (replace(report, server_name=server, format="proxmox-backup") for report in (*reports, whole))
    return Reading("proxmox.backup", tuple(named))


def _sent(note: Notification) -> datetime | None:
    """When the node sent it, where its fields say so."""
    seconds = whole_number(note.fields, "timestamp")
    return from_unix(seconds) if seconds else None


def _offset(guests: Iterable[Guest], received: datetime) -> timedelta | None:
    """The zone of the node: its last guest ended just before it sent the message."""
    ends = [guest.end for guest in guests if guest.end is not None]
    return offset_of(max(ends), received) if ends else None


def _report(guest: Guest, offset: timedelta | None) -> Report:
    report = Report(
        operation=BACKUP,
        status=guest.status,
        precision=Precision.ARRIVAL,
        job_name=clip_name(f"{guest.vmid} {guest.name}"),
        duration_ms=guest.duration_ms,
        size=guest.size,
        approximate=("size",) if guest.rounded else (),
        message="" if guest.status is Status.SUCCESS else guest.message,
    )
    return _timed(report, (guest,), offset)


def _timed(report: Report, guests: Iterable[Guest], offset: timedelta | None) -> Report:
    """A report with the times of its guests, where they can be told in UTC."""
    begins = [(guest.begin, guest.utc) for guest in guests]
    local = [begin for begin, _ in begins if begin is not None]
    exact = [utc for _, utc in begins if utc is not None]
    started: datetime | None = None
    if local and offset is not None:
        started = min(local).replace(tzinfo=UTC) - offset
    elif exact and len(exact) == len(begins):
        started = min(exact)
    if started is None:
        return report
    took = report.duration_ms
    return replace(
        report,
        precision=Precision.SECOND,
        started_ticks=ticks_of(started) // TICKS_PER_SECOND * TICKS_PER_SECOND,
        started=started,
        ended=started + timedelta(milliseconds=took) if took is not None else None,
        offset_minutes=int(offset.total_seconds()) // 60 if offset is not None and local else None,
    )


def _whole(note: Notification, title: re.Match[str] | None, guests: list[Guest], has_table: bool) -> Report:
    """The job: a failure when one guest failed, as Proxmox says it too."""
    message = note.message
    running, size = message.last(_RUNNING_TIME), message.last(_SIZE)
    status = _status(note, title, guests, has_table and running is not None)
    job = text_of(note.fields, "job-id")
    return Report(
        operation=BACKUP,
        status=status,
        precision=Precision.ARRIVAL,
        job_name=clip_name(f"vzdump {job}" if job else "vzdump"),
        duration_ms=parse_duration(running[1]) if running else None,
        size=size_of(size[1]) if size else None,
        approximate=("size",) if size and is_rounded(size[1]) else (),
        message="" if status in (Status.SUCCESS, Status.UNKNOWN) else _why(message, title, guests),
    )


def _status(note: Notification, title: re.Match[str] | None, guests: list[Guest], complete: bool) -> Status:
    severity = _OF_SEVERITY.get(text_of(note.fields, "severity").lower())
    finished = note.message.last(_FINISHED)
    failed = any(guest.status is Status.ERROR for guest in guests)
    word = title[2].lower() if title else ""
    if (
        failed
        or word == "backup failed"
        or severity is Status.ERROR
        or note.message.last(_JOB_ERROR) is not None
        or (finished is not None and finished[1] == "with errors")
    ):
        return Status.ERROR
    unknown = any(guest.status is Status.UNKNOWN for guest in guests)
    if word == "backup successful" or (finished is not None and not unknown):
        return severity or Status.SUCCESS
    # The table from its head to the sums below it; of one that is cut, a guest that failed may be missing.
    if complete and guests and not unknown:
        return severity or Status.SUCCESS
    return severity or Status.UNKNOWN


def _why(message: Output, title: re.Match[str] | None, guests: list[Guest]) -> str:
    """The error that the title names; else what the guests say; else what stands before the table."""
    if title and title[3] and title[3].strip().lower() != "multiple problems":
        return first_line(title[3])
    failed = [guest for guest in guests if guest.status is Status.ERROR]
    if failed:
        first = failed[0]
        others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return first_line(
            f"{first.vmid} {first.name}: {first.message or 'failed'}{others}".replace(" :", ":")
        )
    if (found := message.last(_JOB_ERROR)) is not None:
        return first_line(found[1])
    lines = [line.strip() for line in message.lines[:50]]
    if "Details" in lines:
        return next((first_line(line) for line in reversed(lines[: lines.index("Details")]) if line), "")
    return ""
