"""/api/v1/views: saved views of the overview that accounts share. A key is no person, and has none of its own."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.lists import by_id
from duplistat.apis.native.parameters import Query
from duplistat.apis.native.reads import ID, bp, reader
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.apis.native.view_models import NewView, SavedViewChanges, View, ViewList
from duplistat.core.overview_view import ViewState, as_texts, view_state
from duplistat.services.access.api_keys import Scope
from duplistat.services.people.saved_views import ViewChanges, add_view, delete_view, set_view, state_of
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts, saved_views
from duplistat.store.database import Database
from duplistat.store.saved_views import SavedView

# What a field of ours is called in an address.
_AS_IN_ADDRESSES = {"search": "q", "layout": "view"}


@bp.get("/api/v1/views")
def view_list() -> Response:
    ctx, _, page, end = by_id(Scope.READ, saved_views.page_of_shared)
    return answered(request, ViewList(views=_views(ctx.db, page), next_cursor=end))


@bp.get(f"/api/v1/views/{ID}")
def view(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)

    def shape() -> View:
        return _views(ctx.db, [seen(saved_views.shared, ctx.db, sees, id, "saved view")])[0]

    return one(request, ctx.db, "view", id, shape)


@changes.post("/api/v1/views")
def create_view() -> Response:
    c = changing(Scope.JOBS_WRITE)
    sent, body = bodies.read(request, NewView)

    def make() -> WriteCommand[int]:
        return prepare(
            add_view,
            account=c.account(sent.account_id),
            user=None,
            name=sent.name,
            state=view_state(_given(sent)),
            **c.signature(),
        )

    return c.carry_out(body, make, lambda id: _view(c, id), 201, of=Thing("view"))


@changes.patch(f"/api/v1/views/{ID}")
def change_view(id: int) -> Response:
    c = changing(Scope.JOBS_WRITE)
    sent, body = bodies.read(request, SavedViewChanges)

    def make() -> WriteCommand[None]:
        state: ViewState = view_state(as_texts(state_of(_row(c, id))) | _given(sent))
        wanted: ViewChanges = {"state": state}
        if "name" in sent.model_fields_set:
            wanted["name"] = sent.name
        return prepare(set_view, view=id, changes=wanted, **c.signature())

    return c.carry_out(body, make, lambda _: _view(c, id), of=Thing("view", id))


@changes.delete(f"/api/v1/views/{ID}")
def remove_view(id: int) -> Response:
    c = changing(Scope.JOBS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        _row(c, id)
        return prepare(delete_view, view=id, **c.signature())

    return c.carry_out(body, make, lambda _: None, of=Thing("view", id))


def _given(sent: SavedViewChanges) -> dict[str, str]:
    """What was sent of a state, as in an address."""
    values: dict[str, Any] = sent.model_dump(include=sent.model_fields_set - {"account_id", "name"})
    if "sort" in values:
        # Pages alone know of the reverse order.
        values["order"] = ""
    if "columns" in values:
        values["columns"] = ",".join(values["columns"])
    return {_AS_IN_ADDRESSES.get(name, name): value or "" for name, value in values.items()}


def _row(c: Changing, id: int) -> SavedView:
    return seen(saved_views.shared, c.ctx.db, c.sees, id, "saved view")


def _view(c: Changing, id: int) -> View:
    return _views(c.ctx.db, [_row(c, id)])[0]


def _views(db: Database, rows: Sequence[SavedView]) -> list[View]:
    """One statement."""
    names = accounts.names(db, {row.account_id for row in rows})
    return [_shape(row, names.get(row.account_id, "")) for row in rows]


def _shape(row: SavedView, account: str) -> View:
    state = state_of(row)
    return View.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "account": account,
            "account_id": row.account_id,
            "state": state["state"] or None,
            "search": state["q"],
            "tag": state["tag"],
            "group": state["group"],
            "sort": state["sort"],
            "layout": state["view"],
            "columns": state["columns"].split(",") if state["columns"] else [],
            "created_at": time(row.created_at),
            "changed_at": time(row.changed_at),
        }
    )
