"""A user's own message template in JSON (`--send-http-message={"job":"%backup-name%",...}`): any keys at all.

Only the operation, the result and options can stand in such a template: no times and no counters.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from duplistat.core.report import Precision, Report
from duplistat.core.status import Status, status_of
from duplistat.core.text import first_line
from duplistat.core.times import parse_iso
from duplistat.formats.duplicati.identity import facts_of, identity_of, next_run_of
from duplistat.formats.duplicati.outcome import operation_of, outcome_of
from duplistat.formats.duplicati.values import words

FORMAT = "duplicati-template"

# What users call things, in lower-case letters and digits only; the first that is there is taken.
_RESULT = ("parsedresult", "result", "outcome", "status", "state", "backupstatus")
_OPERATION = ("operationname", "mainoperation", "operation", "op", "action")
_MESSAGE = ("error", "errormessage", "message", "msg", "details", "text", "body", "summary")
_START = ("begintime", "starttime", "startedat", "started", "start", "begin")
_NAMES = {
    "backup-name": (
        "backupname", "backup", "jobname", "job", "backupjob", "taskname", "task", "backupset", "name",
    ),
    "machine-name": (
        "machinename", "machine", "servername", "server", "hostname", "host", "computername", "computer",
        "devicename", "device", "client", "node",
    ),
    "machine-id": ("machineid", "serverid", "deviceid"),
    "backup-id": ("backupid", "jobid", "taskid"),
}  # fmt: skip
# The results that Duplicati puts into a template, spelt as it does.
_ITS_RESULTS = frozenset(("Success", "Warning", "Error", "Fatal"))
_VERSION = ("duplicativersion", "agentversion", "version")
_MAX_KEYS = 200
_NO_OVERRIDES: Mapping[str, str] = {}


def names_in(document: Mapping[str, Any]) -> dict[str, str]:
    """Machine and job that a template names, under the keys of `Extra`."""
    return _names(_folded(document))


def read(document: Mapping[str, Any], overrides: Mapping[str, str] = _NO_OVERRIDES) -> Report | None:
    """One run as a user's template tells it; None unless it has a result or an operation, and a name.

    A result that is spelt as Duplicati does, with an operation, needs no name; nor does a failure: none may vanish.
    Without an operation it is a backup: nothing else is reported unless asked for.
    """
    folded = _folded(document)
    extra = {**_names(folded), **overrides}
    result, word = _first(folded, _RESULT), _first(folded, _OPERATION)
    identity = identity_of(extra)
    named = identity["job_name"] or identity["server_name"]
    its_own = result in _ITS_RESULTS and (word or status_of(result).failed)
    if not (result or word) or not (named or its_own or status_of(result) is Status.FATAL):
        return None
    operation = operation_of(word, failed=False, looks_like_backup=not word)
    status, status_text = outcome_of(result, failed=False)
    started = parse_iso(_first(folded, _START))
    return Report(
        operation=operation,
        status=status,
        status_text=status_text,
        precision=Precision.EXACT if started else Precision.ARRIVAL,
        format=FORMAT,
        started=started.at if started else None,
        started_ticks=started.ticks if started else None,
        next_run=next_run_of(extra),
        message="" if status is Status.SUCCESS else first_line(_first(folded, _MESSAGE)),
        facts=facts_of(extra, _first(folded, _VERSION)),
        **identity,
    )


def worse(report: Report, document: Mapping[str, Any]) -> Report:
    """A report behind a header that says how it ended: the header counts where it tells of a failure."""
    status = status_of(_first(_folded(document), _RESULT))
    if status.failed and not report.status.failed:
        return replace(report, status=status, status_text="")
    if report.status is Status.UNKNOWN and status is not Status.OTHER:
        return replace(report, status=status)
    return report


def _folded(document: Mapping[str, Any]) -> dict[str, str]:
    folded: dict[str, str] = {}
    for key, value in list(document.items())[:_MAX_KEYS]:
        if text := words(value):
            folded.setdefault("".join(filter(str.isalnum, key[:100].lower())), text)
    return folded


def _names(folded: Mapping[str, str]) -> dict[str, str]:
    found = {key: _first(folded, aliases) for key, aliases in _NAMES.items()}
    return {key: value for key, value in found.items() if value}


def _first(folded: Mapping[str, str], aliases: tuple[str, ...]) -> str:
    return next((folded[alias] for alias in aliases if alias in folded), "")
