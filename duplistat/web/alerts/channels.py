"""/alerts/channels: where messages go, whether they arrive, and what is set of it. Secrets are never shown."""

from typing import Any, NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.by_hand import send_waiting
from duplistat.services.alerts.channel_config import KINDS
from duplistat.services.alerts.channels import (
    TEST_MS,
    add_channel,
    confirm_channel,
    delete_channel,
    rotate_channel_secret,
    set_channel,
    switch_channel,
    test_channel,
)
from duplistat.services.alerts.recipients import ask_again, resubscribe
from duplistat.services.people.identity import Role
from duplistat.store import channels, notices, outbox, users
from duplistat.store.channels import BROKEN, OFF, Channel, Recipient
from duplistat.web.access import needs, signature, viewer
from duplistat.web.alerts import channel_form, words
from duplistat.web.alerts.frame import ROWS, missing, no_mail_server, show
from duplistat.web.alerts.notices import lines
from duplistat.web.alerts.problems import entries
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.redirects import confirmed, done
from duplistat.web.settings.page import tree


class Line(NamedTuple):
    """A channel in a list: its kind in words, where it sends to, how it is, and how many messages wait for it."""

    channel: Channel
    kind: str
    shown: str
    state: tuple[str, str]
    waiting: int


@needs(Role.ADMIN)
def page() -> Response:
    """The channels of the accounts that who looks may see, and what is missing for messages to go out."""
    ctx, sees = context(), viewer().sees
    found = channels.of_accounts(ctx.db, sees)
    waiting = outbox.counts_of(ctx.db, [channel.id for channel in found])
    places = {place.id: place.name for place in tree()}
    return show(
        "channels",
        lines=[_line(channel, waiting.get(channel.id, 0)) for channel in found],
        names=places if len(places) > 1 else {},
        missing=missing(),
        kinds=words.channel_kinds(),
    )


@needs(Role.ADMIN)
def new(kind: str) -> Response:
    """A form for a new channel of a kind. Raises DuplistatError (not_found) for a kind that is none."""
    return _new(_kind(kind), Form(channel_form.EMPTY))


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
        return _one(seen_channel(made), secret=ready.secret)
    return done(
        url_for("web.channel", number=made), _("Channel added. Send a test to see whether it arrives.")
    )


@needs(Role.ADMIN)
def one(number: int) -> Response:
    """One channel. Raises DuplistatError (not_found) for one that is not there to be seen."""
    return _one(seen_channel(number))


@needs(Role.ADMIN)
def save(number: int) -> ResponseReturnValue:
    """Change a channel; a secret that is left blank stays as it is."""
    channel, form, ctx = seen_channel(number), Form(), context()
    given, settings = channel_form.given(form, channel.kind), channel_form.settings(form)
    if not form.wrong:
        try:
            before = _opened(channel)
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
        return _one(channel, form, 400)
    return done(url_for("web.channel", number=number), _("Saved."))


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
        return _one(channel, code=form, status=400)
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
    return _one(seen_channel(number), secret=ready.secret)


@needs(Role.ADMIN)
def delete(number: int) -> ResponseReturnValue:
    """Delete it: rules name it no more, and what waits for it is dropped."""
    channel = seen_channel(number)
    if not confirmed(channel.name):
        form = Form({})
        form.wrong["confirm"] = _("The name does not match.")
        return _one(channel, delete=form, status=400)
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


def state(channel: Channel) -> tuple[str, str]:
    """(class of its mark, words) for how a channel is."""
    if channel.state == OFF:
        return "never", _("off")
    if channel.state == BROKEN:
        return "failed", _("does not deliver")
    if channel.paused_until is not None and channel.paused_until > context().now():
        return "paused", _("asked to wait")
    return ("ok", _("delivers")) if channel.last_ok_at is not None else ("never", _("not used yet"))


def _line(channel: Channel, waiting: int) -> Line:
    return Line(channel, words.channel_kinds()[channel.kind], shown(channel), state(channel), waiting)


def shown(channel: Channel) -> str:
    """Where it sends to, as far as that is no secret."""
    if channel.kind != channel_config.MAIL:
        return visible(channel.shown)
    count = len(channel_config.addresses_of(channel))
    parts = [_("the administrators")] if channel_config.mails_admins(channel) else []
    if count:
        parts.append(ngettext("%(num)s address", "%(num)s addresses", count) % {"num": count})
    return ", ".join(parts)


def recipients_of(channel: Channel) -> list[tuple[Recipient, tuple[str, str]]]:
    """The addresses of a channel, each with how it is with it."""
    return [(row, _recipient_state(row)) for row in channels.recipients(context().db, channel.id)]


def _recipient_state(row: Recipient) -> tuple[str, str]:
    if row.unsubscribed_at is not None:
        return "never", _("taken off by its owner")
    if row.refused_at is not None:
        return "failed", _("refused by its mail server")
    return ("ok", _("confirmed")) if row.verified_at is not None else ("paused", _("asked to confirm"))


def seen_channel(number: int) -> Channel:
    """The channel of a page. Raises DuplistatError (not_found) for one that is not there to be seen."""
    found = channels.seen(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Channel not found")
    return found


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such kind of channel")
    return kind


def _opened(channel: Channel) -> dict[str, Any] | None:
    """What is stored of a channel; None when that cannot be read any more."""
    try:
        return channel_config.opened(context().config, channel)
    except DuplistatError:
        return None


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


def _one(
    channel: Channel,
    form: Form | None = None,
    status: int = 200,
    *,
    code: Form | None = None,
    delete: Form | None = None,
    secret: str = "",
) -> Response:
    ctx, plain = context(), _opened(channel)
    tests = notices.tests_of(ctx.db, channel.id, ctx.now() - TEST_MS)
    latest = max(tests, key=lambda test: test.id, default=None)
    mails_admins = channel_config.mails_admins(channel)
    return show(
        "channel",
        status,
        line=_line(channel, outbox.counts_of(ctx.db, [channel.id]).get(channel.id, 0)),
        channel=channel,
        form=form or Form(channel_form.fields(channel, plain)),
        changed=form is not None,
        code=code or Form({}),
        delete=delete or Form({}),
        secret=secret,
        has=channel_form.has(plain),
        spoken=channel_form.languages(),
        allow=ctx.config.alerts.allow,
        recipients=recipients_of(channel),
        admins=users.admin_emails(ctx.db, channel.account_id) if mails_admins else [],
        entry=entries([latest], [latest.id])[0] if latest is not None else None,
        lines=lines(notices.page(ctx.db, viewer().sees, channel=channel.id, limit=ROWS)),
        missing=no_mail_server() if channel.kind == channel_config.MAIL else [],
        outcome=words.attempt_state,
        took=words.took,
    )
