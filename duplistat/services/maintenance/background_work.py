"""What each kind of background task does. Slow: it goes on in steps, and each is a transaction of its own."""

import json
import logging
from collections.abc import Callable
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.accounts.changes import delete_account_rows, delete_accounts
from duplistat.services.background import DeletionStep
from duplistat.services.imports import task as imports
from duplistat.services.jobs.deletion import delete_job_rows
from duplistat.services.maintenance import database_copies, restore_asked, scheduled_backups
from duplistat.services.reports.replay import read_again
from duplistat.services.servers.deletion import delete_server_rows
from duplistat.services.servers.merge import merge_step
from duplistat.services.worker_context import WorkerContext
from duplistat.store import accounts, deliveries
from duplistat.store.background_tasks import BackgroundTask

log = logging.getLogger(__name__)

# Deliveries that are read between two words of how far it is.
AT_ONCE = 20
# Notes how far a background task is, as what its `state` shall be; raises Stopped.
GoOn = Callable[[dict[str, Any]], None]


class Stopped(Exception):
    """Nothing more is to be done for now: whoever takes the background task next goes on from its `state`."""


def delete_account(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Delete the closed accounts `state["accounts"]`; `state["gone"]` counts rows of history."""
    state = json.loads(task.state)
    while gone := context.writes.run(delete_account_rows, accounts=state["accounts"]):
        state["gone"] += gone
        go_on(state)
    by = json.loads(task.by)
    context.writes.run(delete_accounts, accounts=state["accounts"], by=by, now=context.now())
    return dict(state)


def merge_servers(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Go on with merge `state["merge"]`, or with undoing it, to its end."""
    state = json.loads(task.state)
    while not context.writes.run(merge_step, merge=state["merge"], now=context.now()):
        go_on(state)
    return dict(state)


def delete_server(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Delete server `state["server"]` with all that it has; `state["gone"]` counts rows."""
    state = json.loads(task.state)
    return _in_steps(
        state,
        go_on,
        lambda: context.writes.run(delete_server_rows, server=state["server"], now=context.now()),
    )


def delete_job(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Delete job `state["job"]` with all that it has; `state["gone"]` counts rows."""
    state = json.loads(task.state)
    return _in_steps(
        state, go_on, lambda: context.writes.run(delete_job_rows, job=state["job"], now=context.now())
    )


def _in_steps(state: dict[str, Any], go_on: GoOn, step: Callable[[], DeletionStep]) -> dict[str, Any]:
    """Take steps until the last one. That ended the background task, too: it is not asked for again."""
    while True:
        done = step()
        state["gone"] += done["gone"]
        if done["done"]:
            return dict(state)
        go_on(state)


def replay_unread(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Read all again that could not be read, of the account that asked and of those below it.

    `state["after"]` is the last one that was, `state["became"]` counts what became of them.
    """
    state, seen = json.loads(task.state), accounts.visible(context.db, task.account_id)
    while ids := deliveries.unread_ids(context.db, seen, state["after"], AT_ONCE):
        for delivery in ids:
            outcome = _read_again(context, delivery)
            state["became"][outcome] = state["became"].get(outcome, 0) + 1
            state["after"] = delivery
        go_on(state)
    return dict(state)


def _read_again(context: WorkerContext, delivery: int) -> str:
    """What became of it; one that is gone or cannot be read for whatever reason does not keep the others."""
    try:
        return read_again(
            context.db, context.writes, delivery, max_log_lines=context.config.intake.max_log_lines
        )
    except DuplistatError as e:
        if e.kind is Kind.UNAVAILABLE:
            raise
        return "gone" if e.kind is Kind.NOT_FOUND else "refused"
    except Exception:
        log.exception("raw report %s could not be reprocessed", delivery)
        return "refused"


KINDS: dict[str, Callable[[WorkerContext, BackgroundTask, GoOn], dict[str, Any]]] = {
    database_copies.BACKUP: database_copies.backup,
    database_copies.CHECK: database_copies.check,
    database_copies.OWN_BACKUP: scheduled_backups.make,
    "delete_account": delete_account,
    "delete_job": delete_job,
    "delete_server": delete_server,
    imports.KIND: imports.work,
    "merge_servers": merge_servers,
    "replay_unread": replay_unread,
    restore_asked.KIND: restore_asked.look,
}
