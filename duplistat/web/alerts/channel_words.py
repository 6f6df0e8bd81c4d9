"""How a channel is said to be: where it sends to, whether it delivers, and its addresses."""

from typing import NamedTuple

from duplistat.http.context import context
from duplistat.services.alerts import channel_config
from duplistat.store import channels, push_devices
from duplistat.store.channels import BROKEN, OFF, Channel, Recipient
from duplistat.web.alerts import words
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, pgettext


class Line(NamedTuple):
    """A channel in a list: its kind in words, where it sends to, how it is, and how many messages wait for it."""

    channel: Channel
    kind: str
    shown: str
    state: tuple[str, str]
    waiting: int


def line_of(channel: Channel, waiting: int) -> Line:
    return Line(channel, words.channel_kinds()[channel.kind], shown(channel), state(channel), waiting)


def state(channel: Channel) -> tuple[str, str]:
    """(class of its mark, words) for how a channel is."""
    if channel.state == OFF:
        return "never", pgettext("a channel", "off")
    if channel.state == BROKEN:
        return "failed", _("does not deliver")
    if channel.paused_until is not None and channel.paused_until > context().now():
        return "paused", _("asked to wait")
    return ("ok", _("delivers")) if channel.last_ok_at is not None else ("never", _("not used yet"))


def shown(channel: Channel) -> str:
    """Where it sends to, as far as that is no secret."""
    if channel.kind == channel_config.WEBPUSH:
        number = push_devices.counts(context().db, [channel.id]).get(channel.id, 0)
        return ngettext("%(num)s device", "%(num)s devices", number) % {"num": number}
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
        return "never", _("unsubscribed by its owner")
    if row.refused_at is not None:
        return "failed", _("refused by its mail server")
    return ("ok", _("confirmed")) if row.verified_at is not None else ("paused", _("confirmation pending"))
