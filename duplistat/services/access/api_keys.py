"""API keys: made, checked, and used. Only a hash is ever stored."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Text, later
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command, repeatable_command
from duplistat.store import keys
from duplistat.store.database import Database

PREFIX = "ds_"
# What a key that others made may look like.
SHORTEST, LONGEST = 8, 500
# "Last used" is as exact as this, so that a busy key does not make a write of every read.
TOUCH_EVERY_MS = 60_000
MOVED_EVERY_MS = 5_000


class Scope(StrEnum):
    """What a key may do. `…:write` is what operators do on pages, `…:admin` what only admins do; none implies another.

    `ADMIN` is older than scopes by subject, and is what it was: see `OF_ADMIN`.
    """

    INGEST = "ingest"
    READ = "read"
    ALERTS_WRITE = "alerts:write"
    ALERTS_ADMIN = "alerts:admin"
    JOBS_WRITE = "jobs:write"
    JOBS_ADMIN = "jobs:admin"
    SERVERS_WRITE = "servers:write"
    SERVERS_ADMIN = "servers:admin"
    SERVICES_WRITE = "services:write"
    SERVICES_ADMIN = "services:admin"
    REPORTS_WRITE = "reports:write"
    KEYS_ADMIN = "keys:admin"
    USERS_ADMIN = "users:admin"
    ACCOUNTS_ADMIN = "accounts:admin"
    SETTINGS_ADMIN = "settings:admin"
    ADMIN = "admin"


# What a key with the scope `admin` may do: a key of long ago can do no more than when it was made.
OF_ADMIN = frozenset({Scope.INGEST, Scope.READ, Scope.ALERTS_WRITE, Scope.ALERTS_ADMIN, Scope.ADMIN})


class Allowed(NamedTuple):
    """What a scope lets a key do: an act, and {a part of /api/v1 that needs the scope: what it is about}."""

    act: str
    subjects: Mapping[str, str] = {}


# Pages say it in these words. A test compares the parts with those of the API.
ALLOWED = {
    Scope.INGEST: Allowed(later("Send reports")),
    Scope.READ: Allowed(later("Read status")),
    Scope.ALERTS_WRITE: Allowed(
        later("Respond to alerts"),
        {
            "problems": later("acknowledge problems"),
            "silences": later("set silences"),
            "notices": later("resend messages"),
        },
    ),
    Scope.ALERTS_ADMIN: Allowed(
        later("Change alerts"),
        {
            "channels": later("channels"),
            "recipients": later("mail recipients"),
            "rules": later("rules"),
            "digests": later("digests"),
        },
    ),
    Scope.JOBS_WRITE: Allowed(
        later("Change jobs"),
        {
            "jobs": later("pauses, tags, notes"),
            "schedules": later("schedules"),
            "jobs/{id}/ping": later("ping URLs"),
            "jobs/{id}/badge": later("badges"),
            "views": later("shared views"),
        },
    ),
    Scope.JOBS_ADMIN: Allowed(later("Archive, merge, export and delete"), {"jobs": later("jobs")}),
    Scope.SERVERS_WRITE: Allowed(later("Change servers"), {"servers": later("names, groups, notes")}),
    Scope.SERVERS_ADMIN: Allowed(later("Archive, merge, export and delete"), {"servers": later("servers")}),
    Scope.SERVICES_WRITE: Allowed(
        later("Change Duplicati connections"),
        {
            "services": later("addresses, passwords, report URLs"),
            "servers": later("collect and start backups"),
        },
    ),
    Scope.SERVICES_ADMIN: Allowed(later("Suspend and remove"), {"services": later("Duplicati connections")}),
    Scope.REPORTS_WRITE: Allowed(
        later("Dismiss and reprocess"), {"unrecognised": later("unrecognised reports")}
    ),
    Scope.KEYS_ADMIN: Allowed(
        later("Create, rotate and revoke"),
        {
            "keys": later("API keys"),
            "clients": later("OAuth clients"),
            "ping-keys": later("ping keys"),
            "status-badges": later("badges"),
            "wall-links": later("links to the wall display"),
            "mail-addresses": later("mail addresses"),
            "mail-rules": later("rules for mails"),
        },
    ),
    Scope.USERS_ADMIN: Allowed(later("Create, change and remove"), {"users": later("users")}),
    Scope.ACCOUNTS_ADMIN: Allowed(
        later("Create, change and delete"), {"accounts": later("accounts"), "imports": later("imports")}
    ),
    Scope.SETTINGS_ADMIN: Allowed(
        later("Change settings"),
        {
            "settings/retention": later("retention"),
            "settings/connections": later("connection settings"),
            "settings/locations": later("storage locations"),
            "database": later("database backup and integrity check"),
        },
    ),
    Scope.ADMIN: Allowed(later("Reports, status and alerts")),
}


def digest(secret: str) -> str:
    """Keys, secrets and tokens carry 128 random bits or more: with nothing to guess, a fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


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
    _add(db, key, account=account, name=name, scopes=scopes, now=now, expires_at=expires_at)
    return key


