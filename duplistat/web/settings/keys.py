"""/settings/keys: API keys, made, replaced and revoked. A key is shown once, in answer to the form that made it."""

from typing import Any, NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.access.api_keys import ALLOWED, Allowed, Scope, create_key, revoke_key, rotate_key
from duplistat.services.people.identity import Role
from duplistat.store import keys
from duplistat.store.keys import Key
from duplistat.web.access import base_address, needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import labelled, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.subject_pages import before, reader
from duplistat.web.redirects import done
from duplistat.web.settings.page import ROWS, show, tree

HOUR_MS = 3_600_000
# Hours for which a key that was replaced can still be good: a year.
MOST_HOURS = 24 * 366
# What the forms begin with.
NEW, OLD = {"scope": Scope.INGEST.value}, {"hours": "24"}


class Line(NamedTuple):
    """A key, and whether it is valid, expired or revoked."""

    key: Key
    state: str


@needs(Role.ADMIN)
def page() -> Response:
    """All keys of the accounts that who looks may see, newest first."""
    return _list(Form(NEW))


@needs(Role.ADMIN)
def create() -> ResponseReturnValue:
    form, ctx = Form(), context()
    name = form.text("name", missing=_("Enter a name."))
    scopes = form.some_of("scope", list(Scope), missing=_("Select at least one permission."))
    ends = form.day_ends("expires", ctx.schedule_defaults.zone)
    if ends is not None and ends <= ctx.now():
        form.wrong["expires"] = _("Choose a future date.")
    account = form.account()
    made = ""
    if not form.wrong:
        try:
            made = ctx.writes.run(
                create_key, account=account.id, name=name, scopes=scopes, expires_at=ends, **signature()
            )
        except DuplistatError as e:
            form.refuse(e, "name")
    if form.wrong:
        return _list(form, status=400)
    return _list(Form(NEW), made=made, name=name, reports=Scope.INGEST in scopes or Scope.ADMIN in scopes)


@needs(Role.ADMIN)
def one(number: int) -> Response:
    """One key. Raises DuplistatError (not_found) for one that is not there to be seen."""
    return _one(_key(number), Form(OLD))


@needs(Role.ADMIN)
def rotate(number: int) -> ResponseReturnValue:
    """Replace a key; the old one stays valid for some hours."""
    key, form = _key(number), Form()
    hours = form.number("hours", 0, MOST_HOURS)
    made = ""
    if not form.wrong:
        try:
            made = context().writes.run(
                rotate_key,
                account=key.account_id,
                name=key.name,
                keep_ms=hours * HOUR_MS,
                **signature(),
            )
        except DuplistatError as e:
            form.refuse(e)
    return _one(key, form, status=400) if form.wrong else _one(_key(number), Form(OLD), made=made)


@needs(Role.ADMIN)
def revoke(number: int) -> ResponseReturnValue:
    key, form = _key(number), Form(OLD)
    if not form.confirmed(key.name):
        return _one(key, form, status=400)
    context().writes.run(revoke_key, account=key.account_id, name=key.name, **signature())
    return done(url_for("web.settings_keys"), _("API key %(name)s revoked.") % {"name": visible(key.name)})


def state(key: Key, now: int) -> str:
    """valid, expired or revoked."""
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.expires_at is None or key.expires_at > now else "expired"


def _key(number: int) -> Key:
    found = keys.by_id(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "API key not found")
    return found


def _list(form: Form, status: int = 200, **values: Any) -> Response:
    found = keys.page(context().db, viewer().sees, before=before(), limit=ROWS + 1)
    places, now = tree(), context().now()
    return show(
        "keys",
        status,
        form=form,
        lines=[Line(key, state(key, now)) for key in found[:ROWS]],
        older=url_for("web.settings_keys", before=found[ROWS - 1].id) if len(found) > ROWS else "",
        newer=url_for("web.settings_keys") if before() else "",
        options=[place.option for place in places],
        names={place.id: place.name for place in places},
        scopes=scopes(),
        base=base_address(context()),
        **values,
    )


def _one(key: Key, form: Form, status: int = 200, made: str = "") -> Response:
    names = {place.id: place.name for place in tree()}
    return show(
        "key",
        status,
        form=form,
        key=key,
        state=state(key, reader().now),
        names=names,
        made=made,
        scopes=scopes(),
    )


def scopes() -> dict[str, str]:
    """{scope: what it lets a key do, and its name}."""
    return {scope: f"{_in_words(allowed)} ({scope})" for scope, allowed in ALLOWED.items()}


def _in_words(allowed: Allowed) -> str:
    act, about = _(allowed.act), ", ".join(map(_, allowed.subjects.values()))
    return labelled(act, about) if about else act
