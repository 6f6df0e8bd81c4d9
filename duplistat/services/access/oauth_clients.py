"""OAuth clients: made, checked, and given tokens. Only hashes are ever stored."""

import hmac
import secrets
from collections.abc import Sequence
from enum import StrEnum
from typing import TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clean
from duplistat.services import audit
from duplistat.services.access.api_keys import digest
from duplistat.services.audit import BY_COMMAND, Actor, By
from duplistat.services.context import Tx
from duplistat.services.writes import Writes, command
from duplistat.store import clients
from duplistat.store.clients import Client, Token
from duplistat.store.database import Database


class Scope(StrEnum):
    """What a client may read."""

    PARTNERS_READ = "partners_read"
    ACCOUNTS_READ = "accounts_read"


class ClientMade(TypedDict):
    """A new client: its id, and its secret in plain text for the only time."""

    client_id: str
    secret: str


def create(
    db: Database, *, account: int, name: str, scopes: Sequence[Scope], now: int, by: By | Actor = BY_COMMAND
) -> tuple[str, str]:
    """(client id, client secret) of a new client, 32 hex digits each; the secret for the only time."""
    client_id, secret = secrets.token_hex(16), secrets.token_hex(16)
    with db.transaction():
        clients.add(
            db,
            account=account,
            name=name,
            client_id=client_id,
            secret_hash=digest(secret),
            scopes=" ".join(scopes),
            now=now,
        )
        after = {"name": name, "scopes": " ".join(scopes)}
        audit.note(db, by, "client.create", account=account, subject=client_id, now=now, after=after)
    return client_id, secret


def find(db: Database, client_id: str) -> Client | None:
    """The client of that id, when it is valid."""
    found = clients.by_client_id(db, clean(client_id))
    return found if found and found.revoked_at is None and found.suspended_at is None else None


def secret_fits(client: Client, secret: str) -> bool:
    return hmac.compare_digest(client.secret_hash, digest(secret))


def revoke(db: Database, client_id: str, now: int, by: By | Actor = BY_COMMAND) -> None:
    """Refuse a client, and every token that it has. Raises DuplistatError (not_found)."""
    with db.transaction():
        found = clients.by_client_id(db, clean(client_id))
        if found is None or not clients.revoke(db, found.id, now):
            raise DuplistatError(Kind.NOT_FOUND, f"there is no valid client {client_id}")
        account, before = found.account_id, {"name": found.name}
        audit.note(db, by, "client.revoke", account=account, subject=found.client_id, now=now, before=before)


def issue(writes: Writes, client: Client, scopes: str, *, now: int, seconds: int, address: str) -> str:
    """A new access token, valid for so many seconds."""
    token = secrets.token_urlsafe(32)
    writes.run(
        issue_token,
        hash=digest(token),
        client=client.id,
        scopes=scopes,
        expires_at=now + seconds * 1000,
        address=address,
        now=now,
    )
    return token


def token_of(db: Database, token: str, now: int) -> Token:
    """What an access token stands for.

    Raises DuplistatError: unauthorized for one that is unknown, revoked or expired, forbidden when its account
    is suspended.
    """
    found = clients.token(db, digest(token))
    if found is None or found.expires_at <= now:
        raise DuplistatError(Kind.UNAUTHORIZED, "The access token is not valid, or has expired")
    if found.suspended_at is not None:
        raise DuplistatError(Kind.FORBIDDEN, "This account is suspended")
    return found


@command
def create_client(
    tx: Tx, *, account: int, name: str, scopes: Sequence[str], by: Actor, now: int
) -> ClientMade:
    """Make a client."""
    allowed = [Scope(scope) for scope in scopes]
    client_id, secret = create(tx.db, account=account, name=name, scopes=allowed, now=now, by=by)
    return {"client_id": client_id, "secret": secret}


@command
def revoke_client(tx: Tx, *, client_id: str, by: Actor, now: int) -> None:
    """Refuse a client, and every token that it has. Raises DuplistatError (not_found)."""
    revoke(tx.db, client_id, now, by)


@command
def issue_token(
    tx: Tx, *, hash: str, client: int, scopes: str, expires_at: int, address: str, now: int
) -> None:
    """Keep the hash of a token, and note that its client was used. Times in ms."""
    clients.add_token(tx.db, hash=hash, client=client, scopes=scopes, expires_at=expires_at)
    clients.touch(tx.db, client, address, now)


@command
def revoke_token(tx: Tx, *, hash: str, client: int) -> bool:
    """Refuse a token of a client from now on; whether it was valid until now."""
    return clients.drop_token(tx.db, hash, client)
