"""By which clock alerts go: that of a channel, else of its account, else of this server."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from duplistat.store import accounts
from duplistat.store.channels import Channel
from duplistat.store.database import Database


def zone_of(db: Database, account: int, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of an account, or that of this server."""
    name = dict(accounts.timezones(db, (account,))).get(account, "")
    return ZoneInfo(name) if name else otherwise


def zones_of(db: Database, found: Collection[Channel], otherwise: ZoneInfo) -> dict[int, ZoneInfo]:
    """{channel: its zone}: its own, else that of its account, else that of this server. One statement."""
    of_accounts = dict(accounts.timezones(db, tuple({row.account_id for row in found})))
    names = {row.id: row.zone or of_accounts.get(row.account_id, "") for row in found}
    return {id: ZoneInfo(name) if name else otherwise for id, name in names.items()}
