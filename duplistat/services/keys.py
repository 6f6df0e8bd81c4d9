"""API keys: made, checked, and used. Only a hash is ever stored."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.job_state import Clockwork
from duplistat.store import keys
from duplistat.store.database import Database
from duplistat.store.totals import Tally

PREFIX = "ds_"
# "Last used" is as exact as this, so that a busy key does not make a write of every read.
TOUCH_EVERY_MS = 60_000


class Scope(StrEnum):
    """What a key may do. `ADMIN` may do everything that the others may."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


def digest(key: str) -> str:
    """Keys carry 256 random bits, so that a fast hash is enough: there is nothing to guess."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def create(
    db: Database,
    *,
    account: int,
    name: str,
    scopes: Sequence[Scope],
    now: int,
    expires_at: int | None = None,
) -> str:
    """A new key, in plain text for the only time. Raises DuplistatError when the name is taken."""
    key = PREFIX + secrets.token_urlsafe(32)
    with db.transaction():
        added = keys.add(
            db,
            account=account,
            name=name,
            hash=digest(key),
            hint=key[: len(PREFIX) + 4],
            scopes=" ".join(scopes),
            now=now,
            expires_at=expires_at,
        )
    if added is None:
        raise DuplistatError(Kind.INVALID, f"there is a key named {name!r} already")
    return key


def check(db: Database, key: str, scope: Scope, now: int) -> keys.Key:
    """The key's row, if it may do this now.

    Raises DuplistatError: unauthorized for a key that is unknown, revoked or expired, forbidden for one
    without the scope.
    """
    wanted = digest(key)
    found = keys.by_hash(db, wanted)
    if found is None or not hmac.compare_digest(found.hash, wanted):
        raise DuplistatError(Kind.UNAUTHORIZED, "This API key is not known")
    if found.revoked_at is not None:
        raise DuplistatError(Kind.UNAUTHORIZED, "This API key was revoked")
    if found.expires_at is not None and found.expires_at <= now:
        raise DuplistatError(Kind.UNAUTHORIZED, "This API key has expired")
    if scope not in found.scopes.split() and Scope.ADMIN not in found.scopes.split():
        raise DuplistatError(Kind.FORBIDDEN, f"This API key lacks the scope {scope.value}")
    return found


def worth_touching(key: keys.Key, now: int) -> bool:
    return key.last_used_at is None or now - key.last_used_at >= TOUCH_EVERY_MS


def touch(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Note when a key was used, and from where."""
    keys.touch(db, arguments["key"], arguments["address"], arguments["now"])
    return {}
