"""Devices on which people want notifications: each is one browser, which a channel of their account sends to."""

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text, later
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.alerts import broken
from duplistat.services.alerts.channel_config import WEBPUSH
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import channels, push_devices, users
from duplistat.store.channels import Channel
from duplistat.store.database import Database

# Why a channel without any does not deliver.
NO_DEVICE = later("no device takes messages of this channel")
# Of one person.
MOST_DEVICES = 10
NO_SUCH = later("This device was removed")


def channel_of(db: Database, account: int) -> Channel | None:
    """The channel that pushes to devices of the people of an account: there is one at most."""
    return next((one for one in channels.of_accounts(db, (account,)) if one.kind == WEBPUSH), None)


@command
def add_device(
    tx: Tx,
    *,
    channel: int,
    user: int,
    name: str,
    endpoint: str,
    p256dh: str,
    auth: str,
    server_key: str,
    by: Actor,
    now: int,
) -> int:
    """The id of a device of a person, in place of one of the same browser; mends a channel that had none.

    Raises DuplistatError: not_found for a channel that is none of theirs, invalid over MOST_DEVICES.
    """
    found, person = channels.get(tx.db, channel), users.by_id(tx.db, user)
    if found is None or person is None or found.kind != WEBPUSH or found.account_id != person.account_id:
        raise DuplistatError(Kind.NOT_FOUND, "channel not found: it was deleted")
    others = [one for one in push_devices.of_user(tx.db, user) if one.endpoint != endpoint]
    if len(others) >= MOST_DEVICES:
        raise DuplistatError(
            Kind.INVALID, Text("At most {most} devices: remove one first", most=MOST_DEVICES)
        )
    made = push_devices.put(
        tx.db,
        channel=channel,
        user=user,
        name=clip_name(name),
        endpoint=endpoint,
        p256dh=p256dh,
        auth=auth,
        server_key=server_key,
        now=now,
    )
    if found.state == channels.BROKEN and found.state_why == NO_DEVICE:
        broken.heal(tx.db, found, now)
    after = {"channel": found.name}
    audit.note(tx.db, by, "device.add", account=found.account_id, subject=name, now=now, after=after)
    return made


@command
def remove_device(tx: Tx, *, device: int, user: int, by: Actor, now: int) -> None:
    """Send nothing to a device of a person any more. Raises DuplistatError (not_found)."""
    found = next((one for one in push_devices.of_user(tx.db, user) if one.id == device), None)
    channel = channels.get(tx.db, found.channel_id) if found is not None else None
    if found is None or channel is None:
        raise DuplistatError(Kind.NOT_FOUND, NO_SUCH)
    push_devices.delete(tx.db, [device])
    audit.note(tx.db, by, "device.remove", account=channel.account_id, subject=found.name, now=now)
