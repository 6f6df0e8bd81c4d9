"""/settings/clients: OAuth clients, made and revoked. A secret is shown once, in answer to the form that made it."""

from typing import Any, NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.access.oauth_clients import Scope, create_client, revoke_client
from duplistat.services.people.identity import Role
from duplistat.store import clients
from duplistat.store.clients import Client
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.subject_pages import before
from duplistat.web.redirects import done
from duplistat.web.settings.page import ROWS, show, tree

# What the form begins with.
NEW = {"scope": [scope.value for scope in Scope]}


class Line(NamedTuple):
    """A client, and its name as it is shown."""

    client: Client
    name: str


@needs(Role.ADMIN)
def page() -> Response:
    """All clients of the accounts that who looks may see, newest first."""
    return _list(Form(NEW))


@needs(Role.ADMIN)
def create() -> ResponseReturnValue:
    form = Form()
    name = form.text("name", missing=_("Enter a name."))
    scopes = form.some_of("scope", list(Scope), missing=_("Select at least one scope."))
    account = form.account()
    if form.wrong:
        return _list(form, 400)
    made = context().writes.run(create_client, account=account.id, name=name, scopes=scopes, **signature())
    return _list(Form(NEW), made=made, name=name)


@needs(Role.ADMIN)
def one(number: int) -> Response:
    """One client. Raises DuplistatError (not_found) for one that is not there to be seen."""
    return _one(_client(number), Form({}))


@needs(Role.ADMIN)
def revoke(number: int) -> ResponseReturnValue:
    client, form = _client(number), Form({})
    if not form.confirmed(_called(client)):
        return _one(client, form, 400)
    context().writes.run(revoke_client, client_id=client.client_id, **signature())
    said = _("OAuth client %(name)s revoked.") % {"name": visible(_called(client))}
    return done(url_for("web.settings_clients"), said)


def scopes() -> dict[str, str]:
    """{scope: what it lets a client read}."""
    return {
        Scope.PARTNERS_READ: _("Partner report: status of every job of every customer"),
        Scope.ACCOUNTS_READ: _("Accounts (reserved, not used yet)"),
    }


def _called(client: Client) -> str:
    """Its name; one that a command made may have none."""
    return client.name.strip() or client.client_id


def _client(number: int) -> Client:
    found = clients.by_id(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "OAuth client not found")
    return found


def _list(form: Form, status: int = 200, **values: Any) -> Response:
    found = clients.page(context().db, viewer().sees, before=before(), limit=ROWS + 1)
    places, shown = tree(), found[:ROWS]
    return show(
        "clients",
        status,
        form=form,
        lines=[Line(client, visible(_called(client))) for client in shown],
        older=url_for("web.settings_clients", before=shown[-1].id) if len(found) > ROWS else "",
        newer=url_for("web.settings_clients") if before() else "",
        options=[place.option for place in places],
        names={place.id: place.name for place in places},
        scopes=scopes(),
        **values,
    )


def _one(client: Client, form: Form, status: int = 200) -> Response:
    account = {place.id: place.name for place in tree()}.get(client.account_id, "")
    return show("client", status, form=form, client=client, called=_called(client), account=account)
