"""OAuth clients and their access tokens: only hashes of what is secret are here."""

from dataclasses import dataclass

from duplistat.store.accounts import account_filter
from duplistat.store.database import Database


@dataclass(frozen=True, slots=True)
class Client:
    """A row of `client`; `suspended_at` is its account's. Times are ms."""

    id: int
    account_id: int
    name: str
    client_id: str
    secret_hash: str
    scopes: str
    created_at: int
    revoked_at: int | None
    last_used_at: int | None
    last_used_from: str | None
    suspended_at: int | None


@dataclass(frozen=True, slots=True)
class Token:
    """What an access token may read: for which account, until when."""

    account_id: int
    scopes: str
    expires_at: int
    suspended_at: int | None


_SELECT = (
    "SELECT c.id, c.account_id, c.name, c.client_id, c.secret_hash, c.scopes, c.created_at, c.revoked_at,"
    " c.last_used_at, c.last_used_from, a.suspended_at FROM client c JOIN account a ON a.id = c.account_id"
)


def add(
    db: Database, *, account: int, name: str, client_id: str, secret_hash: str, scopes: str, now: int
) -> None:
    db.execute(
        "INSERT INTO client (account_id, name, client_id, secret_hash, scopes, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (account, name, client_id, secret_hash, scopes, now),
    )


def by_client_id(db: Database, client_id: str) -> Client | None:
    row = db.row(f"{_SELECT} WHERE c.client_id = ?", (client_id,))
    return Client(*row) if row else None


def by_id(db: Database, accounts: tuple[int, ...], client: int) -> Client | None:
    """The client of that id, if it is of one of these accounts."""
    row = db.row(f"{_SELECT} WHERE c.id = ? AND c.account_id IN ({account_filter(accounts)})", (client,))
    return Client(*row) if row else None


def page(db: Database, accounts: tuple[int, ...], *, before: int | None, limit: int) -> list[Client]:
    """The newest clients of some accounts, those with ids below `before` when it is given."""
    where, parameters = ("AND c.id < ?", (before,)) if before is not None else ("", ())
    rows = db.rows(
        f"{_SELECT} WHERE c.account_id IN ({account_filter(accounts)}) {where} ORDER BY c.id DESC LIMIT ?",
        (*parameters, limit),
    )
    return [Client(*row) for row in rows]


def all_clients(db: Database) -> list[Client]:
    return [Client(*row) for row in db.rows(f"{_SELECT} ORDER BY c.account_id, c.id")]


def revoke(db: Database, client: int, now: int) -> bool:
    """Refuse a client from now on, and its tokens too. True when it was valid until now."""
    db.change("DELETE FROM token WHERE client_id = ?", (client,))
    return bool(
        db.change("UPDATE client SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, client))
    )


def touch(db: Database, client: int, address: str, now: int) -> None:
    db.change("UPDATE client SET last_used_at = ?, last_used_from = ? WHERE id = ?", (now, address, client))


def add_token(db: Database, *, hash: str, client: int, scopes: str, expires_at: int) -> None:
    db.execute(
        "INSERT INTO token (hash, client_id, scopes, expires_at) VALUES (?, ?, ?, ?)",
        (hash, client, scopes, expires_at),
    )


def token(db: Database, hash: str) -> Token | None:
    """The token with this hash, of a client that is not revoked; it may have expired."""
    row = db.row(
        "SELECT c.account_id, t.scopes, t.expires_at, a.suspended_at FROM token t"
        " JOIN client c ON c.id = t.client_id JOIN account a ON a.id = c.account_id"
        " WHERE t.hash = ? AND c.revoked_at IS NULL",
        (hash,),
    )
    return Token(*row) if row else None


def drop_token(db: Database, hash: str, client: int) -> bool:
    """Revoke a token of this client; True when there was one."""
    return bool(db.change("DELETE FROM token WHERE hash = ? AND client_id = ?", (hash, client)))


def prune_tokens(db: Database, before: int, limit: int) -> int:
    """Delete tokens that expired before a time; how many."""
    return db.change(
        "DELETE FROM token WHERE hash IN (SELECT hash FROM token WHERE expires_at < ? LIMIT ?)",
        (before, limit),
    )
