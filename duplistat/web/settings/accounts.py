"""/settings/accounts: the tree of accounts, as far as who looks sees it."""

import json
from typing import Any, NamedTuple

from flask import Response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.accounts import export as exports
from duplistat.services.accounts.changes import (
    DELETE,
    AccountChanges,
    create_account,
    delete_account,
    move_account,
    note_account_export,
    set_account,
    set_account_suspended,
)
from duplistat.services.people.identity import Role
from duplistat.store import accounts, background_tasks
from duplistat.store.accounts import Account, is_main
from duplistat.store.background_tasks import BackgroundTask
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.gzip_stream import gzipped
from duplistat.web.parts.subject_pages import reader
from duplistat.web.redirects import done, saved
from duplistat.web.settings.page import place_of, show, tree

# Accounts on the page; beyond these one is looked for by name.
MOST = 500
# What came of a deletion is told for so long.
TOLD_MS = 86_400_000
DELETIONS = 20


class Deletion(NamedTuple):
    """How a deletion is: `how` is under way, done or failed; `gone` counts the rows of history that are deleted."""

    how: str
    name: str
    gone: int
    problem: str


@needs(Role.ADMIN)
def page() -> Response:
    """The own account and all below it; `?q=` looks for a name."""
    return _list(Form({}))


@needs(Role.ADMIN)
def create() -> ResponseReturnValue:
    form, parent = Form(), Form().account("parent")
    name = form.text("name", missing=_("Enter a name."))
    zone = form.zone("timezone")
    if form.wrong:
        return _list(form, 400)
    try:
        made = context().writes.run(create_account, name=name, parent=parent.id, timezone=zone, **signature())
    except DuplistatError as e:
        form.refuse(e, "name")
        return _list(form, 400)
    message = _("Account %(name)s created.") % {"name": visible(made["name"])}
    return done(url_for("web.settings_account", number=made["account"]), message)


@needs(Role.ADMIN)
def one(number: int) -> Response:
    """One account. Raises DuplistatError (not_found) for one that is not there to be seen."""
    account = _account(number)
    return _one(account, _typed(account))


@needs(Role.ADMIN)
def save(number: int) -> ResponseReturnValue:
    """Another name, another zone; the own account keeps its name."""
    account, form = _account(number), Form()
    changes: AccountChanges = {"timezone": form.zone("timezone")}
    if _is_below(account):
        changes["name"] = form.text("name", missing=_("Enter a name."))
    try:
        if not form.wrong:
            context().writes.run(set_account, account=account.id, changes=changes, **signature())
    except DuplistatError as e:
        form.refuse(e, "name")
    if form.wrong:
        return _one(account, form, 400)
    return saved(_address(account), _("Account saved."))


@needs(Role.ADMIN)
def move(number: int) -> ResponseReturnValue:
    account, form = _below(number), Form()
    parent = form.account("parent")
    try:
        context().writes.run(move_account, account=account.id, parent=parent.id, **signature())
    except DuplistatError as e:
        form.refuse(e, "parent")
        return _one(account, _typed(account, form, form.typed("parent")), 400)
    message = _("%(name)s moved to %(parent)s.")
    return saved(_address(account), message % {"name": visible(account.name), "parent": visible(parent.name)})


@needs(Role.ADMIN)
def suspend(number: int) -> ResponseReturnValue:
    return _set_suspended(number, suspended=True)


@needs(Role.ADMIN)
def reactivate(number: int) -> ResponseReturnValue:
    return _set_suspended(number, suspended=False)


@needs(Role.ADMIN)
def export(number: int) -> ResponseReturnValue:
    """All that an account and those below it have, as it is read: gzipped JSON lines. It is noted who took it."""
    ctx, account = context(), _account(number)
    ctx.writes.run(note_account_export, account=account.id, **signature())
    chosen = accounts.below(ctx.db, account)
    parts = gzipped(exports.lines(ctx.db, chosen, ctx.now()))
    response = Response(stream_with_context(parts), content_type="application/gzip")
    name = f"account-{account.id}-{reader().local(ctx.now()):%Y-%m-%d}.jsonl.gz"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@needs(Role.ADMIN)
