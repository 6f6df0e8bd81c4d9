"""/settings/database/restore: a backup is looked into, and after a confirmation put in place of the database."""

import contextlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import NAME_LIMIT, clip_name
from duplistat.http.context import context
from duplistat.services.audit import Actor
from duplistat.services.maintenance import restore_asked
from duplistat.services.maintenance.backups import always
from duplistat.services.people.identity import Role
from duplistat.store import background_tasks, copies, database_info
from duplistat.store.background_tasks import BackgroundTask
from duplistat.web.access import by, needs, signature
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.redirects import confirmed, done
from duplistat.web.settings.page import show

# What is typed to confirm.
WORD = "restore"


class Look(NamedTuple):
    """How the latest look into a backup is: `how` is under way, done or failed. `holds` is as copies.contents."""

    task: int
    how: str
    at: int | None
    name: str
    holds: dict[str, Any]
    problem: str


class Kept(NamedTuple):
    """A backup that can be chosen: its path, its name, bytes, and when it was written (ms)."""

    path: str
    name: str
    size: int
    at: int


@needs(Role.ADMIN, whole=True)
def page() -> Response:
    _require_sqlite()
    return _page(Form({}))


@needs(Role.ADMIN, whole=True)
def start() -> ResponseReturnValue:
    """Take a file, or a kept backup, and look into it. Raises DuplistatError."""
    _require_sqlite()
    ctx, form = context(), Form()
    upload, chosen = request.files.get("file"), form.typed("kept")
    sent = upload is not None and bool(upload.filename)
    known = {str(path): path for path in restore_asked.kept(ctx.config)}
    if sent == bool(chosen):
        form.wrong["file"] = _("Choose a backup, or send a file.")
    elif chosen and chosen not in known:
        form.wrong["kept"] = _("This backup no longer exists.")
    if form.wrong:
        return _page(form, 400)
    file: Path | None = None
    name = known[chosen].name if chosen else clip_name(str(upload and upload.filename))[:NAME_LIMIT]
    if upload is not None and sent:
        file = restore_asked.new_file(ctx.config)
        file.touch(mode=0o600)
        with contextlib.closing(upload):
            upload.save(file)
    try:
        ctx.writes.run(
            restore_asked.request_look,
            file=file.name if file else "",
            source=chosen,
            name=name,
            **signature(),
        )
    except BaseException:
        if file is not None:
            file.unlink(missing_ok=True)
        raise
    return done(url_for("web.settings_restore"), _("Checking the backup…"))


@needs(Role.ADMIN, whole=True)
def go(number: int) -> ResponseReturnValue:
    """Have what was looked into put in place, when that was confirmed. Raises DuplistatError (not_found)."""
    ctx, task = context(), _task(number)
    state = json.loads(task.state)
    if not confirmed(WORD):
        form = Form({})
        form.wrong["confirm"] = _("The word does not match.")
        return _page(form, 400)
    file = restore_asked.waiting_file(ctx.config, state["file"])
    ctx.writes.run(restore_asked.note_restore, name=state["name"], **signature())
    who: Actor = by().plain()
    restore_asked.ask(ctx.config, file, state["name"], who)
    return done(
        url_for("web.settings_restore"),
        _(
            "Restoring… This takes some seconds. You may have to sign in again, as you did when the backup was made."
        ),
    )


@needs(Role.ADMIN, whole=True)
def discard(number: int) -> ResponseReturnValue:
    """Delete the copy that was looked into. Raises DuplistatError (not_found)."""
    state = json.loads(_task(number).state)
    restore_asked.waiting_file(context().config, state["file"]).unlink(missing_ok=True)
    return done(url_for("web.settings_restore"), _("The copy was deleted. Nothing was restored."))


def _require_sqlite() -> None:
    if not context().db.on_sqlite:
        raise DuplistatError(Kind.INVALID, "PostgreSQL has programs of its own for this")


def _task(number: int) -> BackgroundTask:
    """The latest look, if it is that one and came to its end."""
    task = _latest()
    if task is None or task.id != number or task.ended_at is None or task.problem:
        raise DuplistatError(Kind.NOT_FOUND, "This backup no longer exists: choose another one")
    return task


def _latest() -> BackgroundTask | None:
    ctx = context()
    return next(iter(background_tasks.latest(ctx.db, (ctx.main_account,), restore_asked.KIND)), None)


def _page(form: Form, status: int = 200) -> Response:
    ctx, look = context(), _look()
    now_holds = (
        copies.contents(database_info.file_of(ctx.db), always) if look and look.how == "done" else None
    )
    return show(
        "restore",
        status,
        form=form,
        kept=[_kept(path) for path in restore_asked.kept(ctx.config)],
        most=ctx.config.intake.max_log_bytes,
        look=look,
        now_holds=now_holds,
        outcome=restore_asked.outcome(ctx.config),
        asked=restore_asked.is_asked(ctx.config),
        word=WORD,
        schema=database_info.schema(ctx.db),
        busy=restore_asked.is_asked(ctx.config) or (look is not None and look.how == "under way"),
    )


def _kept(path: Path) -> Kept:
    found = path.stat()
    return Kept(str(path), visible(path.name), found.st_size, found.st_mtime_ns // 1_000_000)


def _look() -> Look | None:
    """The latest look into a backup whose copy is still there."""
    task = _latest()
    if task is None:
        return None
    state = json.loads(task.state)
    how = "under way" if task.ended_at is None else "failed" if task.problem else "done"
    if how == "done":
        try:
            restore_asked.waiting_file(context().config, str(state["file"]))
        except DuplistatError:
            return None
    return Look(task.id, how, task.ended_at, visible(state["name"]), state.get("holds", {}), task.problem)
