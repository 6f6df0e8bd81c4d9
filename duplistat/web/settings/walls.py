"""/settings/walls: links to the wall display, made and revoked. A link is shown once, in answer to the form."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.access import wall_links as links
from duplistat.services.access.api_keys import digest
from duplistat.services.people.identity import Role
from duplistat.store import wall_links
from duplistat.store.wall_links import WallLink
from duplistat.web.access import base_address, needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import number_in, visible
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done
from duplistat.web.settings.page import show, tree

SHOWN = 500


@needs(Role.ADMIN)
def page() -> Response:
    """All links of the accounts that who looks may see, newest first; `?revoke=` asks whether one is to go."""
    wanted = number_in(request.args.get("revoke", ""))
    return _list(Form({}), leaving=_seen(wanted) if wanted else None)


@needs(Role.ADMIN)
def create() -> ResponseReturnValue:
    form = Form()
    name = form.text("name", missing=_("Enter a name."))
    account = form.account()
    token = links.fresh()
    if not form.wrong:
        made = links.create_wall_link
        try:
            context().writes.run(made, account=account.id, name=name, hash=digest(token), **signature())
        except DuplistatError as e:
            form.refuse(e)
    if form.wrong:
        return _list(form, 400)
    address = f"{base_address(context())}/wall/{token}"
    return _list(Form({}), made=address, name=name)


@needs(Role.ADMIN)
def revoke(number: int) -> ResponseReturnValue:
    """Revoke a link. Raises DuplistatError (not_found) for one that is not there to be seen."""
    found = _seen(number)
    form = Form({})
    if not form.confirmed(found.name):
        return _list(form, 400, leaving=found)
    context().writes.run(
        links.revoke_wall_link, link=found.id, account=found.account_id, name=found.name, **signature()
    )
    said = _("Link %(name)s revoked: screens that show it stop within a minute.")
    return done(url_for("web.settings_walls"), said % {"name": visible(found.name)})


def _seen(number: int) -> WallLink:
    found = wall_links.by_id(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "This link was revoked, or there never was one")
    return found


def _list(form: Form, status: int = 200, *, leaving: WallLink | None = None, **values: Any) -> Response:
    places = tree()
    return show(
        "walls",
        status,
        form=form,
        leaving=leaving,
        lines=wall_links.of_accounts(context().db, viewer().sees, SHOWN),
        options=[place.option for place in places],
        names={place.id: place.name for place in places},
        **values,
    )
