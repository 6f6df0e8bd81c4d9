"""Reports as Duplicati 2.0.6 to 2.3.1 post them."""

import json
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from duplistat.demo.result import result, utc
from duplistat.demo.runs import Line, Machine, Run, Task

# The first version that writes a thing.
MACHINE_ID, EXCEPTION, MACHINE_NAME = (2, 0, 7, 102), (2, 0, 7, 102), (2, 0, 9, 109)
FULL_EXTRA, DETAILED = (2, 1, 0, 108), (2, 2, 0, 3)


def report(machine: Machine, task: Task, run: Run) -> bytes:
    """The body that this machine would post."""
    document: dict[str, Any] = {
        "Data": result(machine, run),
        "Extra": _extra(machine, task, run),
        "LogLines": [_line(line, machine.zone, run.started) for line in run.lines],
    }
    if machine.number >= EXCEPTION:
        document["Exception"] = run.exception or None
    elif run.exception:
        document["Data"] = _exception_object(run.exception)
    return _bytes(document)


def live(
    machine: Machine, task: Task, started: datetime, reported: datetime, progress: float | None
) -> bytes:
    """A post of `http-report-status`: that a backup has started (None), or how far it is, 0 to 1."""
    document: dict[str, Any] = {
        "operation": "Backup",
        "status": "Started" if progress is None else "Progress",
        "startedUtc": utc(started),
        "reportedUtc": utc(reported),
        "isCompleted": False,
        "backendEvents": 0,
        "logEntries": 0,
    }
    if progress is not None:
        files = 48_000
        document["progress"] = {
            "phase": "Backup_ProcessingFiles",
            "progress": progress,
            "filesProcessed": int(files * progress),
            "fileSizeProcessed": int(91e9 * progress),
            "fileCount": files,
            "fileSize": int(91e9),
            "countingFiles": False,
            "activeTransfers": 2,
        }
    document["recentLogLines"] = []
    document["metadata"] = {
        "duplicatiVersion": machine.version,
        "machineId": machine.id,
        "backupId": task.ref,
        "backupName": task.name,
        "machineName": machine.name,
        "destinationType": task.destination,
        "destinationHostSuffix": task.host_suffix,
        "installationType": machine.installation,
        "operatingSystem": machine.system,
        "operatingSystemDetailed": machine.detailed,
    }
    return _bytes(document)


def _extra(machine: Machine, task: Task, run: Run) -> dict[str, str | None]:
    version = machine.number
    extra: dict[str, str | None] = {"OperationName": run.operation}
    if version < MACHINE_ID:
        return extra | {"backup-name": task.name}
    who: dict[str, str | None] = {"machine-id": machine.id}
    if version >= MACHINE_NAME:
        who["machine-name"] = machine.name
    what: dict[str, str | None] = {"backup-name": task.name, "backup-id": task.ref}
    if version < FULL_EXTRA:
        return extra | who | what
    extra |= what
    if run.next_run is not None:
        extra["next-scheduled-run"] = f"{run.next_run.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    extra |= who
    extra |= {
        "operating-system": machine.system,
        "installation-type": machine.installation,
        "destination-type": task.destination,
    }
    if run.next_run is None:
        extra["next-scheduled-run"] = None
    extra["update-channel"] = "Stable"
    if version >= DETAILED:
        extra |= {
            "operating-system-detailed": machine.detailed,
            "destination-host-suffix": task.host_suffix,
        }
    return extra


def _exception_object(text: str) -> dict[str, Any]:
    """What stood in place of the result up to 2.0.7.1."""
    head, _, trace = text.partition("\r\n")
    kind, _, message = head.partition(": ")
    return {
        "ClassName": kind,
        "Message": message,
        "Data": {},
        "InnerException": None,
        "HelpURL": None,
        "StackTraceString": trace,
        "RemoteStackTraceString": None,
        "RemoteStackIndex": 0,
        "ExceptionMethod": None,
        "HResult": -2146233088,
        "Source": "Duplicati.Library.Main",
        "WatsonBuckets": None,
    }


def _line(line: Line, zone: tzinfo, started: datetime) -> str:
    at = (started + timedelta(seconds=line.after)).astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M:%S} {f'{at:%z}'[:3]} - [{line.head}]: {line.text}"


def _bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
