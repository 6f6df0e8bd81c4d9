"""Saved views of the overview: made, changed, taken away. Those of one person are nobody else's business, so the audit
log knows of shared ones alone.
"""

import json
from typing import TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.overview_view import ViewState, as_texts, view_state
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import saved_views
from duplistat.store.database import Database
from duplistat.store.saved_views import SavedView

# Views of a person, and those that an account shares.
MOST = 50
LONGEST_NAME = 60


class ViewChanges(TypedDict, total=False):
    """What can be set. `user` is the person whose it is, None for one that is shared within its account."""

    name: str
    user: int | None
    state: ViewState


@command
def add_view(
    tx: Tx, *, account: int, user: int | None, name: str, state: ViewState, by: Actor, now: int
) -> int:
    """A new view of a person, or one that is shared within the account; its id.

    Raises DuplistatError (invalid): a name that is taken, or too many of them.
    """
    name = _name(name)
    _room(tx.db, account, user)
    new = saved_views.add(
        tx.db,
        {
            "account_id": account,
            "user_id": user,
            "name": name,
            "state": _written(state),
            "created_at": now,
            "changed_at": now,
        },
    )
    if new is None:
        raise _taken(name)
    if user is None:
        audit.note(tx.db, by, "view.create", account=account, subject=name, now=now, after=dict(state))
    return new


@command
def set_view(tx: Tx, *, view: int, changes: ViewChanges, by: Actor, now: int) -> None:
    """Change what `changes` holds. Raises DuplistatError: not_found, or invalid as `add_view`."""
    row = _found(tx.db, view)
    user = changes.get("user", row.user_id)
    name = _name(changes["name"]) if "name" in changes else row.name
    state = _written(changes["state"]) if "state" in changes else row.state
    if (user, name, state) == (row.user_id, row.name, row.state):
        return
    if user != row.user_id:
        _room(tx.db, row.account_id, user)
    other = saved_views.by_name(tx.db, row.account_id, user, name)
    if other is not None and other.id != row.id:
        raise _taken(name)
    saved_views.update(tx.db, row.id, {"user_id": user, "name": name, "state": state, "changed_at": now})
    if user is None or row.user_id is None:
        before = {"name": row.name, "shared": row.user_id is None, **state_of(row)}
        after = {"name": name, "shared": user is None, **json.loads(state)}
        audit.note(
            tx.db,
            by,
            "view.set",
            account=row.account_id,
            subject=row.name,
            now=now,
            before=before,
            after=after,
        )


@command
def delete_view(tx: Tx, *, view: int, by: Actor, now: int) -> None:
    """Take a view away, for all who see it. Raises DuplistatError (not_found)."""
    row = _found(tx.db, view)
    saved_views.delete(tx.db, row.id)
    if row.user_id is None:
        before = json.loads(row.state)
        audit.note(tx.db, by, "view.delete", account=row.account_id, subject=row.name, now=now, before=before)


def state_of(view: SavedView) -> ViewState:
    """What a view holds; what it held of words that are known no more is as where nothing was chosen."""
    kept: dict[str, str] = json.loads(view.state)
    try:
        return view_state(kept)
    except DuplistatError:
        return view_state({name: kept.get(name, "") for name in ("q", "tag")})


def _written(state: ViewState) -> str:
    return json.dumps(view_state(as_texts(state)), ensure_ascii=False, separators=(",", ":"))


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise DuplistatError(Kind.INVALID, "a name is needed", field="name")
    if len(name) > LONGEST_NAME:
        raise DuplistatError(
            Kind.INVALID, Text("must have at most {most} characters", most=LONGEST_NAME), field="name"
        )
    return name


def _room(db: Database, account: int, user: int | None) -> None:
    if saved_views.count(db, account, user) >= MOST:
        raise DuplistatError(Kind.INVALID, Text("there are at most {most} saved views", most=MOST))


def _taken(name: str) -> DuplistatError:
    return DuplistatError(Kind.INVALID, Text("there is a view {name} already", name=name), field="name")


def _found(db: Database, view: int) -> SavedView:
    row = saved_views.get(db, view)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such saved view")
    return row
