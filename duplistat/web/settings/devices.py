"""Devices on which a person wants notifications: each browser says so itself, on the page of the profile."""

from typing import NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts import channel_config, devices
from duplistat.services.people.identity import CurrentUser, Role
from duplistat.store import push_devices
from duplistat.store.push_devices import Device
from duplistat.web.access import needs, own, signature
from duplistat.web.form import Form
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done
from duplistat.web.settings.browsers import named

# Longer than any that a push service gives out.
MOST_ENDPOINT, MOST_KEY = 1500, 200


class Push(NamedTuple):
    """What the profile shows of web push: the key that a browser subscribes to, "" while there is no channel, and the
    devices of who looks."""

    key: str
    channel: str
    devices: list[Device]


def push_of(signed: CurrentUser) -> Push:
    ctx = context()
    channel = devices.channel_of(ctx.db, signed.account)
    key = ""
    if channel is not None:
        try:
            key = str(channel_config.opened(ctx.config, channel).get("public", ""))
        except DuplistatError:
            # The key of stored passwords is another one: the channel says so itself.
            channel = None
    return Push(key, channel.name if channel else "", push_devices.of_user(ctx.db, signed.user))


@needs(Role.VIEWER)
def add() -> ResponseReturnValue:
    """Notify a browser, by the subscription that it made."""
    ctx, form, signed = context(), Form(), own()
    channel = devices.channel_of(ctx.db, signed.account)
    if channel is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no channel for web push")
    endpoint, p256dh, auth = (form.typed(name) for name in ("endpoint", "p256dh", "auth"))
    if not _is_subscription(endpoint, p256dh, auth):
        raise DuplistatError(Kind.INVALID, "This is no subscription of a browser")
    program, system = named(request.headers.get("User-Agent", ""))
    ctx.writes.run(
        devices.add_device,
        channel=channel.id,
        user=signed.user,
        name=", ".join(filter(None, (program, system))) or _("Browser"),
        endpoint=endpoint,
        p256dh=p256dh,
        auth=auth,
        server_key=push_of(signed).key,
        **signature(),
    )
    return done(f"{url_for('web.me')}#devices", _("This device gets notifications."))


@needs(Role.VIEWER)
def remove(number: int) -> ResponseReturnValue:
    """Send nothing to one of one's own devices any more."""
    context().writes.run(devices.remove_device, device=number, user=own().user, **signature())
    return done(f"{url_for('web.me')}#devices", _("Device removed."))


def _is_subscription(endpoint: str, p256dh: str, auth: str) -> bool:
    from duplistat.notify import address, push_encryption

    if len(endpoint) > MOST_ENDPOINT or len(p256dh) > MOST_KEY or len(auth) > MOST_KEY:
        return False
    try:
        push_encryption.check_subscription(p256dh, auth)
        return address.parse(endpoint).tls
    except ValueError:
        return False
