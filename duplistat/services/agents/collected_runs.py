"""Runs found in the log of an agent: recorded as if they had been reported."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from duplistat.agents.address import AgentError
from duplistat.config import Config
from duplistat.core.errors import Unrecognised
from duplistat.core.json_text import load_object
from duplistat.core.report import Precision, Report
from duplistat.services.agents.collect_target import Home, ref_of
from duplistat.services.reports import intake
from duplistat.services.reports.record import record
from duplistat.services.writes import Writes
from duplistat.store import runs
from duplistat.store.database import Database
from duplistat.store.services import Service

if TYPE_CHECKING:
    from duplistat.agents.answers import AgentJob, LogEntry, System

RESULT = "Result"


def take_in(
    db: Database,
    writes: Writes,
    config: Config,
    service: Service,
    home: Home,
    system: "System",
    job: "AgentJob",
    id: int,
    entry: "LogEntry",
    now: int,
) -> int:
    """Record the run of an entry, unless it is known; how many were recorded.

    Raises AgentError (size), and what `Writes.run` raises.
    """
    if entry.type != RESULT:
        return 0
    body, content_type = _body(home, system, job, entry.message)
    if len(body) > config.intake.max_body_bytes:
        raise AgentError("size", f"entry {entry.id} is larger than [intake] max_body_bytes")
    try:
        parsed = intake.read(body, endpoint=intake.COLLECTED, max_log_lines=config.intake.max_log_lines)
    except Unrecognised:
        return 0
    # Without its start, nobody could tell whether a report has told of it.
    if not isinstance(parsed, Report) or parsed.precision not in (Precision.EXACT, Precision.SECOND):
        return 0
    incoming = intake.Incoming(
        account=service.account_id,
        received_at=now,
        endpoint=intake.COLLECTED,
        body=body,
        address=service.host,
        content_type=content_type,
        behind_ms=home.behind_ms,
    )
    packed = intake.pack_report(incoming, parsed)
    if _is_known(db, id, packed["run"]):
        return 0
    packed["home"] = home.server
    done = writes.run(record, report=packed)
    return int(not done["duplicate"])


def _body(home: Home, system: "System", job: "AgentJob", message: str) -> tuple[bytes, str]:
    """An entry as a report would have it, with its type: JSON, or a form with a text, as 2.0.4 keeps it."""
    extra = {
        "machine-id": home.machine_id,
        "machine-name": home.name,
        "backup-name": job.name,
        "backup-id": ref_of(job.id),
        "operating-system": system.os_type,
        "destination-type": job.target_type,
    }
    told = {key: value for key, value in extra.items() if value}
    result = load_object(message)
    if result is None:
        form = urlencode({"message": message} | told, quote_via=quote)
        return form.encode("ascii"), "application/x-www-form-urlencoded"
    document: dict[str, Any] = {
        "Data": result,
        "Extra": {"OperationName": result.get("MainOperation")} | told,
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace"), "application/json"


def _is_known(db: Database, job: int, values: list[Any]) -> bool:
    operation, key = (values[runs.VALUES.index(name)] for name in ("operation", "key"))
    with db.connection():
        return runs.by_key(db, job, operation, key) is not None
