"""From bytes to what is to be recorded: everything about a report that needs no database.

This runs in the process that answers the request; only what it returns goes to the one that writes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from typing import Any

from pydantic_core import to_json

from duplistat.core.durations import known
from duplistat.core.encoding import charset_of, parameters
from duplistat.core.event import Event
from duplistat.core.i18n import stored
from duplistat.core.report import MAX_INTEGER, LiveStatus, LogLine, Precision, Report
from duplistat.core.status import Status
from duplistat.core.text import clean
from duplistat.core.times import from_ms, to_ms
from duplistat.core.tool_output import Reading
from duplistat.formats import ingest
from duplistat.formats.mail.rules import Rule
from duplistat.formats.recognise import recognise
from duplistat.services.jobs.state import SKEW_MS
from duplistat.services.reports import outputs, pings
from duplistat.services.reports.packed import (
    LiveState,
    NamedJob,
    PackedEvent,
    PackedLive,
    PackedReport,
    PackedUnread,
)
from duplistat.services.reports.run_details import details_of
from duplistat.store import deliveries, events, runs
from duplistat.store.unread import Bounds

# Two bodies without any time in them are the same report when they arrive within this.
SAME_BODY_MS = 10 * 60_000
QUERY_KEPT = 2000
PROBLEM_KEPT = 10_000
NAMELESS_JOB = "unnamed"
_NO_NAMES: Mapping[str, str] = {}
# Columns of a run that say what the report does.
_AS_TOLD = (
    "started_ticks", "offset_minutes", "files", "size", "storage", "uploaded", "downloaded", "versions", "files_added",
    "files_modified", "files_deleted", "files_failed", "quota_total", "quota_free", "messages", "warnings", "errors",
    "message",
)  # fmt: skip
_told = attrgetter(*_AS_TOLD)
_in_order = itemgetter(*runs.VALUES)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as received. `received_at` in ms; `query` is the raw query string without any key."""

    account: int
    received_at: int
    endpoint: str
    body: bytes
    address: str = ""
    query: str = ""
    content_type: str = ""
    # By how much the sender's clock is behind ours, ms, where we asked it ourselves.
    behind_ms: int | None = None


INGEST_BACKUP = "/api/ingest/backup"
INGEST_NOTIFICATION = "/api/ingest/notification"
# What was received over SMTP.
MAIL = "/mail"
# What we asked an agent for, kept as if it had been sent to here.
COLLECTED = "/agent/collect"


def names_of(query: bytes | str) -> dict[str, str]:
    """The parameters of a raw query string by name; of one that comes twice, the first."""
    return dict(reversed(parameters(query))) if query else {}


def read(
    body: bytes,
    *,
    endpoint: str,
    content_type: str = "",
    address: str = "",
    names: Mapping[str, str] = _NO_NAMES,
    received_at: int = 0,
    max_log_lines: int,
    mail_rules: Sequence[Rule] = (),
) -> Report | LiveStatus | Event:
    """What a body says that was sent to `endpoint`. Raises Unrecognised.

    For the endpoint that takes any format, `names` may hold server and backup, names that the body lacks; for that of
    tools' outputs all of its parameters, and which of several runs is meant. Those need to know when it arrived (ms).
    """
    if endpoint == outputs.ENDPOINT:
        beside = outputs.parameters_of(names)
        if beside.state == outputs.STARTED:
            return outputs.started(beside, from_ms(received_at), nameless(address))
        return outputs.part_of(
            read_outputs(
                body,
                content_type=content_type,
                address=address,
                names=names,
                received_at=received_at,
                max_log_lines=max_log_lines,
            ),
            names,
        )
    if endpoint == MAIL:
        # Few mails come: what reads them is loaded with the first one.
        from duplistat.services.reports import mails

        return mails.part_of(
            body,
            names=names,
            received=from_ms(received_at),
            own_rules=mail_rules,
            max_log_lines=max_log_lines,
        )
    if endpoint in pings.ENDPOINTS:
        return pings.read(
            body,
            names=names,
            received=from_ms(received_at),
            charset=charset_of(content_type),
            max_log_lines=max_log_lines,
        )
    if endpoint == INGEST_BACKUP:
        told = ingest.read_backup(body, charset=charset_of(content_type), max_log_lines=max_log_lines)
        return outputs.completed_from_log(told)
    if endpoint == INGEST_NOTIFICATION:
        return ingest.read_notification(body, charset=charset_of(content_type))
    return _recognised(body, content_type, address, names, max_log_lines)


