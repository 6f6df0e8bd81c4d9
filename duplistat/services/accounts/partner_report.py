"""The partner report: how each active job of an account and of all below it stands, by its latest run."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from duplistat.core.conditions import Condition, Reason, Standing, condition_of
from duplistat.core.health import AT_WORK, Facts, Live, health_of
from duplistat.core.status import Status
from duplistat.core.times import in_zone
from duplistat.store import partner_report
from duplistat.store.accounts import timezones
from duplistat.store.database import Database
from duplistat.store.partner_report import Row

DELETED = "DeletedSetsActualLength"
# What the report tells of an entry, in its order. `report_date` comes before them, and is the same for all.
ATTRIBUTES = (
    "username",
    "computer_id",
    "computer_name",
    "backupset_name",
    "local_start",
    "local_end",
    "condition_status",
    "condition_types",
    "errors",
    "warnings",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One active job. Times are ISO 8601 with the sender's own offset, None where none is known.

    `account`, `server` and `job` are our ids, `started_at` is in ms.
    """

    username: str
    computer_id: str
    computer_name: str
    backupset_name: str
    local_start: str | None
    local_end: str | None
    condition_status: Condition
    condition_types: tuple[Reason, ...]
    errors: int
    warnings: int
    account: int
    server: int
    job: int
    started_at: int | None


def report(
    db: Database,
    accounts: tuple[int, ...],
    now: int,
    zones: Mapping[int, tzinfo],
    *,
    wanted: Collection[Condition] = (),
    descending: bool = False,
) -> list[Entry]:
    """All that have one of the `wanted` conditions (all, when none is named), by user name, computer, backup set.

    `zones` are those of the accounts, for runs that did not tell an offset.
    """
    entries = (_entry(row, now, zones[row.account]) for row in partner_report.rows(db, accounts, now))
    chosen = [entry for entry in entries if not wanted or entry.condition_status in wanted]
    return sorted(chosen, key=_order, reverse=descending)


def zones(db: Database, accounts: tuple[int, ...], otherwise: tzinfo) -> dict[int, tzinfo]:
    """The zone of each account; `otherwise` where it has none of its own."""
    return {id: ZoneInfo(name) if name else otherwise for id, name in timezones(db, accounts)}


def local(at: int | None, offset_minutes: int | None, zone: tzinfo) -> str | None:
    """A time (ms) as the sender's clock showed it, to the second."""
    if at is None:
        return None
    where = timezone(timedelta(minutes=offset_minutes)) if offset_minutes is not None else zone
    return in_zone(at, where).isoformat(timespec="seconds")


def _order(entry: Entry) -> tuple[str, str, str, str, str, int]:
    # Letters first, and then what tells apart what differs in upper case only.
    return (
        entry.username.casefold(),
        entry.username,
        entry.computer_name.casefold(),
        entry.computer_name,
        entry.backupset_name.casefold(),
        entry.job,
    )


def _entry(row: Row, now: int, zone: tzinfo) -> Entry:
    live = Live(row.live_state)
    started, ended = row.order_at if row.started_at is None else row.started_at, row.ended_at
    if _is_newer(row, live):
        # It has no report yet: what is counted is of the run before, and so is the offset of its sender.
        row = row._replace(
            partial=0, errors=None, warnings=None, files=None, uploaded=None, offset_minutes=None
        )
        started, ended = row.live_started, row.live_at
    health = health_of(
        Facts(
            missed=row.missed,
            due_at=row.due_at,
            live=live,
            last_status=Status(row.status) if row.status else None,
            last_partial=bool(row.partial),
            verify_failed=bool(row.verify_failed),
            restore_failed=bool(row.restore_failed),
        ),
        now,
    )
    condition, reasons = condition_of(
        Standing(
            health=health,
            status=_status(row),
            started=live is not Live.NONE,
            partial=bool(row.partial),
            errors=row.errors,
            warnings=row.warnings,
            files=row.files,
            uploaded=row.uploaded,
            tags=json.loads(row.tags) if row.tags != "[]" else (),
            restored_nothing=_restored_nothing(row),
            deleted_nothing=_deleted_nothing(row),
            verification_failed=bool(row.verify_failed),
            restore_failed=bool(row.restore_failed),
        )
    )
    return Entry(
        username=row.username,
        computer_id=f"{row.server:04d}",
        computer_name=row.computer,
        backupset_name=row.name,
        local_start=local(started, row.offset_minutes, zone),
        local_end=local(ended if ended is not None else started, row.offset_minutes, zone),
        condition_status=condition,
        condition_types=reasons,
        errors=row.errors or 0,
        warnings=row.warnings or 0,
        account=row.account,
        server=row.server,
        job=row.job,
        started_at=started,
    )


def _is_newer(row: Row, live: Live) -> bool:
    """Whether a run that live words tell of is the latest. One that ended well is when its report comes."""
    if row.live_started is None or row.live_started == row.order_at:
        return False
    return live in (*AT_WORK, Live.STUCK, Live.FAILED) or row.status is None


def _status(row: Row) -> Status | None:
    if row.live_state == Live.FAILED:
        # It said that it failed; its report follows.
        return Status.FATAL
    return Status(row.status) if row.status else None


def _restored_nothing(row: Row) -> bool:
    """Whether the latest restore restored no file: it says so, or it failed before it counted any."""
    return row.restored == 0 or (row.restored is None and row.restore_status == Status.FATAL)


def _deleted_nothing(row: Row) -> bool:
    """Whether the latest delete, a run of its own or a step of the latest backup, failed and deleted nothing."""
    step = _delete_step(row.steps) if row.steps else None
    own_is_later = row.delete_at is not None and (row.order_at is None or row.delete_at >= row.order_at)
    if step is not None and not own_is_later:
        return Status(step["status"]).failed and not step["numbers"].get(DELETED)
    if row.delete_status is None or not Status(row.delete_status).failed:
        return False
    numbers = json.loads(row.delete_details or "{}").get("numbers", {})
    return not numbers.get(DELETED)


def _delete_step(details: str) -> dict[str, Any] | None:
    steps: list[dict[str, Any]] = json.loads(details).get("steps", [])
    return next((step for step in steps if step["operation"] == "delete"), None)
