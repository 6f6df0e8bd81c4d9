"""The page of one channel, with the forms on it."""

from typing import Any

from flask import Response

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.channels import TEST_MS
from duplistat.store import channels, notices, outbox, rules, users
from duplistat.store.channels import Channel
from duplistat.web.access import viewer
from duplistat.web.alerts import channel_form, words
from duplistat.web.alerts.channel_words import line_of, recipients_of
from duplistat.web.alerts.frame import ROWS, no_mail_server, show
from duplistat.web.alerts.notices import lines
from duplistat.web.alerts.problems import entries
from duplistat.web.form import Form


def seen_channel(number: int) -> Channel:
    """The channel of a page. Raises DuplistatError (not_found) for one that is not there to be seen."""
    found = channels.seen(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Channel not found")
    return found


def opened(channel: Channel) -> dict[str, Any] | None:
    """What is stored of a channel; None when that cannot be read any more."""
    try:
        return channel_config.opened(context().config, channel)
    except DuplistatError:
        return None


def one_page(
    channel: Channel,
    form: Form | None = None,
    status: int = 200,
    *,
    code: Form | None = None,
    delete: Form | None = None,
    secret: str = "",
) -> Response:
    ctx, plain = context(), opened(channel)
    tests = notices.tests_of(ctx.db, channel.id, ctx.now() - TEST_MS)
    latest = max(tests, key=lambda test: test.id, default=None)
    mails_admins = channel_config.mails_admins(channel)
    return show(
        "channel",
        status,
        line=line_of(channel, outbox.counts_of(ctx.db, [channel.id]).get(channel.id, 0)),
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
        unused=channel.state != channels.OFF
        and not any(row.enabled for row in rules.naming(ctx.db, channel.id)),
        missing=no_mail_server() if channel.kind == channel_config.MAIL else [],
        outcome=words.attempt_state,
        took=words.took,
    )
