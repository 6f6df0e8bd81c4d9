"""Rows of channels as shapes: what of them is a secret is only said to be set."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from duplistat.apis.native.channel_models import Channel, Kept, Recipient
from duplistat.apis.native.shapes import time
from duplistat.config import Config
from duplistat.core.errors import DuplistatError
from duplistat.http.answers import iso
from duplistat.services.alerts import channel_config
from duplistat.store import accounts, channels
from duplistat.store.channels import Channel as Row
from duplistat.store.channels import Recipient as RecipientRow
from duplistat.store.database import Database

SECRETS = ("url", "secret", "token", "template", "headers")


def channels_of(db: Database, config: Config, rows: Sequence[Row]) -> list[Channel]:
    """Two statements."""
    names = accounts.names(db, {row.account_id for row in rows})
    addresses = channels.recipients_of(db, [row.id for row in rows])
    opened = channel_config.opener(config)
    return [
        Channel.model_validate(
            {
                "id": row.id,
                "name": row.name,
                "account": names.get(row.account_id, ""),
                "account_id": row.account_id,
                "kind": row.kind,
                "shown": row.shown,
                "recipients": [
                    Recipient.model_validate({"id": one.id, "address": one.address, "state": state_of(one)})
                    for one in addresses[row.id]
                ],
                "admins": channel_config.mails_admins(row),
                **_kept(opened, row),
                "zone": row.zone,
                "language": row.language,
                "templates": json.loads(row.templates),
                "self_test": bool(row.self_test),
                "state": row.state,
                "state_since": time(row.state_at),
                "state_why": row.state_why or None,
                "paused_until": iso(row.paused_until),
                "verified_at": iso(row.verified_at),
                "last_ok_at": iso(row.last_ok_at),
                "created_at": time(row.created_at),
            }
        )
        for row in rows
    ]


def state_of(recipient: RecipientRow) -> str:
    """Whether an address gets alerts: active, unconfirmed, unsubscribed or refused."""
    if recipient.unsubscribed_at is not None:
        return "unsubscribed"
    if recipient.refused_at is not None:
        return "refused"
    return "active" if recipient.verified_at is not None else "unconfirmed"


def _kept(opened: Callable[[Row], dict[str, Any]], row: Row) -> Mapping[str, Kept]:
    """Which of its secrets a channel has."""
    if row.kind == channel_config.MAIL:
        return {name: Kept(set=False) for name in SECRETS}
    try:
        plain = opened(row)
    except DuplistatError:
        return {name: Kept(set=None) for name in SECRETS}
    return {name: Kept(set=bool(plain.get(name))) for name in SECRETS}
