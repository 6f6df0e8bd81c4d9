"""/alerts/channels/N: a channel is changed, tested, turned on or off, and deleted. Secrets are never shown."""

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.by_hand import send_waiting
from duplistat.services.alerts.channels import (
    confirm_channel,
    delete_channel,
    rotate_channel_secret,
    set_channel,
    switch_channel,
    test_channel,
)
from duplistat.services.alerts.recipients import ask_again, resubscribe
from duplistat.services.people.identity import Role
from duplistat.store import channels
from duplistat.web.access import needs, signature
from duplistat.web.alerts import channel_form
from duplistat.web.alerts.channel_page import one_page, opened, seen_channel
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.redirects import done, saved


@needs(Role.ADMIN)
def one(number: int) -> Response:
    """One channel. Raises DuplistatError (not_found) for one that is not there to be seen."""
    return one_page(seen_channel(number))


@needs(Role.ADMIN)
def save(number: int) -> ResponseReturnValue:
    """Change a channel; a secret that is left blank stays as it is."""
    channel, form, ctx = seen_channel(number), Form(), context()
    given, settings = channel_form.given(form, channel.kind), channel_form.settings(form)
    if not form.wrong:
        try:
            before = opened(channel)
            ready = channel_config.prepared(ctx.config, channel.kind, given, before)
            same = before is not None and channel_form.is_same(channel.kind, given, before)
            ctx.writes.run(
                set_channel,
                channel=channel.id,
                settings=settings,
                config=None if same else ready.config,
                shown=ready.shown,
                **signature(),
            )
        except DuplistatError as e:
            form.refuse(e)
    if form.wrong:
        return one_page(channel, form, 400)
    return saved(url_for("web.channel", number=number), _("Saved."))


@needs(Role.ADMIN)
def test(number: int) -> ResponseReturnValue:
    """Have a test sent: it goes the way that every message goes."""
    channel = seen_channel(number)
    context().writes.run(test_channel, channel=channel.id, **signature())
    return done(f"{url_for('web.channel', number=number)}#test", _("A test is on its way."))


@needs(Role.ADMIN)
def confirm(number: int) -> ResponseReturnValue:
    """Note that a test arrived, by the code in it."""
    channel, form = seen_channel(number), Form()
    code = form.text("code", missing=_("Enter the code."), most=10)
    if not form.wrong:
        try:
            context().writes.run(confirm_channel, channel=channel.id, code=code, **signature())
        except DuplistatError as e:
            form.refuse(e, "code")
    if form.wrong:
        return one_page(channel, code=form, status=400)
    return done(url_for("web.channel", number=number), _("It arrives: this channel is verified."))


@needs(Role.ADMIN)
def switch(number: int) -> ResponseReturnValue:
    """Turn it on, which also tries a broken one again, or off."""
    channel, on = seen_channel(number), Form().typed("on") == "1"
    context().writes.run(switch_channel, channel=channel.id, on=on, **signature())
    return done(url_for("web.channel", number=number), _("Channel is on.") if on else _("Channel is off."))


@needs(Role.ADMIN)
def send(number: int) -> ResponseReturnValue:
    """Send what waits for it at once."""
    channel = seen_channel(number)
    count = context().writes.run(send_waiting, channel=channel.id, **signature())
    said = ngettext("%(num)s message goes out now.", "%(num)s messages go out now.", count) % {"num": count}
    return done(url_for("web.channel", number=number), said)


@needs(Role.ADMIN)
def rotate(number: int) -> ResponseReturnValue:
    """Another secret for a webhook; it is shown this once, and the old one signs for a day more."""
    channel, ctx = seen_channel(number), context()
    if channel.kind != channel_config.WEBHOOK:
        raise DuplistatError(Kind.NOT_FOUND, "Channel not found")
    ready = channel_config.rotated(ctx.config, channel_config.opened(ctx.config, channel), ctx.now())
    ctx.writes.run(rotate_channel_secret, channel=channel.id, config=ready.config, **signature())
    return one_page(seen_channel(number), secret=ready.secret)


@needs(Role.ADMIN)
def delete(number: int) -> ResponseReturnValue:
    """Delete it: rules name it no more, and what waits for it is dropped."""
    channel = seen_channel(number)
    form = Form({})
    if not form.confirmed(channel.name):
        return one_page(channel, delete=form, status=400)
    context().writes.run(delete_channel, channel=channel.id, **signature())
    return done(url_for("web.channels"), _("Channel %(name)s deleted.") % {"name": visible(channel.name)})


@needs(Role.ADMIN)
def recipient(number: int) -> ResponseReturnValue:
    """Ask an address once more to confirm, or give it alerts again that was taken off."""
    row = channels.recipient(context().db, number)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "Address not found")
    channel = seen_channel(row.channel_id)
    again = Form().typed("do") == "resubscribe"
    context().writes.run(resubscribe if again else ask_again, recipient=row.id, **signature())
    said = _("The address gets alerts again.") if again else _("The mail is on its way again.")
    return done(url_for("web.channel", number=channel.id), said)
