"""Rows of Duplicati connections as shapes: without secrets, as their reader may know them."""

import json
from collections.abc import Sequence

from duplistat.apis.native.service_models import Service
from duplistat.apis.native.shapes import time
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.agents.task_result import as_seen_by
from duplistat.store import accounts, agent_tasks, services
from duplistat.store.services import Service as Row


def services_of(ctx: Context, viewer: int, rows: Sequence[Row]) -> list[Service]:
    """As somebody of the account `viewer` may see them. Two statements."""
    names = accounts.names(ctx.db, services.accounts_of(rows)) if rows else {}
    waiting = agent_tasks.waiting_of(ctx.db, [row.id for row in rows])
    now = ctx.now()
    return [
        _service(
            as_seen_by(row, viewer, ctx.main_account, ctx.config),
            names.get(row.account_id, ""),
            [task.kind for task in waiting.get(row.id, ())],
            now,
        )
        for row in rows
    ]


def state_of(row: Row, now: int) -> str:
    """How a connection is, in one word."""
    is_so = (
        ("removed", row.cancelled_at is not None),
        ("suspended", row.restricted),
        ("maintenance", row.in_maintenance(now)),
        ("not_configured", row.configured_at is None),
        ("unreachable", row.is_unreachable),
        ("untried", row.answered_at is None),
    )
    return next((state for state, so in is_so if so), "reachable")


def _service(row: Row, account: str, waiting: list[str], now: int) -> Service:
    return Service.model_validate(
        {
            "id": row.id,
            "number": row.number,
            "name": row.name,
            "account": account,
            "account_id": row.account_id,
            "host": row.host,
            "port": row.port,
            "fingerprint": row.fingerprint or None,
            "has_password": bool(row.agent_secret),
            "location_id": row.location,
            "state": state_of(row, now),
            "problem": str(row.problem) or None,
            "problem_at": iso(row.problem_at),
            "answered_at": iso(row.answered_at),
            "collected_at": iso(row.collected_at),
            "collect_tried_at": iso(row.collect_tried_at),
            "maintenance_until": iso(row.maintenance_until) if row.in_maintenance(now) else None,
            "job_count": row.jobs,
            "facts": {name: str(value) for name, value in json.loads(row.facts).items()},
            "waiting": waiting,
            "created_at": time(row.created_at),
        }
    )
