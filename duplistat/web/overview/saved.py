"""Saved views on the overview: which there are, which one is shown, and POST /views… to make and change them.

The address of a view says all that it holds, and its id: so whatever is chosen there changes the address, and the view
when somebody saves that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.overview_view import FIELDS, ViewState, as_texts, view_state
from duplistat.core.text import capital, clean
from duplistat.http.context import Context, context
from duplistat.services.people.identity import CurrentUser, Role
from duplistat.services.people.preferences import set_preferences
from duplistat.services.people.saved_views import (
    LONGEST_NAME,
    ViewChanges,
    add_view,
    delete_view,
    set_view,
    state_of,
)
from duplistat.store import saved_views
from duplistat.store.saved_views import SavedView
from duplistat.web.access import needs, signature, viewer
from duplistat.web.formatting import number_in, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import translated
from duplistat.web.overview.filters import Choices
from duplistat.web.parts.job_columns import USUAL
from duplistat.web.preferences import HOME_VIEW, kept_preferences
from duplistat.web.redirects import done

# The id of the view that is shown; NONE for all jobs, also where the overview begins with a view.
SAVED, NONE = "saved", "0"


class Tab(NamedTuple):
    """A view that can be gone to."""

    id: int
    address: str
    name: str
    shared: bool


class Views(NamedTuple):
    """Those that who looks sees, and the one that is shown, None for none: whether it was `changed` since it was saved,
    whether who looks may change it, and whether the overview begins with it. `state` is what would be saved."""

    tabs: list[Tab]
    shown: Tab | None
    changed: bool
    may_change: bool
    is_home: bool
    may_share: bool
    state: dict[str, str]
    longest: int


def views_of(ctx: Context, choices: Choices) -> Views | None:
    """For whoever is signed in. One statement."""
    signed = viewer().signed
    if signed is None:
        return None
    found = saved_views.of_person(ctx.db, viewer().account, signed.user)
    tabs = [Tab(row.id, address_of(row), visible(row.name), row.user_id is None) for row in found]
    wanted = number_in(saved_id())
    row = next((row for row in found if row.id == wanted), None)
    may_share = viewer().may(Role.OPERATOR)
    return Views(
        tabs,
        next((tab for tab in tabs if tab.id == wanted), None),
        row is not None and _complete(state_of(row)) != choices.saved(),
        row is not None and (row.user_id is not None or may_share),
        row is not None and kept_preferences().get(HOME_VIEW) == str(row.id),
        may_share,
        choices.saved(),
        LONGEST_NAME,
    )


def home_view(ctx: Context) -> str:
    """The address of the view that the overview begins with for who looks; "" where the address says what is wanted,
    or there is none."""
    signed = viewer().signed
    wanted = number_in(kept_preferences().get(HOME_VIEW, "")) if signed and not request.args else 0
    row = _seen(ctx, signed, wanted) if signed and wanted else None
    return address_of(row) if row else ""


def saved_id() -> str:
    """What the address says of a view: an id, NONE, or "" for nothing."""
    given = request.args.get(SAVED, "")
    return given if given == NONE or number_in(given) else ""


def address_of(row: SavedView) -> str:
    held: dict[str, Any] = as_texts(state_of(row)) | {SAVED: row.id}
    return url_for("web.overview", **held)


@needs(Role.VIEWER)
def create_view() -> ResponseReturnValue:
    """Save what is shown. Raises DuplistatError: forbidden, invalid."""
    ctx, signed, shared = context(), _signed(), _shared()
    with _in_sentences():
        new = ctx.writes.run(
            add_view,
            account=viewer().account,
            user=None if shared else signed.user,
            name=_name(),
            state=_state(),
            **signature(),
        )
    return _shown(ctx, new, _("View %(name)s saved."))


@needs(Role.VIEWER)
def update_view(number: int) -> ResponseReturnValue:
    """Save what is shown in place of what the view held. Raises DuplistatError: not_found, forbidden."""
    return _changed(number, {"state": _state()})


@needs(Role.VIEWER)
def rename_view(number: int) -> ResponseReturnValue:
    """Another name; and whether it is shared. Raises DuplistatError: not_found, forbidden, invalid."""
    return _changed(number, {"name": _name(), "user": None if _shared() else _signed().user})


@needs(Role.VIEWER)
def remove_view(number: int) -> ResponseReturnValue:
    """Take a view away. Raises DuplistatError: not_found, forbidden."""
    ctx, row = context(), _to_change(number)
    ctx.writes.run(delete_view, view=row.id, **signature())
    return done(
        url_for("web.overview", saved=NONE), _("View %(name)s deleted.") % {"name": visible(row.name)}
    )


@needs(Role.VIEWER)
def choose_home_view(number: int) -> ResponseReturnValue:
    """Begin with a view, or no more. Raises DuplistatError (not_found)."""
    ctx, signed = context(), _signed()
    row = _found(ctx, signed, number)
    wanted = str(row.id) if request.form.get("on") == "1" else ""
    ctx.writes.run(set_preferences, user=signed.user, changes={HOME_VIEW: wanted})
    said = (
        _("The overview opens with view %(name)s.")
        if wanted
        else _("The overview no longer opens with view %(name)s.")
    )
    return done(address_of(row), said % {"name": visible(row.name)})


def _changed(number: int, changes: ViewChanges) -> ResponseReturnValue:
    ctx, row = context(), _to_change(number)
    with _in_sentences():
        ctx.writes.run(set_view, view=row.id, changes=changes, **signature())
    return _shown(ctx, row.id, _("View %(name)s saved."))


def _shown(ctx: Context, view: int, said: str) -> ResponseReturnValue:
    row = _found(ctx, _signed(), view)
    return done(address_of(row), said % {"name": visible(row.name)})


@contextmanager
def _in_sentences() -> Iterator[None]:
    """What is wrong with a field, as a page of its own says it."""
    try:
        yield
    except DuplistatError as e:
        if e.kind is not Kind.INVALID:
            raise
        raise DuplistatError(e.kind, capital(translated(e.text))) from e


def _to_change(number: int) -> SavedView:
    """A view that who looks may change: their own; a shared one, as an operator."""
    row = _found(context(), _signed(), number)
    if row.user_id is None and not viewer().may(Role.OPERATOR):
        raise DuplistatError(Kind.FORBIDDEN, "Only operators can change shared views")
    return row


def _found(ctx: Context, signed: CurrentUser, number: int) -> SavedView:
    row = _seen(ctx, signed, number)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such saved view")
    return row


def _seen(ctx: Context, signed: CurrentUser, number: int) -> SavedView | None:
    """The view of that id, if it is shared within the account that pages act for, or one's own in it."""
    row = saved_views.get(ctx.db, number)
    seen = row is not None and row.account_id == viewer().account and row.user_id in (None, signed.user)
    return row if seen else None


def _signed() -> CurrentUser:
    signed = viewer().signed
    if signed is None:
        raise DuplistatError(Kind.UNAUTHORIZED, "Sign in to save views")
    return signed


def _shared() -> bool:
    if request.form.get("shared") != "1":
        return False
    if not viewer().may(Role.OPERATOR):
        raise DuplistatError(Kind.FORBIDDEN, "Only operators can share views")
    return True


def _name() -> str:
    return clean(request.form.get("name", ""))


def _state() -> ViewState:
    return view_state({name: request.form[name] for name in FIELDS if name in request.form})


def _complete(state: ViewState) -> dict[str, str]:
    """As Choices has it: with the usual columns where none are named."""
    columns = state["columns"] or ",".join(column.name for column in USUAL)
    return {name: str(value) for name, value in state.items()} | {"columns": columns}
