"""/settings/import: servers, jobs and history of another program; first a trial, then for good."""

import json
from typing import Any, NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.imports import PROGRAMS
from duplistat.http.context import context
from duplistat.services.configuration import secrets
from duplistat.services.imports.fetch import is_url
from duplistat.services.imports.result import Result
from duplistat.services.imports.task import KIND, file_of, new_file, request_import
from duplistat.services.people.identity import Role
from duplistat.store import background_tasks
from duplistat.store.background_tasks import BackgroundTask
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done
from duplistat.web.settings.page import show, tree

LONGEST_URL = 2048
# What came of an import is told for so long.
TOLD_MS = 24 * 3_600_000


class LeftOutLine(NamedTuple):
    """What did not come over, for one reason."""

    number: int
    why: str
    named: list[str]
    more: bool


class ImportShown(NamedTuple):
    """How the latest import is: `how` is under way, done or failed. `waits`: its file can be imported for good."""

    task: int
    how: str
    at: int | None
    program: str
    account: str
    result: Result
    left_out: list[LeftOutLine]
    problem: str
    waits: bool


@needs(Role.ADMIN)
def page() -> Response:
    return _page(Form({"program": next(iter(PROGRAMS)), "account": str(viewer().account)}))


@needs(Role.ADMIN)
def start() -> ResponseReturnValue:
    """Take a file, or the address of one, and say what would come of it."""
    form, ctx = Form(), context()
    account, program = form.typed("account"), form.typed("program")
    url = form.text("url", most=LONGEST_URL)
    upload = request.files.get("file")
    sent = upload is not None and bool(upload.filename)
    if account not in {str(place.id) for place in tree()}:
        form.wrong["account"] = _("Choose an account.")
    if program not in PROGRAMS:
        form.wrong["program"] = _("Choose a program.")
    if not sent and not url:
        form.wrong["file"] = _("Choose a file, or enter its address.")
    elif url and not is_url(url):
        form.wrong["url"] = _("Enter an address that begins with https:// or http://.")
    elif url and sent:
        form.wrong["url"] = _("Choose a file or enter an address, not both.")
    if form.wrong:
        return _page(form, 400)
    file = new_file(ctx.config)
    if upload is not None and sent:
        upload.save(file)
    try:
        ctx.writes.run(
            request_import,
            account=int(account),
            program=program,
            file=file.name,
            url=secrets.encrypt(ctx.config, url),
            dry_run=True,
            **signature(),
        )
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return done(_here(), _("Reading the file…"))


@needs(Role.ADMIN)
def go(number: int) -> ResponseReturnValue:
    """Import for good what a trial has read. Raises DuplistatError (not_found)."""
    ctx, task = context(), _task(number)
    state = json.loads(task.state)
    file_of(ctx.config, state["file"])
    ctx.writes.run(
        request_import,
        account=task.account_id,
        program=state["program"],
        file=state["file"],
        url="",
        dry_run=False,
        **signature(),
    )
    return done(_here(), _("Importing…"))


@needs(Role.ADMIN)
def discard(number: int) -> ResponseReturnValue:
    """Delete the file of a trial. Raises DuplistatError (not_found)."""
    state = json.loads(_task(number).state)
    file_of(context().config, state["file"]).unlink(missing_ok=True)
    return done(_here(), _("The file was deleted. Nothing was imported."))


def _here() -> str:
    return url_for("web.settings_import")


def _task(number: int) -> BackgroundTask:
    """A trial that came to its end, if it is the latest import."""
    task = _latest()
    if task is None or task.id != number or task.ended_at is None or task.problem:
        raise DuplistatError(Kind.NOT_FOUND, "This import no longer exists")
    return task


def _latest() -> BackgroundTask | None:
    return next(iter(background_tasks.latest(context().db, viewer().sees, KIND)), None)


def _page(form: Form, status: int = 200) -> Response:
    places = tree()
    shown = _shown({place.id: place.name for place in places})
    return show(
        "import",
        status,
        form=form,
        programs=[*PROGRAMS.items()],
        options=[place.option for place in places],
        most=context().config.intake.max_log_bytes,
        latest=shown,
        busy=shown is not None and shown.how == "under way",
    )


def _shown(names: dict[int, str]) -> ImportShown | None:
    """The latest import; None when it is long ago."""
    task, now = _latest(), context().now()
    if task is None or (task.ended_at or now) < now - TOLD_MS:
        return None
    state: dict[str, Any] = json.loads(task.state)
    result = Result(**state["result"])
    how = "under way" if task.ended_at is None else "failed" if task.problem else "done"
    left_out = [
        LeftOutLine(count, why, [visible(name) for name in named], count > len(named) > 0)
        for why, (count, named) in result.left_out.items()
    ]
    return ImportShown(
        task.id,
        how,
        task.ended_at,
        PROGRAMS[result.program],
        names.get(task.account_id, "") if len(names) > 1 else "",
        result,
        left_out,
        task.problem,
        how == "done" and result.dry_run and _waits(state["file"]),
    )


def _waits(name: str) -> bool:
    try:
        file_of(context().config, name)
    except DuplistatError:
        return False
    return True
