"""Channels that are confirmed, let go, or get another secret; and their addresses, which are asked again."""

from collections.abc import Callable

from flask import Response, request

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.channel_calls import channel_of
from duplistat.apis.native.channel_models import Channel, ChannelSecret, Confirmation, Released
from duplistat.apis.native.reads import ID
from duplistat.apis.native.rule_models import Nothing
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.by_hand import send_waiting
from duplistat.services.alerts.channels import confirm_channel, rotate_channel_secret
from duplistat.services.alerts.recipients import ask_again, resubscribe
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import channels
from duplistat.store.channels import Channel as Row


@bp.post(f"/api/v1/channels/{ID}/confirm")
def confirm(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    sent, body = bodies.read(request, Confirmation)

    def make() -> WriteCommand[None]:
        _row(c, id)
        return prepare(confirm_channel, channel=id, code=sent.code, **c.signature())

    return c.carry_out(body, make, lambda _: channel_of(c, id), of=Thing("channel", id))


@bp.post(f"/api/v1/channels/{ID}/send")
def send(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[int]:
        _row(c, id)
        return prepare(send_waiting, channel=id, **c.signature())

    return c.carry_out(body, make, lambda number: Released(notices=number), of=Thing("channel", id))


@bp.post(f"/api/v1/channels/{ID}/rotate")
def rotate_secret(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)
    made: list[str] = []

    def make() -> WriteCommand[None]:
        row, config = _row(c, id), c.ctx.config
        if row.kind != channel_config.WEBHOOK:
            raise DuplistatError(Kind.INVALID, "only a webhook has a secret that we make")
        ready = channel_config.rotated(config, channel_config.opened(config, row), c.ctx.now())
        made.append(ready.secret)
        return prepare(rotate_channel_secret, channel=id, config=ready.config, **c.signature())

    def answer(_: None) -> ChannelSecret:
        return ChannelSecret(secret=made[0] if made else None)

    return c.carry_out_secretly(body, make, answer, of=Thing("channel", id))


@bp.post(f"/api/v1/recipients/{ID}/ask")
def ask_recipient(id: int) -> Response:
    return _recipient(id, lambda c: prepare(ask_again, recipient=id, **c.signature()))


@bp.post(f"/api/v1/recipients/{ID}/resubscribe")
def resubscribe_recipient(id: int) -> Response:
    return _recipient(id, lambda c: prepare(resubscribe, recipient=id, **c.signature()))


def _recipient(id: int, make: Callable[[Changing], WriteCommand[None]]) -> Response:
    """Do something with an address; the answer is its channel."""
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def channel() -> int:
        found = channels.recipient(c.ctx.db, id)
        if found is None or channels.seen(c.ctx.db, c.sees, found.channel_id) is None:
            raise DuplistatError(Kind.NOT_FOUND, "There is no such address")
        return found.channel_id

    def seen_first() -> WriteCommand[None]:
        channel()
        return make(c)

    def answer(_: None) -> Channel:
        return channel_of(c, channel())

    return c.carry_out(body, seen_first, answer)


def _row(c: Changing, id: int) -> Row:
    return seen(channels.seen, c.ctx.db, c.sees, id, "channel")
