"""The two shapes of an answer: the documented one, and the one that the real program gives. We give both.

The real one has its keys of today, and beside them those that it had before 0.7, when servers were machines.
"""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from duplistat.core import restore_points
from duplistat.core.measured import is_whole, measured
from duplistat.core.status import Health, Status
from duplistat.core.times import iso_ms
from duplistat.http.answers import iso
from duplistat.services.reports.shared_ids import is_apart
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.servers import Server
from duplistat.store.totals import Summary

# In the order in which the summary counts jobs by how they are; each job counts once.
COUNTED = (
    Health.OK,
    Health.WARNING,
    Health.FAILED,
    Health.OVERDUE,
    Health.STUCK,
    Health.RUNNING,
    Health.NEVER,
    Health.PAUSED,
)


def summary(sums: Summary, now: int) -> dict[str, Any]:
    """GET /api/summary. Bytes, counts, whole seconds."""
    states = {f"{health.value}Jobs": sums.healths.get(health, 0) for health in COUNTED}
    states["archivedJobs"] = sums.archived
    return {
        "status": "success",
        "data": {
            "totalServers": sums.servers,
            "totalBackupJobs": sums.jobs,
            "successfulBackups": sums.success,
            "failedBackups": sums.failed,
            "warningBackups": sums.warning,
            "overdueBackups": sums.overdue,
            **states,
            "lastUpdated": iso(sums.received_at or None),
        },
        "totalServers": sums.servers,
        "totalMachines": sums.servers,
        "totalBackupsRuns": sums.runs,
        "totalBackups": sums.jobs,
        "totalUploadedSize": sums.uploaded,
        "totalStorageUsed": sums.storage,
        "totalBackupSize": sums.size,
        "totalBackupedSize": sums.size,
        "overdueBackupsCount": sums.overdue,
        "secondsSinceLastBackup": max(0, (now - sums.started_at) // 1000) if sums.started_at else None,
        **states,
    }


def server_documented(server: Server) -> dict[str, Any]:
    return {"id": server.id, "name": server.name, "alias": server.alias, "label": server.label}


def server_real(server: Server) -> dict[str, Any]:
    return {
        "id": _real_id(server),
        "name": server.name,
        "created_at": iso(server.created_at),
    }


def machine(server: Server, latest: Job | None) -> dict[str, Any]:
    """A server as it was told before 0.7, with the job that ran last and what its agent calls that."""
    return server_real(server) | {
        "backup_name": latest.name if latest else None,
        "backup_id": (latest.ref or None) if latest else None,
    }


def run_documented(run: Run, job: Job, health: Health, expected: datetime | None) -> dict[str, Any]:
    """How the latest run of a job ended, and how the job is now.

    `expected` is when a run of it is expected, or the first missed one was. A number that the report did not give
    is null, and so are the zero of what a failed run never got to, and a start that nobody knows.
    """
    whole = is_whole(Status(run.status), bool(run.partial))
    return {
        "id": run.id,
        "name": job.name,
        "status": run.status,
        "startTime": iso(run.started_at),
        "endTime": iso(run.ended_at),
        "duration": _seconds(run.duration_ms),
        "files": measured(run.files, whole=whole),
        "size": measured(run.size, whole=whole),
        "storageUsed": measured(run.storage, whole=whole),
        "label": job.label,
        "health": health.value,
        "expectedAt": iso_ms(expected) if expected is not None else None,
    }


def run_real(
    run: Run,
    server: Server,
    job_name: str,
    log: list[tuple[str, str, str, int | None]] | None,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """A number that the report did not give is 0, and numbers are rounded. Without a start it is dated by its arrival.

    `log` None leaves the log's text out.
    """
    seconds = (run.duration_ms or 0) / 1000
    return {
        "id": str(run.id),
        "server_id": _real_id(server),
        "machine_id": _real_id(server),
        "name": job_name,
        "date": iso(run.started_at if run.started_at is not None else run.order_at),
        "status": _capitalised(run),
        "warnings": run.warnings or 0,
        "errors": run.errors or 0,
        "messages": run.messages or 0,
        "fileCount": run.files or 0,
        "fileSize": run.size or 0,
        "uploadedSize": run.uploaded or 0,
        "duration": _clock(run.duration_ms or 0),
        "duration_seconds": round(seconds),
        "durationInMinutes": _whole(round(seconds / 60, 2)),
        "knownFileSize": run.storage or 0,
        "backup_list_count": run.versions or 0,
        "messages_array": _lines(log, None),
        "warnings_array": _lines(log, "warning"),
        "errors_array": _lines(log, "error"),
        "available_backups": [
            iso(at) for at in restore_points.read(json.loads(run.details), zone, run.order_at).times
        ],
    }


def _real_id(server: Server) -> str:
    """The machine id; our own where there is none, or another machine has the same."""
    return server.machine_id if server.machine_id and not is_apart(server) else str(server.id)


def _capitalised(run: Run) -> str:
    if run.status == Status.OTHER and run.status_text:
        return run.status_text
    return run.status.capitalize()


def _seconds(ms: int | None) -> int | float | None:
    return None if ms is None else _whole(ms / 1000)


def _whole(number: float) -> int | float:
    """5400 rather than 5400.0: clients show what they get."""
    return int(number) if number == int(number) else number


def _clock(ms: int) -> str:
    """HH:MM:SS, rounded down; hours may exceed two digits."""
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _lines(log: list[tuple[str, str, str, int | None]] | None, level: str | None) -> str | None:
    """JSON text of the log lines of a level (None: all); null when there are none, or they are left out."""
    if log is None:
        return None
    texts = [text for line_level, _, text, _ in log if level is None or line_level == level]
    return json.dumps(texts, ensure_ascii=False) if texts else None
