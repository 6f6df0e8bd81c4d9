"""What a message says, as its channel says it: by its clock, in its language, with its own texts."""

import json
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from duplistat.core.alerts.compose import Composed, Style, compose
from duplistat.core.alerts.content import Links
from duplistat.core.alerts.notice import Kind, NoticeFacts
from duplistat.http.context import context
from duplistat.services.languages import spoken
from duplistat.store import accounts, channels
from duplistat.store.channels import Channel
from duplistat.store.notices import Notice

# What stands in a text for a link that is for one receiver alone.
HIDDEN = "…"


def text_of(notice: Notice) -> Composed | None:
    """A notice as it reads; without the links of one receiver. None for a test, whose code is for who got it."""
    if notice.kind == Kind.TEST:
        return None
    channel = channels.get(context().db, notice.channel_id) if notice.channel_id is not None else None
    facts: NoticeFacts = json.loads(notice.facts)
    templates = json.loads(channel.templates or "{}") if channel is not None else {}
    account = channel.account_id if channel is not None else notice.account_id
    at = notice.ended_at or notice.created_at
    return said(facts, channel, account, templates, plain=bool(notice.plain), at=at)


def said(
    facts: NoticeFacts,
    channel: Channel | None,
    account: int,
    templates: Mapping[str, str],
    *,
    plain: bool = False,
    at: int,
) -> Composed:
    """Facts in the words of a channel, at a time (ms); `account` gives the zone where the channel has none."""
    ctx = context()
    home = accounts.by_id(ctx.db, account)
    zone = (channel.zone if channel is not None else "") or (home.timezone if home is not None else "")
    style = Style(
        zone=ZoneInfo(zone) if zone else ctx.config.zone,
        say=spoken(channel.language if channel is not None else ""),
        base_url=ctx.config.own_url,
        templates=templates,
        plain=plain,
    )
    return compose(facts, style, Links(page=ctx.config.own_url, acknowledge=HIDDEN), now=at)
