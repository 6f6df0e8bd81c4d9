"""Bodies as senders send them."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

DUPLICATI = Path(__file__).parent.parent / "formats" / "duplicati"
# Every sample of what Duplicati sends.
SAMPLES = sorted(path.name for path in DUPLICATI.iterdir() if path.suffix in (".json", ".txt"))

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def sample(start: str) -> bytes:
    """The one sample whose name starts so."""
    (path,) = DUPLICATI.glob(f"{start}*")
    return path.read_bytes()


def form(text: bytes | str) -> bytes:
    return f"message={quote(text, safe='')}".encode()


def simple(
    *, server: str = "web-01", job: str = "daily", status: str = "success", start: str, **more: Any
) -> dict[str, Any]:
    """The upload API's own shape; `more` are further keys of `backup`."""
    backup = {"name": job, "status": status, "startTime": start}
    return {"server": {"name": server}, "backup": backup | more}


def duplicati(
    start: str,
    *,
    job: str = "Documents",
    machine: str = "4f1d2c3b",
    server: str = "nas",
    result: str = "Success",
    minutes: float = 10,
    operation: str = "Backup",
    next_run: str | None = None,
    exception: str | None = None,
    extra: dict[str, Any] | None = None,
    statistics: dict[str, Any] | None = None,
    **data: Any,
) -> dict[str, Any]:
    """A JSON report of a run that began at `start` (ISO 8601 with Z) and took so long."""
    ended = datetime.fromisoformat(start) + timedelta(minutes=minutes)
    content: dict[str, Any] = {
        "ExaminedFiles": 1250,
        "SizeOfExaminedFiles": 1073741824,
        "PartialBackup": False,
        "Dryrun": False,
        "MainOperation": operation,
        "ParsedResult": result,
        "Interrupted": False,
        "Version": "2.2.0.3 (2.2.0.3_stable_2026-01-06)",
        "EndTime": ended.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "BeginTime": start,
        "Duration": f"{int(minutes) // 60:02}:{int(minutes) % 60:02}:00",
        "MessagesActualLength": 3,
        "WarningsActualLength": 1 if result == "Warning" else 0,
        "ErrorsActualLength": 1 if result == "Error" else 0,
        "BackendStatistics": {
            "BytesUploaded": 1048576,
            "KnownFileSize": 536870912,
            "KnownFileCount": 40,
            "BackupListCount": 7,
            "AssignedQuotaSpace": -1,
        }
        | (statistics or {}),
    } | data
    about: dict[str, Any] = {
        "OperationName": operation,
        "backup-name": job,
        "backup-id": "DB-1",
        "machine-id": machine,
        "machine-name": server,
    }
    if next_run is not None:
        about["next-scheduled-run"] = next_run
    return {"Data": content, "Extra": about | (extra or {}), "LogLines": [], "Exception": exception}


def live(
    status: str,
    start: str,
    *,
    job: str = "Documents",
    machine: str = "4f1d2c3b",
    server: str = "nas",
    operation: str = "Backup",
    share: float | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    """What a running operation says of itself."""
    body: dict[str, Any] = {
        "operation": operation,
        "status": status,
        "startedUtc": start,
        "reportedUtc": start,
        "isCompleted": status in ("Completed", "Failed"),
        "recentLogLines": [],
        "metadata": {
            "machineId": machine,
            "machineName": server,
            "backupName": job,
            "backupId": "DB-1",
        },
    }
    if share is not None:
        body["progress"] = {"phase": "Backup_ProcessingFiles", "progress": share}
    if error is not None:
        body["errorMessage"] = error
    return body


def text_report(start: str, *, job: str = "Documents", machine: str = "4f1d2c3b", server: str = "nas") -> str:
    """The text form of the run that `duplicati` tells of, without what only JSON tells."""
    began = datetime.fromisoformat(start)
    ended = began + timedelta(minutes=10)
    lines = [
        f"Duplicati Backup report for {job} ({machine}, DB-1, {server})",
        "",
        "ExaminedFiles: 1200",
        "SizeOfExaminedFiles: 1000000",
        "MainOperation: Backup",
        "ParsedResult: Success",
        f"EndTime: {ended:%m/%d/%Y %H:%M:%S} ({int(ended.timestamp())})",
        f"BeginTime: {began:%m/%d/%Y %H:%M:%S} ({int(began.timestamp())})",
        "Duration: 00:10:00",
    ]
    return "\n".join(lines)


def as_bytes(body: bytes | str | dict[str, Any]) -> bytes:
    if isinstance(body, dict):
        return json.dumps(body).encode()
    return body.encode() if isinstance(body, str) else body
