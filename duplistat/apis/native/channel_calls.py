"""/api/v1/channels: where messages go. Secrets go in, and never out."""

from typing import Any, cast

from flask import Response, request

from duplistat.apis.native import alert_shapes, bodies, parameters
from duplistat.apis.native.alert_models import NoticeDetail
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.channel_models import Channel, ChannelChanges, ChannelList, NewChannel
from duplistat.apis.native.channel_shapes import channels_of
from duplistat.apis.native.lists import by_id
from duplistat.apis.native.parameters import Query
from duplistat.apis.native.reads import ID, bp, reader
from duplistat.apis.native.rule_models import Nothing
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts import channel_config
from duplistat.services.alerts.channels import (
    ChannelSettings,
    add_channel,
    delete_channel,
    set_channel,
    switch_channel,
    test_channel,
)
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import channels, notices

# What a body says of any channel; the rest is about where one of its kind sends to.
SETTINGS = tuple(ChannelSettings.__annotations__)
UNSIGNED = "a webhook needs a secret: whsec_ and 24 to 64 random bytes in base64"


@bp.get("/api/v1/channels")
def channel_list() -> Response:
    ctx, _, page, end = by_id(Scope.READ, channels.page)
    return answered(request, ChannelList(channels=channels_of(ctx.db, ctx.config, page), next_cursor=end))


@bp.get(f"/api/v1/channels/{ID}")
def channel(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)

    def shape() -> Channel:
        row = seen(channels.seen, ctx.db, sees, id, "channel")
        return channels_of(ctx.db, ctx.config, [row])[0]

    return one(request, ctx.db, "channel", id, shape)


@changes.post("/api/v1/channels")
def create_channel() -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    sent, body = bodies.read(request, NewChannel)

    def make() -> WriteCommand[int]:
        given = _given(sent)
        if sent.kind == channel_config.WEBHOOK and not given.get("secret"):
            # One that we made would have to be told in an answer, which is kept.
            raise DuplistatError(Kind.INVALID, UNSIGNED, field="secret")
        made = channel_config.prepared(c.ctx.config, sent.kind, given)
        return prepare(
            add_channel,
            account=c.account(sent.account_id),
            kind=sent.kind,
            config=made.config,
            shown=made.shown,
            settings=_settings(sent),
            **c.signature(),
        )

    return c.carry_out(body, make, lambda id: channel_of(c, id), 201, of=Thing("channel"))


@changes.patch(f"/api/v1/channels/{ID}")
def change_channel(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    sent, body = bodies.read(request, ChannelChanges)

    def make() -> WriteCommand[None]:
        row = seen(channels.seen, c.ctx.db, c.sees, id, "channel")
        given, config, shown = _given(sent), None, ""
        if given:
            before = channel_config.opened(c.ctx.config, row)
            made = channel_config.prepared(c.ctx.config, row.kind, given, before)
            config, shown = made.config, made.shown
        settings = _settings(sent)
        return prepare(
            set_channel, channel=id, settings=settings, config=config, shown=shown, **c.signature()
        )

    return c.carry_out(body, make, lambda _: channel_of(c, id), of=Thing("channel", id))


@changes.delete(f"/api/v1/channels/{ID}")
def remove_channel(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        seen(channels.seen, c.ctx.db, c.sees, id, "channel")
        return prepare(delete_channel, channel=id, **c.signature())

    return c.carry_out(body, make, lambda _: None, of=Thing("channel", id))


@changes.post(f"/api/v1/channels/{ID}/on")
def turn_on(id: int) -> Response:
    return _switch(id, on=True)


@changes.post(f"/api/v1/channels/{ID}/off")
def turn_off(id: int) -> Response:
    return _switch(id, on=False)


@changes.post(f"/api/v1/channels/{ID}/test")
def send_test(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[int]:
        seen(channels.seen, c.ctx.db, c.sees, id, "channel")
        return prepare(test_channel, channel=id, **c.signature())

    def answer(notice: int) -> NoticeDetail:
        return alert_shapes.notice_of(c.ctx.db, seen(notices.seen, c.ctx.db, c.sees, notice, "notice"))

    return c.carry_out(body, make, answer, 201, of=Thing("channel", id), gives=Thing("notice"))


def _switch(id: int, *, on: bool) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        seen(channels.seen, c.ctx.db, c.sees, id, "channel")
        return prepare(switch_channel, channel=id, on=on, **c.signature())

    return c.carry_out(body, make, lambda _: channel_of(c, id), of=Thing("channel", id))


def _settings(sent: ChannelChanges) -> ChannelSettings:
    return cast(ChannelSettings, sent.model_dump(include=sent.model_fields_set & {*SETTINGS}))


def _given(sent: ChannelChanges) -> dict[str, Any]:
    """What a body says of where a channel sends to."""
    return sent.model_dump(include=sent.model_fields_set - {*SETTINGS, "kind", "account_id"})


def channel_of(c: Changing, id: int) -> Channel:
    """A channel as it is now. Raises DuplistatError (not_found)."""
    row = seen(channels.seen, c.ctx.db, c.sees, id, "channel")
    return channels_of(c.ctx.db, c.ctx.config, [row])[0]
