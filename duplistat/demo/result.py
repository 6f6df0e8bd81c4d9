"""The result of a backup as each version of Duplicati writes it: the keys and their order are its own."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from duplistat.demo.runs import Line, Machine, Run

UNSET = "0001-01-01T00:00:00"
# The first version that writes a thing.
INTERRUPTED, KNOWN_SETS, LOCKS, REMOTE_SYNC = (2, 0, 8), (2, 1, 0, 111), (2, 2, 1), (2, 3, 0, 1)
RELEASED = {
    "2.0.6.3": "beta_2021-06-17",
    "2.1.0.5": "stable_2025-03-04",
    "2.2.0.3": "stable_2026-01-06",
    "2.3.0.4": "stable_2026-06-11",
    "2.3.1.0": "stable_2026-07-29",
}


def result(machine: Machine, run: Run) -> dict[str, Any]:
    """The object under `Data`."""
    version = machine.number
    statistics = _statistics(machine, run)
    ended = run.started + timedelta(seconds=run.seconds)
    data: dict[str, Any] = {
        "DeletedFiles": run.deleted,
        "DeletedFolders": 0,
        "ModifiedFiles": run.modified,
        "ExaminedFiles": run.files,
        "OpenedFiles": run.added + run.modified,
        "AddedFiles": run.added,
        "SizeOfModifiedFiles": run.modified * 87_382,
        "SizeOfAddedFiles": run.added_size,
        "SizeOfExaminedFiles": run.size,
        "SizeOfOpenedFiles": run.added_size + run.modified * 87_382,
        "NotProcessedFiles": 0,
        "AddedFolders": run.added // 9,
        "TooLargeFiles": 0,
        "FilesWithError": sum(line.head.startswith("Error") for line in run.lines),
    }
    if version >= KNOWN_SETS:
        data["TimestampChangedFiles"] = run.modified // 7
    data |= dict.fromkeys(("ModifiedFolders", "ModifiedSymlinks", "AddedSymlinks", "DeletedSymlinks"), 0)
    data |= {"PartialBackup": run.partial, "Dryrun": run.dry_run, "MainOperation": run.operation}
    late = ended - timedelta(seconds=min(run.seconds, 12) / 2)
    compact = _compact(machine, run, statistics, late) if run.compacted else None
    data |= {"CompactResults": compact, "VacuumResults": None, "DeleteResults": None, "RepairResults": None}
    data["TestResults"] = None
    if not run.exception and not run.partial:
        sets = [{"Item1": run.versions, "Item2": _local(run.started - timedelta(days=90), machine.zone)}]
        data["DeleteResults"] = {
            "DeletedSetsActualLength": int(run.compacted),
            "DeletedSets": sets if run.compacted else [],
            "Dryrun": run.dry_run,
            "MainOperation": "Delete",
            "CompactResults": compact,
            **_tail(machine, "Success", late, ended, statistics),
        }
        if run.tested:
            data["TestResults"] = _test(machine, run, statistics, late, ended)
    if version >= LOCKS:
        data["LockResults"] = None
    if version >= REMOTE_SYNC:
        data["RemoteSynchronizationResults"] = []
    outcome = "Fatal" if run.exception else run.result
    return data | _tail(machine, outcome, run.started, ended, statistics, run.lines, run.interrupted)


def _test(
    machine: Machine, run: Run, statistics: Mapping[str, Any], begun: datetime, ended: datetime
) -> dict[str, Any]:
    stamp = f"{run.started.astimezone(UTC) - timedelta(days=1):%Y%m%dT%H%M%SZ}"
    token = f"{abs(run.size * 2_654_435_761 + run.uploaded):032x}"[-32:]
    names = (f"{stamp}.dlist", f"i{token}.dindex", f"b{token}.dblock")
    return {
        "MainOperation": "Test",
        "VerificationsActualLength": len(names),
        "Verifications": [{"Key": f"duplicati-{name}.zip.aes", "Value": []} for name in names],
        **_tail(machine, "Success", begun, ended, statistics),
    }


def _compact(machine: Machine, run: Run, statistics: Mapping[str, Any], begun: datetime) -> dict[str, Any]:
    return {
        "DeletedFileCount": 2,
        "DownloadedFileCount": 0,
        "UploadedFileCount": 0,
        "DeletedFileSize": 52_428_834,
        "DownloadedFileSize": 0,
        "UploadedFileSize": 0,
        "Dryrun": run.dry_run,
        "VacuumResults": None,
        "MainOperation": "Compact",
        **_tail(machine, "Success", begun, begun + timedelta(seconds=2.25), statistics),
    }


def _statistics(machine: Machine, run: Run) -> dict[str, Any]:
    listed = run.volumes > 0
    statistics: dict[str, Any] = {
        "RemoteCalls": 5 + run.uploaded // 50_000_000 if listed else 0,
        "BytesUploaded": run.uploaded,
        "BytesDownloaded": 49_227 if listed else 0,
        "FilesUploaded": 3 + run.uploaded // 50_000_000 if run.uploaded else 0,
        "FilesDownloaded": 3 if listed and run.tested else 0,
        "FilesDeleted": 2 * run.compacted,
        "FoldersCreated": 0,
        "RetryAttempts": sum("Retry" in line.head for line in run.lines),
        "UnknownFileSize": 0,
        "UnknownFileCount": 0,
        "KnownFileCount": run.volumes,
        "KnownFileSize": run.storage,
    }
    if machine.number >= KNOWN_SETS:
        statistics["KnownFilesets"] = run.versions
    return statistics | {
        "LastBackupDate": _local(run.started, machine.zone) if listed else UNSET,
        "BackupListCount": run.versions,
        "TotalQuotaSpace": run.quota[0] if listed else 0,
        "FreeQuotaSpace": run.quota[1] if listed else 0,
        "AssignedQuotaSpace": -1 if listed else 0,
        "ReportedQuotaError": False,
        "ReportedQuotaWarning": any("Quota" in line.head for line in run.lines),
        "MainOperation": run.operation,
        **_tail(machine, "Success", run.started + timedelta(microseconds=312), None, None),
    }


def _tail(
    machine: Machine,
    outcome: str,
    begun: datetime,
    ended: datetime | None,
    statistics: Mapping[str, Any] | None,
    lines: tuple[Line, ...] = (),
    interrupted: bool = False,
) -> dict[str, Any]:
    """What every result ends with; `ended` None is an end that was never set."""
    tail: dict[str, Any] = {"ParsedResult": outcome}
    if machine.number >= INTERRUPTED:
        tail["Interrupted"] = interrupted
    tail |= {
        "Version": f"{machine.version} ({machine.version}_{RELEASED[machine.version]})",
        "EndTime": UNSET if ended is None else utc(ended),
        "BeginTime": utc(begun),
        "Duration": "00:00:00" if ended is None else _span(ended - begun),
        "MessagesActualLength": 0 if statistics is None or not lines else 20 + len(lines),
        "WarningsActualLength": sum(line.head.startswith("Warning") for line in lines),
        "ErrorsActualLength": sum(line.head.startswith("Error") for line in lines),
    }
    if statistics is not None:
        tail["BackendStatistics"] = statistics
    return tail


def utc(at: datetime) -> str:
    """A time as .NET writes it: up to seven digits of a second, without the zeros at their end."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"


def _local(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).replace(microsecond=0).isoformat()


def _span(length: timedelta) -> str:
    hours, rest = divmod(length.seconds, 3600)
    days = f"{length.days}." if length.days else ""
    fraction = f".{length.microseconds:06}0" if length.microseconds else ""
    return f"{days}{hours:02}:{rest // 60:02}:{rest % 60:02}{fraction}"
