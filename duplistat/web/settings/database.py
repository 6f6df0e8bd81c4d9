"""/settings/database: what the database is like inside; a backup to download, and a check. Of the whole server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.maintenance import scheduled_backups
from duplistat.services.maintenance.database_copies import (
    BACKUP,
    CHECK,
    KEPT_MS,
    backup_file,
    request_backup_or_check,
)
from duplistat.services.people.identity import Role
from duplistat.store import background_tasks, database_info
from duplistat.store.background_tasks import BackgroundTask
from duplistat.web.access import needs, signature
from duplistat.web.language import gettext as _
from duplistat.web.parts.subject_pages import reader
from duplistat.web.redirects import done
from duplistat.web.settings.page import show

CHUNK = 1 << 18


class TaskResult(NamedTuple):
    """How the latest background task of a kind is: under way, done or failed; when it ended (ms); what came of it."""

    how: str
    at: int | None
    state: dict[str, Any]
    problem: str


@needs(Role.ADMIN, whole=True)
def page() -> Response:
    ctx = context()
    backup, check = _latest(BACKUP), _latest(CHECK)
    told = {kind: _task_result(task) for kind, task in ((BACKUP, backup), (CHECK, check)) if task}
    file = _file(backup)
    return show(
        "database",
        inside=database_info.look(ctx.db),
        told=told,
        backed_up=scheduled_backups.look(ctx.db, ctx.config.backup, ctx.now()),
        schedule=ctx.config.backup,
        fetch_until=backup.ended_at + KEPT_MS if file and backup and backup.ended_at else None,
        busy=any(each.how == "under way" for each in told.values()),
    )


@needs(Role.ADMIN, whole=True)
def make_backup() -> ResponseReturnValue:
    return _ask(BACKUP, _("Creating the backup…"))


@needs(Role.ADMIN, whole=True)
def check() -> ResponseReturnValue:
    return _ask(CHECK, _("Checking the database…"))


@needs(Role.ADMIN, whole=True)
def download() -> ResponseReturnValue:
    """The latest backup; when it was fetched as a whole, it is deleted here."""
    backup = _latest(BACKUP)
    file = _file(backup)
    if file is None:
        raise DuplistatError(Kind.NOT_FOUND, "No backup to download: create one first")
    name = f"duplistat-{reader().local(context().now()):%Y-%m-%d-%H%M}.db"
    response = Response(_streamed(file), content_type="application/vnd.sqlite3")
    response.headers["Content-Length"] = str(file.stat().st_size)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _streamed(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while part := content.read(CHUNK):
            yield part
    file.unlink(missing_ok=True)


def _ask(kind: str, said: str) -> ResponseReturnValue:
    try:
        context().writes.run(request_backup_or_check, kind=kind, **signature())
    except DuplistatError as e:
        if e.kind is not Kind.INVALID or not context().db.on_sqlite:
            raise
    return done(url_for("web.settings_database"), said)


def _latest(kind: str) -> BackgroundTask | None:
    ctx = context()
    return next(iter(background_tasks.latest(ctx.db, (ctx.main_account,), kind)), None)


def _file(backup: BackgroundTask | None) -> Path | None:
    ended = backup is not None and backup.ended_at is not None and not backup.problem
    return backup_file(context().config, backup) if backup and ended else None


def _task_result(task: BackgroundTask) -> TaskResult:
    how = "under way" if task.ended_at is None else "failed" if task.problem else "done"
    return TaskResult(how, task.ended_at, json.loads(task.state), task.problem)