def read_outputs(
    body: bytes,
    *,
    content_type: str,
    address: str,
    names: Mapping[str, str],
    received_at: int,
    max_log_lines: int,
) -> Reading:
    """All runs that a tool's output tells of. Raises Unrecognised for parameters that are wrong."""
    return outputs.read(
        body,
        names=names,
        received=from_ms(received_at),
        nameless=nameless(address),
        charset=charset_of(content_type),
        max_log_lines=max_log_lines,
    )


def _recognised(
    body: bytes, content_type: str, address: str, names: Mapping[str, str], max_log_lines: int
) -> Report | LiveStatus:
    parsed = recognise(
        body,
        content_type=content_type,
        max_log_lines=max_log_lines,
        server=names.get("server", ""),
        job=names.get("backup", ""),
    )
    server_name = parsed.server_name
    if not server_name and not parsed.machine_id:
        server_name = nameless(address)
    job_name = parsed.job_name or NAMELESS_JOB
    if (server_name, job_name) == (parsed.server_name, parsed.job_name):
        return parsed
    return replace(parsed, server_name=server_name, job_name=job_name)


def nameless(address: str) -> str:
    """What a machine is called that says neither its name nor an id."""
    return f"unknown ({address})"


def pack_report(incoming: Incoming, report: Report, service: int | None = None) -> PackedReport:
    """What to record of a report; `service` is the one that it was posted for."""
    collected = incoming.endpoint == COLLECTED
    values = run_values(
        report,
        incoming.received_at,
        incoming.body,
        collected=collected,
        is_output=incoming.endpoint == outputs.ENDPOINT,
        behind_ms=incoming.behind_ms,
    )
    return {
        **_named_job(incoming, report, report.sender, service),
        "at": values[runs.VALUES.index("order_at")],
        "log": packed_log(report),
        "run": values,
        "next_run": to_ms(report.next_run),
        "state": report.state,
        "collected": collected,
        "began": outputs.began_ticks(names_of(incoming.query))
        if incoming.endpoint == outputs.ENDPOINT
        else None,
    }


def pack_live(incoming: Incoming, live: LiveStatus, service: int | None = None) -> PackedLive:
    """What to record of a live post; `service` is the one that it was posted for."""
    state = _live(live)
    return {
        **_named_job(incoming, live, "", service),
        "at": state["started_at"],
        "log": packed_log(live),
        "live": state,
    }


def pack_event(incoming: Incoming, event: Event) -> PackedEvent:
    """What to record of an event."""
    return {
        "request": request_of(incoming),
        "format": event.format,
        "server": [
            identity_of("", event.server_name, event.sender),
            "",
            event.server_name,
            event.sender,
        ],
        "facts": {},
        "event": event_values(event, incoming.received_at),
        "body": incoming.body,
    }


def pack_unread(incoming: Incoming, problem: str, kind: str, network: str, bounds: Bounds) -> PackedUnread:
    """What to keep of a request whose body nobody can read: why, and what it counts for."""
    return {
        "request": request_of(incoming),
        "body": incoming.body,
        "problem": stored(problem if len(problem) <= PROBLEM_KEPT else problem[:PROBLEM_KEPT]),
        "kind": kind,
        "network": network,
        "bounds": [bounds.bytes, bounds.bodies],
    }


