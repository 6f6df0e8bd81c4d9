"""Live status of `http-report-status` (2.3.0.107 and newer): a running operation says how far it is."""

from collections.abc import Mapping
from typing import Any

from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.report import LiveStatus
from duplistat.core.text import clean, clip_name, first_line
from duplistat.core.times import parse_iso
from duplistat.formats.duplicati.identity import facts_of, identity_of
from duplistat.formats.duplicati.log import read_log
from duplistat.formats.duplicati.outcome import operation_of
from duplistat.formats.duplicati.values import mapping, sequence, true, words

STATES = ("started", "progress", "completed", "failed")

_PHASE_LIMIT = 100
# Extra's names for what the metadata calls otherwise.
_EXTRA = {
    "machine-id": "machineId",
    "machine-name": "machineName",
    "backup-id": "backupId",
    "backup-name": "backupName",
    "operating-system": "operatingSystem",
    "operating-system-detailed": "operatingSystemDetailed",
    "installation-type": "installationType",
    "update-channel": "updateChannel",
    "destination-type": "destinationType",
    "destination-host-suffix": "destinationHostSuffix",
}
_NO_OVERRIDES: Mapping[str, str] = {}


def is_live_status(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a live status post."""
    return "startedUtc" in document and "operation" in document and "status" in document


def read(
    document: Mapping[str, Any], overrides: Mapping[str, str] = _NO_OVERRIDES, max_log_lines: int = 100_000
) -> LiveStatus:
    """What a running operation says, times in UTC, sizes in bytes.

    The path of the current file is left out: it is never redacted. Raises `Unrecognised` without a usable
    start or operation. A state of a later version counts as progress until the operation is over.
    """
    started = parse_iso(document.get("startedUtc"))
    operation = words(document.get("operation"))
    problems = []
    if started is None:
        problems.append(Problem("startedUtc", "is not a time in ISO 8601"))
    if not operation:
        problems.append(Problem("operation", "is missing"))
    if started is None or problems:
        raise Unrecognised("Invalid backup data format", problems)
    metadata = mapping(document.get("metadata"))
    extra = {**{key: metadata.get(theirs) for key, theirs in _EXTRA.items()}, **overrides}
    state = words(document.get("status")).lower()
    if state not in STATES:
        state = "completed" if true(document.get("isCompleted")) else "progress"
    progress = mapping(document.get("progress"))
    reported = parse_iso(document.get("reportedUtc"))
    return LiveStatus(
        operation=operation_of(operation, failed=False, looks_like_backup=False),
        state=state,
        started=started.at,
        started_ticks=started.ticks,
        reported=reported.at if reported else None,
        phase=clip_name(words(progress.get("phase")), _PHASE_LIMIT),
        progress=_share(progress.get("progress")),
        error=clean(first_line(words(document.get("errorMessage")))),
        log=read_log(sequence(document.get("recentLogLines")), max_log_lines).lines,
        facts=facts_of(extra, metadata.get("duplicatiVersion")),
        **identity_of(extra),
    )


def _share(value: object) -> float | None:
    """0 to 1; what lies beyond (also NaN) is not told."""
    if type(value) is int or type(value) is float:
        return float(value) if 0 <= value <= 1 else None
    return None
