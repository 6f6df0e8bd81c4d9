"""/settings/ping-keys: ping keys of accounts, made, shown, replaced and revoked."""

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import capital
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.pings import keys as services
from duplistat.store import ping_keys
from duplistat.store.ping_keys import PingKey
from duplistat.web.access import base_address, needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import translated
from duplistat.web.redirects import done
from duplistat.web.settings.page import show, tree


@needs(Role.ADMIN)
def page() -> Response:
    """All ping keys of the accounts that who looks may see, without the keys."""
    return _list(Form())


@needs(Role.ADMIN)
def create() -> ResponseReturnValue:
    form, ctx = Form(), context()
    name = form.text("name", missing=_("Enter a name."))
    account = form.account()
    if not form.wrong:
        try:
            key = services.fresh(ctx.config)
            ctx.writes.run(services.make_ping_key, account=account.id, name=name, key=key, **signature())
        except DuplistatError as e:
            form.refuse(e, "name")
    if form.wrong:
        return _list(form, 400)
    return done(url_for("web.settings_ping_keys"), _("Ping key %(name)s created.") % {"name": visible(name)})


@needs(Role.ADMIN)
def one(number: int) -> Response:
    """One ping key, to be copied. Raises DuplistatError (not_found) for one that is not there to be seen."""
    return _one(_key(number), Form())


@needs(Role.ADMIN)
def rotate(number: int) -> ResponseReturnValue:
    """Replace a ping key; the old one is refused at once, which is confirmed by a tick."""
    key, ctx, form = _key(number), context(), Form()
    if not form.typed("sure"):
        form.wrong["sure"] = _("Confirm that the old key is rejected.")
        return _one(key, form, 400)
    fresh = services.fresh(ctx.config)
    ctx.writes.run(services.rotate_ping_key, account=key.account_id, name=key.name, key=fresh, **signature())
    return done(url_for("web.settings_ping_key", number=key.id), _("Ping key rotated."))


@needs(Role.ADMIN)
def revoke(number: int) -> ResponseReturnValue:
    key, form = _key(number), Form()
    if not form.confirmed(key.name):
        return _one(key, form, 400)
    context().writes.run(services.revoke_ping_key, account=key.account_id, name=key.name, **signature())
    said = _("Ping key %(name)s revoked.") % {"name": visible(key.name)}
    return done(url_for("web.settings_ping_keys"), said)


def _key(number: int) -> PingKey:
    found = ping_keys.by_id(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "ping key not found")
    return found


def _list(form: Form, status: int = 200) -> Response:
    places = tree()
    return show(
        "ping_keys",
        status,
        form=form,
        keys=ping_keys.of_accounts(context().db, viewer().sees),
        options=[place.option for place in places],
        names={place.id: place.name for place in places},
    )


def _one(key: PingKey, form: Form, status: int = 200) -> Response:
    ctx, plain, problem = context(), "", ""
    try:
        plain = services.plain(ctx.config, key)
    except DuplistatError as e:
        problem = sentence(capital(translated(e.text)))
    response = show(
        "ping_key",
        status,
        form=form,
        key=key,
        plain=plain,
        problem=problem,
        example=f"{base_address(ctx)}/ping/{plain}/db-backup",
        names={place.id: place.name for place in tree()},
    )
    # It shows a secret.
    response.headers["Cache-Control"] = "no-store"
    return response