def run_values(
    report: Report,
    received_at: int,
    body: bytes,
    *,
    collected: bool = False,
    is_output: bool = False,
    behind_ms: int | None = None,
    imported: str = "",
) -> list[Any]:
    """The values of a run's row, in the order of `runs.VALUES`.

    Of a collected one (an imported one is, too) arrival tells no lag: but its agent's clock may be known to be behind.
    """
    started = to_ms(report.started)
    ended = to_ms(report.ended)
    if started is None and is_output:
        # Its tool told no time: it ended when it arrived.
        started, ended = max(received_at - (report.duration_ms or 0), 0), received_at
    reported_at = ended if ended is not None else started
    skew = reported_at - received_at if reported_at is not None else 0
    if collected:
        skew = max(skew, 0) if behind_ms is None else -behind_ms
    status = report.status
    if report.interrupted and status in (Status.SUCCESS, Status.WARNING, Status.UNKNOWN):
        status = Status.INTERRUPTED
    values = {
        "operation": report.operation,
        "key": _key(report, received_at, body),
        "precision": report.precision.value,
        "status": status.value,
        "status_text": report.status_text,
        # A clock that runs ahead must not make a run the newest for ever.
        "order_at": min(started, received_at) if started is not None else received_at,
        "started_at": started,
        "ended_at": ended,
        "received_at": received_at,
        "duration_ms": known(report.duration_ms),
        "skew_ms": skew if abs(skew) > SKEW_MS else 0,
        # One that was stopped, and failed, is no more than a part either.
        "partial": int(report.partial or (report.interrupted and status.failed)),
        "dry_run": int(report.dry_run),
        "details": to_json(details_of(report, behind_ms)).decode(),
        "log_lines": min(len(report.log) + report.log_omitted, MAX_INTEGER),
        "is_backup": int(report.is_backup),
        "collected": int(collected),
        "imported": imported,
    }
    told = dict(zip(_AS_TOLD, _told(report), strict=True))
    if status is Status.OTHER and not report.message:
        # Whoever is told that a status is not recognised wants to know which one that is.
        told["message"] = report.status_text
    return [*_in_order(values | told)]


def packed_log(parsed: Report | LiveStatus) -> bytes:
    """The log of a run as it is stored; nothing for none."""
    return runs.write_log([_line(line) for line in parsed.log]) if parsed.log else b""


def _named_job(incoming: Incoming, parsed: Report | LiveStatus, sender: str, service: int | None) -> NamedJob:
    return {
        "request": request_of(incoming),
        "format": parsed.format,
        "server": [
            identity_of(parsed.machine_id, parsed.server_name, sender),
            parsed.machine_id,
            parsed.server_name,
            sender,
        ],
        "facts": dict(parsed.facts),
        "body": incoming.body,
        "job": [parsed.job_name, parsed.job_ref],
        "said": parsed.said,
        "service": service,
        "home": None,
    }


def request_of(incoming: Incoming) -> list[Any]:
    """A request in the order of `deliveries.REQUEST`."""
    return [
        incoming.account,
        incoming.received_at,
        incoming.endpoint,
        incoming.address,
        clean(incoming.query[:QUERY_KEPT]),
        clean(incoming.content_type[:200]),
    ]


def event_values(event: Event, received_at: int) -> list[Any]:
    """The values of an event's row, in the order of `events.VALUES`."""
    at = to_ms(event.at)
    values = {
        "at": at,
        # A clock that runs ahead must not keep an event the newest for ever.
        "order_at": min(at, received_at),
        "received_at": received_at,
        "severity": event.severity.value,
        "key": _digest(at, event.severity, event.type, event.job_name, event.message),
    }
    return [values[name] if name in values else getattr(event, name) for name in events.VALUES]


def identity_of(machine_id: str, name: str, sender: str) -> str:
    """What makes two machines one within an account. A list in JSON, since both of its names may hold anything."""
    if machine_id:
        return f"machine:{machine_id}"
    return f"sender:{json.dumps([sender, name], ensure_ascii=False)}" if sender else f"name:{name}"


def _digest(*parts: object) -> str:
    text = json.dumps(parts, ensure_ascii=False)
    return deliveries.digest(text.encode("utf-8", "surrogatepass"))[:32]


def _key(report: Report, received_at: int, body: bytes) -> str:
    if report.own_key:
        return f"p{report.own_key}"
    match report.precision:
        case Precision.EXACT:
            return f"t{report.started_ticks}"
        case Precision.SECOND:
            return f"s{(report.started_ticks or 0) // 10_000_000}"
        case Precision.LIVE:
            return f"l{report.started_ticks}"
        case Precision.ARRIVAL:
            return f"b{deliveries.digest(body)[:32]}:{received_at // SAME_BODY_MS}"


def _line(line: LogLine) -> tuple[str, str, str, int | None]:
    return (line.level, line.tag, line.text, to_ms(line.at))


def _live(live: LiveStatus) -> LiveState:
    return {
        "operation": live.operation,
        "state": live.state,
        "started_at": to_ms(live.started),
        "ticks": live.started_ticks,
        "phase": live.phase,
        "progress": live.progress,
        "error": live.error,
    }
