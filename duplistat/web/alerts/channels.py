"""/alerts/channels: where messages go, and new channels. A secret that is made is shown once."""

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.channel_config import KINDS
from duplistat.services.alerts.channels import (
    add_channel,
)
from duplistat.services.people.identity import Role
from duplistat.store import channels, outbox
from duplistat.web.access import needs, signature, viewer
from duplistat.web.alerts import channel_form, words
from duplistat.web.alerts.channel_page import one_page, seen_channel
from duplistat.web.alerts.channel_words import line_of
from duplistat.web.alerts.frame import missing, no_mail_server, show
from duplistat.web.form import Form
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done
from duplistat.web.settings.page import tree


@needs(Role.ADMIN)
def page() -> Response:
    """The channels of the accounts that who looks may see, and what is missing for messages to go out."""
    ctx, sees = context(), viewer().sees
    found = channels.of_accounts(ctx.db, sees)
    waiting = outbox.counts_of(ctx.db, [channel.id for channel in found])
    places = {place.id: place.name for place in tree()}
    return show(
        "channels",
        lines=[line_of(channel, waiting.get(channel.id, 0)) for channel in found],
        names=places if len(places) > 1 else {},
        missing=missing(),
        kinds=words.channel_kinds(),
    )


@needs(Role.ADMIN)
def new(kind: str) -> Response:
    """A form for a new channel of a kind. Raises DuplistatError (not_found) for a kind that is none."""
    return _new(_kind(kind), Form(channel_form.EMPTY | {"language": channel_form.own_language()}))


@needs(Role.ADMIN)
def create(kind: str) -> ResponseReturnValue:
    """Add a channel. A secret that was made for it is shown this once."""
    form, ctx, kind = Form(), context(), _kind(kind)
    account, given, settings = form.account(), channel_form.given(form, kind), channel_form.settings(form)
    if form.wrong:
        return _new(kind, form, 400)
    try:
        ready = channel_config.prepared(ctx.config, kind, given)
        made = ctx.writes.run(
            add_channel,
            account=account.id,
            kind=kind,
            config=ready.config,
            shown=ready.shown,
            settings=settings,
            **signature(),
        )
    except DuplistatError as e:
        form.refuse(e)
        return _new(kind, form, 400)
    if ready.secret:
        return one_page(seen_channel(made), secret=ready.secret)
    return done(
        url_for("web.channel", number=made), _("Channel added. Send a test to see whether it arrives.")
    )


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such kind of channel")
    return kind


def _new(kind: str, form: Form, status: int = 200) -> Response:
    return show(
        "channel_new",
        status,
        kind=kind,
        kinds=words.channel_kinds(),
        form=form,
        options=[place.option for place in tree()],
        spoken=channel_form.languages(),
        allow=context().config.alerts.allow,
        missing=no_mail_server() if kind == channel_config.MAIL else [],
    )
