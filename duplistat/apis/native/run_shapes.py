"""Rows of runs, logs and events as shapes. Whatever a page needs besides is asked for once for all its rows."""

import json
from collections.abc import Sequence
from typing import Any

from duplistat.apis.native.models import ServerRef
from duplistat.apis.native.run_models import Event, EventDetail, LogLine, Run, RunDetail
from duplistat.apis.native.shapes import time
from duplistat.core import restore_points
from duplistat.core.durations import known
from duplistat.core.event import Severity
from duplistat.core.reason_words import message_of
from duplistat.http.answers import iso
from duplistat.http.context import context
from duplistat.store import deliveries, job_lists, servers
from duplistat.store.database import Database
from duplistat.store.events import Event as EventRow
from duplistat.store.runs import Run as RunRow

Stored = tuple[str, str, str, int | None]


def runs_of(db: Database, rows: Sequence[RunRow]) -> list[Run]:
    """One statement."""
    places = job_lists.places(db, {row.job_id for row in rows})
    # One whose job was deleted in between is no longer there.
    return [Run(**_run(row, places[row.job_id])) for row in rows if row.job_id in places]


def run_of(db: Database, row: RunRow) -> RunDetail | None:
    """Two statements; None when its job is gone."""
    place = job_lists.places(db, [row.job_id]).get(row.job_id)
    if place is None:
        return None
    delivery_ids = [delivery.id for delivery in deliveries.of_run(db, row.id, deliveries.SHOWN)]
    return RunDetail(**_run(row, place), deliveries=delivery_ids)


def lines_of(
    stored: Sequence[Stored], level: str, after: int, limit: int
) -> tuple[list[LogLine], int | None]:
    """Lines of a log behind number `after`, and the number to go on after; None at the end. `level` "" for all."""
    found: list[LogLine] = []
    for number in range(after + 1, len(stored) + 1):
        its_level, tag, text, at = stored[number - 1]
        if level and its_level != level:
            continue
        if len(found) == limit:
            return found, found[-1].number
        found.append(LogLine(number=number, level=its_level or None, tag=tag or None, text=text, at=iso(at)))
    return found, None


def events_of(db: Database, rows: Sequence[EventRow]) -> list[Event]:
    """Two statements."""
    return [Event(**values) for values in _events(db, rows)]


def event_of(db: Database, row: EventRow) -> EventDetail | None:
    """Three statements; None when its server is gone."""
    delivery_ids = [delivery.id for delivery in deliveries.of_event(db, row.id, deliveries.SHOWN)]
    return next((EventDetail(**values, deliveries=delivery_ids) for values in _events(db, [row])), None)


def _events(db: Database, rows: Sequence[EventRow]) -> list[dict[str, Any]]:
    known = servers.by_ids(db, {row.server_id for row in rows})
    jobs = job_lists.known(db, {(row.server_id, row.job_name) for row in rows if row.job_name})
    found = []
    for row in rows:
        server = known.get(row.server_id)
        if server is None:
            continue
        found.append(
            {
                "id": row.id,
                "server": ServerRef(
                    id=server.id, name=server.name, alias=server.alias, sender=server.sender or None
                ),
                "severity": Severity(row.severity),
                "type": row.type,
                "job_name": row.job_name or None,
                "job_id": jobs.get((row.server_id, row.job_name)),
                "message": row.message or None,
                "at": time(row.at),
                "order_at": time(row.order_at),
                "received_at": time(row.received_at),
            }
        )
    return found


# Columns that are the same in our JSON.
_SAME = (
    "id",
    "operation",
    "offset_minutes",
    "skew_ms",
    "duration_ms",
    "files",
    "files_added",
    "files_modified",
    "files_deleted",
    "files_failed",
    "size",
    "storage",
    "uploaded",
    "downloaded",
    "versions",
    "quota_total",
    "quota_free",
    "messages",
    "warnings",
    "errors",
    "log_lines",
)


def _run(row: RunRow, place: job_lists.Place) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(row.details)
    points = restore_points.read(details, context().schedule_defaults.zone, row.order_at)
    return {name: getattr(row, name) for name in _SAME} | {
        # Plain objects within: pydantic makes shapes of all of them at once, which is many times faster.
        "job": {"id": place.job, "name": place.name},
        "server": {
            "id": place.server,
            "name": place.server_name,
            "alias": place.server_alias,
            "sender": place.sender or None,
        },
        "status": row.status,
        "status_text": row.status_text or None,
        "message": message_of(row.message) or None,
        "is_backup": bool(row.is_backup),
        "partial": bool(row.partial),
        "dry_run": bool(row.dry_run),
        "order_at": time(row.order_at),
        "started_at": iso(row.started_at),
        "ended_at": iso(row.ended_at),
        "received_at": time(row.received_at),
        "restore_points": [time(at) for at in points.times],
        "restore_points_more": points.more,
        "restore_points_zone_assumed": points.zone_assumed,
        "next_run_at": iso(details.get("next_run")),
        "steps": [_step(step) for step in details.get("steps", [])],
        "numbers": details.get("numbers", {}),
        "facts": details.get("facts", {}),
        "imported_from": row.imported or None,
        "log_omitted": details.get("log_omitted", 0),
    }


def _step(step: dict[str, Any]) -> dict[str, Any]:
    taken = known(step.get("duration_ms"))
    return step | {"started_at": iso(step.get("started_at")), "duration_ms": taken}
