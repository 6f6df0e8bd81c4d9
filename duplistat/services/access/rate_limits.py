"""How many requests a key or an address may send: token buckets, kept where all processes see them.

A write takes its token in its own transaction, so that a limit costs no commit of its own.
"""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from duplistat.config import Limits
from duplistat.core.bucket import Limit, Token
from duplistat.sections import UPLOADS_PER_MINUTE
from duplistat.services.context import Tx
from duplistat.services.writes import repeatable_command
from duplistat.store import buckets
from duplistat.store.database import Database

# Each of these costs a password's hash or a mail.
PEOPLE = Limit(60, 60)
# Changes of settings by programs, a key.
CHANGES = Limit(120, 120)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a request takes its token from."""

    name: str
    limit: Limit


def for_ingest(limits: Limits, key: int) -> Bucket | None:
    """The bucket of a key for both posts of /api/ingest; None without a limit."""
    if not limits.ingest_per_minute:
        return None
    return Bucket(f"ingest:key:{key}", Limit(limits.ingest_per_minute, limits.ingest_burst))


def for_upload(limits: Limits, key: int | None, address: str) -> Bucket | None:
    """The bucket of a key, or of an address without one, for /api/upload and /upload; None without a limit.

    The default is for callers without a key: keys are limited only where something else is set.
    """
    if not limits.upload_per_minute or (key is not None and limits.upload_per_minute == UPLOADS_PER_MINUTE):
        return None
    who = f"key:{key}" if key is not None else f"address:{network(address)}"
    return Bucket(f"upload:{who}", Limit(limits.upload_per_minute, limits.upload_per_minute))


def for_wrong_keys(limits: Limits, address: str) -> Bucket | None:
    """The bucket of an address for keys that are not valid; None without a limit."""
    if not limits.wrong_keys_per_minute:
        return None
    return Bucket(
        f"wrong:{network(address)}", Limit(limits.wrong_keys_per_minute, limits.wrong_keys_per_minute)
    )


def for_people(address: str) -> Bucket:
    """The bucket of an address for what anybody may ask without a session: accounts, mails, new passwords."""
    return Bucket(f"people:{network(address)}", PEOPLE)


def for_changes(key: int) -> Bucket:
    """The bucket of a key for what it changes through our own API."""
    return Bucket(f"changes:key:{key}", CHANGES)


def same_place(address: str, other: str | None) -> bool:
    """Whether two addresses share a bucket; nothing shares one with None."""
    return other == address or (other is not None and network(other) == network(address))


def network(address: str) -> str:
    """What counts as one address: whoever has one IPv6 address has all 2^64 of its network."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    # On a socket for both, IPv4 comes in this dress.
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def token_of(bucket: Bucket | None, now: int) -> Token | None:
    """What a write takes with it to be carried out for a token of this bucket; None without a limit. `now` in ms."""
    if bucket is None:
        return None
    return (bucket.name, now * 1000, bucket.limit.per_minute, bucket.limit.burst)


def wait_for(db: Database, bucket: Bucket | None, now: int) -> int:
    """How long until there is a token, without taking one: microseconds, 0 when there is one. `now` in ms."""
    return buckets.wait_for(db, bucket.name, now * 1000, bucket.limit) if bucket else 0


@repeatable_command
def take_token(tx: Tx) -> None:
    """Nothing but the token, which is taken before this is called."""