def delete(number: int) -> ResponseReturnValue:
    """Have a suspended account deleted by the scheduler."""
    account, form = _below(number), Form()
    if not form.confirmed(account.name):
        return _one(account, _typed(account, form), 400)
    try:
        context().writes.run(delete_account, account=account.id, **signature())
    except DuplistatError as e:
        form.refuse(e)
        return _one(account, _typed(account, form), 400)
    return done(
        url_for("web.settings_accounts"), _("%(name)s is being deleted.") % {"name": visible(account.name)}
    )


def _set_suspended(number: int, *, suspended: bool) -> ResponseReturnValue:
    account = _below(number)
    try:
        context().writes.run(set_account_suspended, account=account.id, suspended=suspended, **signature())
    except DuplistatError as e:
        form = Form({})
        form.refuse(e)
        return _one(account, _typed(account, form), 400)
    message = _("%(name)s is suspended.") if suspended else _("%(name)s is active again.")
    return done(_address(account), message % {"name": visible(account.name)})


def _account(number: int) -> Account:
    found = accounts.seen(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Account not found")
    return found


def _is_below(account: Account) -> bool:
    """Whether it may be moved, suspended and deleted by who looks: nobody does that to the own account."""
    return account.id != viewer().account and not is_main(account)


def _below(number: int) -> Account:
    found = _account(number)
    if not _is_below(found):
        raise DuplistatError(Kind.FORBIDDEN, "Only an admin of the parent account can do this")
    return found


def _address(account: Account) -> str:
    return url_for("web.settings_account", number=account.id)


def _typed(account: Account, wrong: Form | None = None, parent: str = "") -> Form:
    """The form of an account as it is, or below another `parent`; with what is wrong with another form."""
    above = parent or str(account.parent_id or "")
    form = Form({"name": account.name, "timezone": account.timezone, "parent": above})
    form.wrong = wrong.wrong if wrong else {}
    return form


def _list(form: Form, status: int = 200) -> Response:
    ctx, query = context(), request.args.get("q", "").strip()
    places = tree()
    found = [place for place in places if query.lower() in place.account.name.lower()]
    deletions = [shown for task in _deletions() if (shown := _deletion_of(task))]
    return show(
        "accounts",
        status,
        form=form,
        places=found[:MOST],
        left_out=len(found) - len(found[:MOST]),
        many=len(places) > MOST,
        query=query,
        options=[place.option for place in places],
        own_name=next((visible(place.account.name) for place in places if place.id == viewer().account), ""),
        jobs=accounts.counts(ctx.db, "job", [place.id for place in found[:MOST]]),
        deletions=deletions,
    )


def _one(account: Account, form: Form, status: int = 200) -> Response:
    ctx, places = context(), tree()
    below = accounts.below(ctx.db, account)
    ids = [each.id for each in below]
    deletion = next((c for c in _deletions() if c.subject == str(account.id) and c.ended_at is None), None)
    return show(
        "account",
        status,
        form=form,
        account=account,
        path=[place for place in places if account.path.startswith(place.account.path)],
        children=[place_of(each, account) for each in below[1 : MOST + 1]],
        more_below=len(below) > MOST + 1,
        options=[place.option for place in places if place.id not in ids],
        below=_is_below(account),
        has_name=_is_below(account),
        jobs=sum(accounts.counts(ctx.db, "job", ids).values()),
        servers=sum(accounts.counts(ctx.db, "server", ids).values()),
        accounts=len(below),
        deletion=_deletion_of(deletion) if deletion else None,
        busy=deletion is not None,
    )


def _deletions() -> list[BackgroundTask]:
    return background_tasks.latest(context().db, viewer().sees, DELETE, DELETIONS)


def _deletion_of(task: BackgroundTask) -> Deletion | None:
    """How a deletion is; None when it is long ago."""
    state: dict[str, Any] = json.loads(task.state)
    how = "under way" if task.ended_at is None else "failed" if task.problem else "done"
    if task.ended_at is not None and context().now() - task.ended_at > TOLD_MS:
        return None
    return Deletion(how, visible(state["name"]), state["gone"], task.problem)
