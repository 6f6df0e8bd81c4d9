"""Backups and checks of a database on SQLite, as background tasks: the server goes on meanwhile."""

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services import audit, background
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.maintenance.backups import require_room
from duplistat.services.worker_context import WorkerContext
from duplistat.services.writes import command
from duplistat.store import accounts, copies, database_info, whole_files
from duplistat.store import background_tasks as waiting
from duplistat.store.background_tasks import BackgroundTask
from duplistat.store.copies import StoppedError
from duplistat.store.database import Database

# The kinds of background tasks.
BACKUP, CHECK, OWN_BACKUP, RESTORE_CHECK = "backup", "check", "own_backup", "restore_check"
# What people ask for on a page.
ASKED = (BACKUP, CHECK)
# The file of a backup is called by its background task.
FILES = re.compile(r"backup-([1-9]\d{0,17})\.db", re.ASCII)
# A backup that nobody fetches is deleted after this, and one that was fetched at once.
KEPT_MS = 3_600_000
LIMIT_MS = {
    BACKUP: 60 * 60_000,
    CHECK: 20 * 60_000,
    OWN_BACKUP: 6 * 60 * 60_000,
    RESTORE_CHECK: 60 * 60_000,
}
# How often a background task that has no steps says that it goes on.
BEAT_MS = 15_000
GoOn = Callable[[dict[str, Any]], None]


@command
def request_backup_or_check(tx: Tx, *, kind: str, by: Actor, now: int) -> int:
    """Have a backup made, or the database checked: `kind`. The id of the task. Raises DuplistatError (invalid)."""
    db, main = tx.db, accounts.main(tx.db)
    if not db.on_sqlite:
        raise DuplistatError(Kind.INVALID, "PostgreSQL has programs of its own for this")
    if main is None or kind not in ASKED:
        raise DuplistatError(Kind.INVALID, f"unknown background task {kind!r}")
    task = background.ask(db, kind, account=main.id, subject="", state={}, by=by, now=now)
    audit.note(db, by, f"database.{kind}", account=main.id, subject="", now=now)
    return task


def backup(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Write a copy of the database into the data folder. Answers {"file", "size"}, its name and bytes."""
    source, folder = database_info.file_of(context.db), context.config.data
    _discard(context.db, folder)
    require_room(source, folder)
    target = folder / f"backup-{task.id}.db"

    def act(ask: Callable[[], bool]) -> None:
        with whole_files.made(target, replace=True) as fresh:
            copies.copy(source, fresh, ask)

    bounded(context, task, go_on, act)
    return {"file": target.name, "size": target.stat().st_size}


def check(context: WorkerContext, task: BackgroundTask, go_on: GoOn) -> dict[str, Any]:
    """Look through all pages of the database. Answers {"problems"}, empty for none."""
    found: list[str] = []
    source = database_info.file_of(context.db)
    bounded(context, task, go_on, lambda ask: found.extend(copies.problems(source, ask)))
    return {"problems": found}


def backup_file(config: Config, task: BackgroundTask) -> Path | None:
    """The file that a backup made; None when it is gone, or was never there."""
    name = json.loads(task.state).get("file", "")
    path = config.data / str(name)
    return path if name == f"backup-{task.id}.db" and path.is_file() else None


def discard_old(db: Database, config: Config, now: int) -> None:
    """Delete backups that nobody fetched in time."""
    _discard(db, config.data, before=now - KEPT_MS)


def _discard(db: Database, folder: Path, before: int | None = None) -> None:
    """Delete backups that background tasks made, and no file that somebody else put there."""
    for path in folder.glob("backup-*.db"):
        named = FILES.fullmatch(path.name)
        task = waiting.get(db, int(named[1])) if named else None
        if task is None or task.kind != BACKUP:
            continue
        if before is None or path.stat().st_mtime * 1000 < before:
            path.unlink(missing_ok=True)


def bounded(
    context: WorkerContext, task: BackgroundTask, go_on: GoOn, act: Callable[[Callable[[], bool]], None]
) -> None:
    """Do something that asks whether to go on. Raises DuplistatError, and what `go_on` raises."""
    begun = told = context.now()
    stopped: list[Exception] = []

    def ask() -> bool:
        nonlocal told
        now = context.now()
        if now - told >= BEAT_MS:
            told = now
            try:
                go_on({})
            except Exception as e:
                stopped.append(e)
        return not stopped and now - begun < LIMIT_MS[task.kind]

    try:
        act(ask)
    except StoppedError:
        if stopped:
            raise stopped[0] from None
        raise DuplistatError(
            Kind.INVALID, f"it timed out after {LIMIT_MS[task.kind] // 60_000} minutes"
        ) from None
    except (OSError, sqlite3.Error) as e:
        reason = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
        raise DuplistatError(Kind.INVALID, reason) from e