def take_over(
    db: Database,
    key: str,
    *,
    account: int,
    name: str,
    scopes: Sequence[Scope],
    now: int,
    expires_at: int | None = None,
) -> None:
    """Know a key that clients use already, whatever made it.

    Raises DuplistatError for one that no header can carry, that can be guessed, or that is known already.
    """
    if not SHORTEST <= len(key) <= LONGEST or not all("!" <= character <= "~" for character in key):
        raise DuplistatError(
            Kind.INVALID,
            f"a key has {SHORTEST} to {LONGEST} visible ASCII characters without blanks; this one has not",
        )
    if keys.by_hash(db, digest(key)) is not None:
        raise DuplistatError(Kind.INVALID, "this key is known already")
    _add(db, key, account=account, name=name, scopes=scopes, now=now, expires_at=expires_at)


def rotate(db: Database, *, account: int, name: str, now: int, keep_ms: int = 0) -> str:
    """Another key under the same name, in plain text for the only time; the old one stays valid for `keep_ms`.

    Raises DuplistatError when there is no such key, or when it was revoked or has expired.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    with db.transaction():
        found = keys.by_name(db, account, name)
        if found is None:
            raise DuplistatError(
                Kind.NOT_FOUND, Text("there is no key named {name} in this account", name=repr(name))
            )
        if found.revoked_at is not None or (found.expires_at or now + 1) <= now:
            raise DuplistatError(
                Kind.INVALID, Text("the key {name} is no longer valid: create another one", name=repr(name))
            )
        keys.rotate(db, found, hash=digest(key), hint=_hint(key), old_until=now + keep_ms)
    return key


def find(db: Database, key: str, now: int) -> keys.Key:
    """The row of a key that is valid now.

    Raises DuplistatError (unauthorized) for a key that is unknown, revoked, rotated away or expired.
    """
    wanted = digest(key)
    found = keys.by_hash(db, wanted)
    current = found is not None and hmac.compare_digest(found.hash, wanted)
    before = found is not None and hmac.compare_digest(found.old_hash or "", wanted)
    if found is None or not (current or before):
        raise DuplistatError(Kind.UNAUTHORIZED, "This API key is not known")
    if found.revoked_at is not None:
        raise DuplistatError(Kind.UNAUTHORIZED, "This API key was revoked")
    if not current and (found.old_until or 0) <= now:
        raise DuplistatError(Kind.UNAUTHORIZED, "This API key was replaced by another one")
    if found.expires_at is not None and found.expires_at <= now:
        raise DuplistatError(Kind.UNAUTHORIZED, "This API key has expired")
    return found


def granted(scopes: str) -> frozenset[str]:
    """What a key with these scopes, separated by blanks, may do."""
    named = frozenset(scopes.split())
    return named | OF_ADMIN if Scope.ADMIN in named else named


def require(key: keys.Key, scope: Scope) -> None:
    """Raises DuplistatError (forbidden) for a key without this scope, or of an account that is suspended."""
    if key.suspended_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, "The account of this API key is suspended")
    if scope not in granted(key.scopes):
        raise DuplistatError(Kind.FORBIDDEN, f"This API key lacks the scope {scope.value}")


def worth_touching(key: keys.Key, address: str, now: int) -> bool:
    """Whether its use is news: the first in a while, or from another address."""
    return (
        key.last_used_at is None
        or now - key.last_used_at >= TOUCH_EVERY_MS
        or (key.last_used_from != address and now - key.last_used_at >= MOVED_EVERY_MS)
    )


@repeatable_command
def touch_key(tx: Tx, *, key: int, address: str, now: int) -> None:
    """Note when a key was used, and from where."""
    keys.touch(tx.db, key, address, now)


@command
def create_key(
    tx: Tx, *, account: int, name: str, scopes: Sequence[str], expires_at: int | None, by: Actor, now: int
) -> str:
    """Make a key; it is answered in plain text for the only time. Raises DuplistatError (invalid)."""
    allowed = [Scope(scope) for scope in scopes]
    key = create(tx.db, account=account, name=name, scopes=allowed, now=now, expires_at=expires_at)
    after = _described(allowed, expires_at)
    audit.note(tx.db, by, "key.create", account=account, subject=name, now=now, after=after)
    return key


@command
def import_key(
    tx: Tx,
    *,
    key: str,
    account: int,
    name: str,
    scopes: Sequence[str],
    expires_at: int | None,
    by: Actor,
    now: int,
) -> None:
    """Know a key that clients use already. Raises DuplistatError (invalid), see `take_over`."""
    allowed = [Scope(scope) for scope in scopes]
    take_over(tx.db, key, account=account, name=name, scopes=allowed, now=now, expires_at=expires_at)
    after = _described(allowed, expires_at)
    audit.note(tx.db, by, "key.import", account=account, subject=name, now=now, after=after)


@command
def rotate_key(tx: Tx, *, account: int, name: str, keep_ms: int, by: Actor, now: int) -> str:
    """Replace a key; the new one is answered in plain text for the only time, the old one stays valid for `keep_ms`.

    Raises DuplistatError: not_found, invalid.
    """
    key = rotate(tx.db, account=account, name=name, now=now, keep_ms=keep_ms)
    after = {"old until": iso_ms(from_ms(now + keep_ms))}
    audit.note(tx.db, by, "key.rotate", account=account, subject=name, now=now, after=after)
    return key


@command
def revoke_key(tx: Tx, *, account: int, name: str, by: Actor, now: int) -> None:
    """Refuse a key from now on. Raises DuplistatError (not_found) when it was not valid until now."""
    if not keys.revoke(tx.db, account, name, now):
        raise DuplistatError(
            Kind.NOT_FOUND, Text("there is no valid key named {name} in this account", name=repr(name))
        )
    audit.note(tx.db, by, "key.revoke", account=account, subject=name, now=now)


def _described(scopes: Sequence[Scope], expires_at: int | None) -> dict[str, str | None]:
    """A key in the audit log."""
    return {"scopes": " ".join(scopes), "expires": iso_ms(from_ms(expires_at))}


def _add(
    db: Database,
    key: str,
    *,
    account: int,
    name: str,
    scopes: Sequence[Scope],
    now: int,
    expires_at: int | None,
) -> None:
    if not name.strip():
        raise DuplistatError(Kind.INVALID, "a key needs a name")
    with db.transaction():
        added = keys.add(
            db,
            account=account,
            name=name,
            hash=digest(key),
            hint=_hint(key),
            scopes=" ".join(scopes),
            now=now,
            expires_at=expires_at,
        )
    if added is None:
        raise DuplistatError(Kind.INVALID, Text("there is a key named {name} already", name=repr(name)))


def _hint(key: str) -> str:
    """How a key begins, so that a person can tell which it is; of a short one that would be too much."""
    shown = len(PREFIX) + 4
    return key[:shown] if len(key) >= 4 * shown else ""
