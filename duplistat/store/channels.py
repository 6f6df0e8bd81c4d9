"""Channels: where messages go, and the addresses of those that send mail."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database

ON, OFF, BROKEN = "on", "off", "broken"


@dataclass(frozen=True, slots=True)
class Channel:
    """A row of `channel`; times in ms. `config` is encrypted, `shown` is what of it anybody may see. `source` names
    what an import made it of."""

    id: int
    account_id: int
    name: str
    kind: str
    config: str
    shown: str
    zone: str
    language: str
    templates: str
    self_test: int
    state: str
    state_at: int
    state_why: str
    paused_until: int | None
    verified_at: int | None
    last_ok_at: int | None
    last_ms: int
    created_at: int
    source: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address of a channel that sends mail. It gets alerts once it is verified."""

    id: int
    channel_id: int
    address: str
    verified_at: int | None
    asked_at: int | None
    unsubscribed_at: int | None
    refused_at: int | None
    refused_why: str

    @property
    def wants(self) -> bool:
        """Whether it was neither taken off nor refused."""
        return self.unsubscribed_at is None and self.refused_at is None

    @property
    def active(self) -> bool:
        return self.verified_at is not None and self.wants


COLUMNS = tuple(f.name for f in fields(Channel))
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM channel"
_RECIPIENT = f"SELECT {', '.join(f.name for f in fields(Recipient))} FROM recipient"
_SETTABLE = frozenset(COLUMNS) - {"id", "account_id", "created_at", "source"}


def add(db: Database, values: Mapping[str, Any]) -> int | None:
    """The id of a new channel, `values` by column; None when its account has one of that name."""
    return db.insert(
        f"INSERT INTO channel ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
        " ON CONFLICT (account_id, name) DO NOTHING RETURNING id",
        list(values.values()),
    )


def update(db: Database, channel: int, changes: Mapping[str, Any]) -> None:
    """Set some columns."""
    if not set(changes) <= _SETTABLE:
        raise ValueError(f"not to be set: {sorted(set(changes) - _SETTABLE)}")
    columns = ", ".join(f"{name} = ?" for name in changes)
    db.execute(f"UPDATE channel SET {columns} WHERE id = ?", (*changes.values(), channel))


def delete(db: Database, channel: int) -> None:
    db.execute("DELETE FROM channel WHERE id = ?", (channel,))


def get(db: Database, channel: int) -> Channel | None:
    row = db.row(f"{_SELECT} WHERE id = ?", (channel,))
    return Channel(*row) if row else None


def seen(db: Database, accounts: tuple[int, ...], channel: int) -> Channel | None:
    """The channel of that id, if a caller for these accounts may see it."""
    row = db.row(f"{_SELECT} WHERE id = ? AND account_id IN ({account_filter(accounts)})", (channel,))
    return Channel(*row) if row else None


def by_name(db: Database, account: int, name: str) -> Channel | None:
    row = db.row(f"{_SELECT} WHERE account_id = ? AND name = ?", (account, name))
    return Channel(*row) if row else None


def by_source(db: Database, account: int, source: str) -> Channel | None:
    """The channel that an import made of something."""
    row = db.row(f"{_SELECT} WHERE account_id = ? AND source = ?", (account, source))
    return Channel(*row) if row else None


def by_ids(db: Database, ids: Sequence[int]) -> dict[int, Channel]:
    if not ids:
        return {}
    rows = db.rows(f"{_SELECT} WHERE id IN ({', '.join('?' * len(ids))})", list(ids))
    return {row[0]: Channel(*row) for row in rows}


def of_accounts(db: Database, accounts: tuple[int, ...]) -> list[Channel]:
    """The channels of accounts, by account and name."""
    rows = db.rows(f"{_SELECT} WHERE account_id IN ({account_filter(accounts)}) ORDER BY account_id, name")
    return [Channel(*row) for row in rows]


def page(db: Database, accounts: tuple[int, ...], *, after: int, limit: int) -> list[Channel]:
    """Channels of accounts by id, those with a higher id than `after`."""
    rows = db.rows(
        f"{_SELECT} WHERE account_id IN ({account_filter(accounts)}) AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [Channel(*row) for row in rows]


def recipients_of(db: Database, channels: Sequence[int]) -> dict[int, list[Recipient]]:
    """{channel: its addresses}, of several channels."""
    found: dict[int, list[Recipient]] = {channel: [] for channel in channels}
    if not channels:
        return found
    rows = db.rows(
        f"{_RECIPIENT} WHERE channel_id IN ({', '.join('?' * len(channels))}) ORDER BY id", list(channels)
    )
    for row in rows:
        found[row[1]].append(Recipient(*row))
    return found


def all_channels(db: Database) -> list[Channel]:
    return [Channel(*row) for row in db.rows(f"{_SELECT} ORDER BY id")]


def recipients(db: Database, channel: int) -> list[Recipient]:
    rows = db.rows(f"{_RECIPIENT} WHERE channel_id = ? ORDER BY id", (channel,))
    return [Recipient(*row) for row in rows]


def recipient(db: Database, recipient: int) -> Recipient | None:
    row = db.row(f"{_RECIPIENT} WHERE id = ?", (recipient,))
    return Recipient(*row) if row else None


def add_recipient(db: Database, channel: int, address: str, verified_at: int | None) -> int | None:
    """The id of a new address of a channel; None when it has it."""
    return db.insert(
        "INSERT INTO recipient (channel_id, address, verified_at) VALUES (?, ?, ?)"
        " ON CONFLICT (channel_id, address) DO NOTHING RETURNING id",
        (channel, address, verified_at),
    )


def set_recipient(db: Database, recipient: int, changes: Mapping[str, Any]) -> None:
    allowed = {"verified_at", "asked_at", "unsubscribed_at", "refused_at", "refused_why"}
    if not set(changes) <= allowed:
        raise ValueError(f"not to be set: {sorted(set(changes) - allowed)}")
    columns = ", ".join(f"{name} = ?" for name in changes)
    db.execute(f"UPDATE recipient SET {columns} WHERE id = ?", (*changes.values(), recipient))


def drop_recipient(db: Database, recipient: int) -> None:
    db.execute("DELETE FROM recipient WHERE id = ?", (recipient,))


def forget_in_digests(db: Database, channel: int) -> None:
    """Take a channel that goes out of all digests."""
    for digest, named in db.rows("SELECT id, channels FROM digest"):
        known = json.loads(named)
        if channel in known:
            left = json.dumps([other for other in known if other != channel])
            db.execute("UPDATE digest SET channels = ? WHERE id = ?", (left, digest))
