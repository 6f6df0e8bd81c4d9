"""Ping keys: with one, jobs of its account are pinged by their slug. An account may have several, by name."""

import secrets as random
import string
from typing import TypedDict

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text
from duplistat.core.pings import is_name
from duplistat.core.text import clip_name
from duplistat.services import audit
from duplistat.services.access.api_keys import digest
from duplistat.services.audit import Actor
from duplistat.services.configuration import secrets
from duplistat.services.context import Tx
from duplistat.services.writes import command, repeatable_command
from duplistat.store import accounts, ping_keys
from duplistat.store.database import Database
from duplistat.store.ping_keys import PingKey

DEFAULT = "default"
CHARS = 22
ALPHABET = string.ascii_lowercase + string.digits
MOST = 100
# "Last used" is as exact as this.
TOUCH_EVERY_MS = 3_600_000


class NewKey(TypedDict):
    """A key, encrypted, and its hash."""

    secret: str
    hash: str


def fresh(config: Config, key: str = "") -> NewKey:
    """A new key, as arguments of the commands that store it; or the one that clients use already.

    Raises DuplistatError: invalid; unavailable without the key of secrets.
    """
    key = key or "".join(random.choice(ALPHABET) for _ in range(CHARS))
    if not is_name(key):
        raise DuplistatError(
            Kind.INVALID, "a ping key has letters, digits, dashes and underscores, at most 128"
        )
    return {"secret": secrets.encrypt(config, key), "hash": digest(key)}


def find(db: Database, key: str) -> PingKey | None:
    """The key that this is, if it is one."""
    return ping_keys.by_hash(db, digest(key)) if is_name(key) else None


def plain(config: Config, key: PingKey) -> str:
    """The key, to be shown. Raises DuplistatError (unavailable) without the key of secrets."""
    return secrets.decrypt(config, key.secret)


def worth_touching(key: PingKey, now: int) -> bool:
    """Whether its use is news."""
    return key.used_at is None or now - key.used_at >= TOUCH_EVERY_MS


def give(db: Database, account: int, name: str, key: NewKey, now: int) -> bool:
    """Give an account a key under a name, in the caller's transaction. False when it has that very key.

    Raises DuplistatError (invalid) when the name is taken, or another account has the key.
    """
    if ping_keys.add(db, account, name, key["secret"], key["hash"], now) is not None:
        return True
    known = ping_keys.by_hash(db, key["hash"])
    if known is not None and known.account_id == account:
        return False
    if known is not None:
        raise DuplistatError(Kind.INVALID, "this ping key belongs to another account")
    raise DuplistatError(Kind.INVALID, Text("there is a ping key named {name} already", name=repr(name)))


@command
def make_ping_key(tx: Tx, *, account: int, name: str, key: NewKey, by: Actor, now: int) -> None:
    """Give an account a ping key. Raises DuplistatError: not_found; invalid, see `give`."""
    db, name = tx.db, clip_name(name)
    if accounts.by_id(db, account) is None:
        raise DuplistatError(Kind.NOT_FOUND, "account not found: it was deleted")
    if not name:
        raise DuplistatError(Kind.INVALID, "a key needs a name")
    if len(ping_keys.of_accounts(db, (account,))) >= MOST:
        raise DuplistatError(Kind.INVALID, Text("an account has at most {most} ping keys", most=MOST))
    if give(db, account, name, key, now):
        audit.note(db, by, "ping_key.create", account=account, subject=name, now=now)


@command
def rotate_ping_key(tx: Tx, *, account: int, name: str, key: NewKey, by: Actor, now: int) -> None:
    """Replace a ping key; the one before is refused. Raises DuplistatError (not_found)."""
    db, found = tx.db, _found(tx.db, account, name)
    ping_keys.replace(db, found.id, key["secret"], key["hash"], now)
    audit.note(db, by, "ping_key.rotate", account=account, subject=found.name, now=now)


@command
def revoke_ping_key(tx: Tx, *, account: int, name: str, by: Actor, now: int) -> None:
    """Refuse a ping key from now on. Raises DuplistatError (not_found)."""
    db, found = tx.db, _found(tx.db, account, name)
    ping_keys.drop(db, found.id)
    audit.note(db, by, "ping_key.revoke", account=account, subject=found.name, now=now)


@repeatable_command
def touch_ping_key(tx: Tx, *, key: int, now: int) -> None:
    """Note when a ping key was used."""
    ping_keys.touch(tx.db, key, now)


def _found(db: Database, account: int, name: str) -> PingKey:
    found = ping_keys.by_name(db, account, name)
    if found is None:
        raise DuplistatError(
            Kind.NOT_FOUND, Text("there is no ping key named {name} in this account", name=repr(name))
        )
    return found
