"""Devices that get web push: subscriptions of browsers, each of a user and of the channel that sends to it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Device:
    """A row of `push_device`; times in ms. `endpoint`, `p256dh` and `auth` are the browser's, `server_key` is the
    public key of the channel that it subscribed to."""

    id: int
    channel_id: int
    user_id: int
    name: str
    endpoint: str
    p256dh: str
    auth: str
    server_key: str
    created_at: int
    last_ok_at: int | None


_SELECT = f"SELECT {', '.join(field.name for field in fields(Device))} FROM push_device"


def put(
    db: Database,
    *,
    channel: int,
    user: int,
    name: str,
    endpoint: str,
    p256dh: str,
    auth: str,
    server_key: str,
    now: int,
) -> int:
    """The id of a new device, in place of one with that endpoint: a browser has one subscription."""
    db.execute("DELETE FROM push_device WHERE endpoint = ?", (endpoint,))
    made = db.insert(
        "INSERT INTO push_device (channel_id, user_id, name, endpoint, p256dh, auth, server_key, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (channel, user, name, endpoint, p256dh, auth, server_key, now),
    )
    if made is None:
        raise LookupError("a device was not stored")
    return made


def of_channel(db: Database, channel: int) -> list[Device]:
    return [Device(*row) for row in db.rows(f"{_SELECT} WHERE channel_id = ? ORDER BY id", (channel,))]


def of_user(db: Database, user: int) -> list[Device]:
    return [Device(*row) for row in db.rows(f"{_SELECT} WHERE user_id = ? ORDER BY id", (user,))]


def counts(db: Database, channels: Sequence[int]) -> dict[int, int]:
    """{channel: how many devices it sends to}, of those that have any."""
    if not channels:
        return {}
    rows = db.rows(
        "SELECT channel_id, COUNT(*) FROM push_device"
        f" WHERE channel_id IN ({', '.join('?' * len(channels))}) GROUP BY channel_id",
        list(channels),
    )
    return {row[0]: row[1] for row in rows}


def delivered(db: Database, devices: Sequence[int], now: int) -> None:
    """Note that these took a message."""
    if devices:
        db.execute(
            f"UPDATE push_device SET last_ok_at = ? WHERE id IN ({', '.join('?' * len(devices))})",
            (now, *devices),
        )


def delete(db: Database, devices: Sequence[int]) -> None:
    if devices:
        db.execute(f"DELETE FROM push_device WHERE id IN ({', '.join('?' * len(devices))})", list(devices))
