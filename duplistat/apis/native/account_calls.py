"""/api/v1/accounts: the tree of accounts, as far as a key sees it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import Response, request

from duplistat.apis.native import bodies, cursors, parameters
from duplistat.apis.native.account_models import (
    Account,
    AccountList,
    AccountSettingsChanges,
    Move,
    NewAccount,
)
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.exports import handed_out
from duplistat.apis.native.job_models import Begun
from duplistat.apis.native.parameters import ByIdQuery, Query
from duplistat.apis.native.reads import ID, bp, caller_who
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import export as exports
from duplistat.services.accounts import tree
from duplistat.services.accounts.changes import (
    AccountChanges,
    AccountMade,
    create_account,
    delete_account,
    move_account,
    note_account_export,
    set_account,
    set_account_suspended,
)
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts
from duplistat.store.accounts import Account as Row
from duplistat.store.accounts import is_main

R = TypeVar("R")

NOT_BELOW = "Only a key of a parent account can do this"


@bp.get("/api/v1/accounts")
def account_list() -> Response:
    ctx, caller = caller_who(Scope.ACCOUNTS_ADMIN)
    asked = parameters.read(ByIdQuery, request.args)
    ids = sorted(id for id in caller.sees if id > (asked.cursor or 0))
    page = ids[: asked.limit]
    end = cursors.write(page[-1]) if len(ids) > asked.limit else None
    rows = [row for id in page if (row := accounts.by_id(ctx.db, id)) is not None]
    return answered(request, AccountList(accounts=_accounts(ctx, caller.sees, rows), next_cursor=end))


@bp.get(f"/api/v1/accounts/{ID}")
def account(id: int) -> Response:
    ctx, caller = caller_who(Scope.ACCOUNTS_ADMIN)
    parameters.read(Query, request.args)
    sees = caller.sees
    return one(request, ctx.db, "account", id, lambda: _accounts(ctx, sees, [_seen(ctx, sees, id)])[0])


@changes.post("/api/v1/accounts")
def make_account() -> Response:
    c = changing(Scope.ACCOUNTS_ADMIN)
    sent, body = bodies.read(request, NewAccount)

    def make() -> WriteCommand[AccountMade]:
        parent = c.caller.account if sent.parent_id is None else _parent(c, sent.parent_id).id
        return prepare(
            create_account,
            name=_named(c, sent.name),
            parent=parent,
            timezone=sent.timezone,
            **c.signature(),
        )

    def answer(made: AccountMade) -> Account:
        # What was made since the request began is seen, too.
        sees = accounts.visible(c.ctx.db, c.caller.account)
        return _accounts(c.ctx, sees, [_seen(c.ctx, sees, made["account"])])[0]

    return c.carry_out(body, make, answer, 201)


@changes.patch(f"/api/v1/accounts/{ID}")
def change_account(id: int) -> Response:
    c = changing(Scope.ACCOUNTS_ADMIN)
    sent, body = bodies.read(request, AccountSettingsChanges)

    def make(row: Row) -> WriteCommand[str]:
        given, values = sent.model_fields_set, AccountChanges()
        if "timezone" in given:
            values["timezone"] = sent.timezone
        if "name" in given:
            _require_below(c, row)
            values["name"] = _named(c, sent.name) if sent.name != row.name else row.name
        return prepare(set_account, account=id, changes=values, **c.signature())

    return _carry_out(c, id, body, make)


@changes.post(f"/api/v1/accounts/{ID}/move")
def move(id: int) -> Response:
    c = changing(Scope.ACCOUNTS_ADMIN)
    sent, body = bodies.read(request, Move)

    def make(row: Row) -> WriteCommand[str]:
        _require_below(c, row)
        parent = _parent(c, sent.parent_id)
        return prepare(move_account, account=id, parent=parent.id, **c.signature())

    return _carry_out(c, id, body, make)


@changes.post(f"/api/v1/accounts/{ID}/suspend")
def suspend(id: int) -> Response:
    return _set_suspended(id, suspended=True)


@changes.post(f"/api/v1/accounts/{ID}/reactivate")
def reactivate(id: int) -> Response:
    return _set_suspended(id, suspended=False)


@changes.post(f"/api/v1/accounts/{ID}/export")
def export_account(id: int) -> Response:
    c = changing(Scope.ACCOUNTS_ADMIN)
    bodies.read(request, Nothing)
    row = _seen(c.ctx, c.sees, id)
    c.note(prepare(note_account_export, account=id, **c.signature()))
    chosen = accounts.below(c.ctx.db, row)
    return handed_out(exports.lines(c.ctx.db, chosen, c.ctx.now()), f"account-{id}")


@changes.delete(f"/api/v1/accounts/{ID}")
def remove_account(id: int) -> Response:
    c = changing(Scope.ACCOUNTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[int]:
        _require_below(c, _seen(c.ctx, c.sees, id))
        return prepare(delete_account, account=id, **c.signature())

    return c.carry_out(body, make, lambda _: Begun(state="deleting"), 202, of=Thing("account", id))


def _set_suspended(id: int, *, suspended: bool) -> Response:
    c = changing(Scope.ACCOUNTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make(row: Row) -> WriteCommand[int]:
        _require_below(c, row)
        return prepare(set_account_suspended, account=id, suspended=suspended, **c.signature())

    return _carry_out(c, id, body, make)


def _carry_out(c: Changing, id: int, body: bytes, make: Callable[[Row], WriteCommand[R]]) -> Response:
    """Make a change of an account; the answer is the account as it is then."""

    def answer(_: R) -> Account:
        return _accounts(c.ctx, c.sees, [_seen(c.ctx, c.sees, id)])[0]

    return c.carry_out(body, lambda: make(_seen(c.ctx, c.sees, id)), answer, of=Thing("account", id))


def _seen(ctx: Context, sees: tuple[int, ...], id: int) -> Row:
    """The account of that id, if the caller sees it. Raises DuplistatError (not_found)."""
    found = accounts.seen(ctx.db, sees, id)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such account")
    return found


def _parent(c: Changing, id: int) -> Row:
    """The account above another one. Raises DuplistatError (invalid) for one that the key does not see."""
    found = accounts.seen(c.ctx.db, c.sees, id)
    if found is None:
        raise DuplistatError(Kind.INVALID, "There is no such account", field="parent_id")
    return found


def _require_below(c: Changing, row: Row) -> None:
    """Nobody renames, moves, suspends or deletes the own account. Raises DuplistatError (forbidden)."""
    if row.id == c.caller.account or is_main(row):
        raise DuplistatError(Kind.FORBIDDEN, NOT_BELOW)


def _named(c: Changing, name: str) -> str:
    """What an account is called that a key calls so: see services.accounts.tree.name_under."""
    return tree.name_under(accounts.by_id(c.ctx.db, c.caller.account), name)


def _accounts(ctx: Context, sees: tuple[int, ...], rows: Sequence[Row]) -> list[Account]:
    """Two statements."""
    ids = [row.id for row in rows]
    servers, jobs = (accounts.counts(ctx.db, table, ids) if ids else {} for table in ("server", "job"))
    return [
        Account(
            id=row.id,
            name=row.name,
            parent_id=row.parent_id if row.parent_id in sees else None,
            timezone=row.timezone,
            suspended_at=iso(row.suspended_at),
            servers=servers.get(row.id, 0),
            jobs=jobs.get(row.id, 0),
            created_at=time(row.created_at),
        )
        for row in rows
    ]
