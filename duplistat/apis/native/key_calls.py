"""/api/v1/keys and /api/v1/clients: a key gives no other one more than it may do itself."""

from collections.abc import Sequence

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.key_models import (
    ApiKey,
    ApiKeyList,
    ApiKeyMade,
    Client,
    ClientList,
    ClientMade,
    NewApiKey,
    NewClient,
    Rotation,
)
from duplistat.apis.native.lists import newest
from duplistat.apis.native.parameters import Query
from duplistat.apis.native.reads import ID, bp, caller_who
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.access import api_keys, oauth_clients
from duplistat.services.access.api_keys import Scope, create_key, revoke_key, rotate_key
from duplistat.services.access.oauth_clients import create_client, revoke_client
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts, clients, keys
from duplistat.store.clients import Client as ClientRow
from duplistat.store.keys import Key

HOUR_MS = 3_600_000


@bp.get("/api/v1/keys")
def key_list() -> Response:
    ctx, _, page, end = newest(Scope.KEYS_ADMIN, keys.page)
    return answered(request, ApiKeyList(keys=_keys(ctx, page), next_cursor=end))


@bp.get(f"/api/v1/keys/{ID}")
def key(id: int) -> Response:
    ctx, caller = caller_who(Scope.KEYS_ADMIN)
    parameters.read(Query, request.args)
    sees = caller.sees
    return one(
        request, ctx.db, "key", id, lambda: _keys(ctx, [seen(keys.by_id, ctx.db, sees, id, "API key")])[0]
    )


@changes.post("/api/v1/keys")
def make_key() -> Response:
    c = changing(Scope.KEYS_ADMIN)
    sent, body = bodies.read(request, NewApiKey)
    account = c.account(sent.account_id)

    def make() -> WriteCommand[str]:
        _require_own(c, sent.scopes, "scopes")
        if sent.expires_at is not None and sent.expires_at <= c.ctx.now():
            raise DuplistatError(Kind.INVALID, "must be in the future", field="expires_at")
        return prepare(
            create_key,
            account=account,
            name=sent.name,
            scopes=[scope.value for scope in sent.scopes],
            expires_at=sent.expires_at,
            **c.signature(),
        )

    def answer(secret: str | None) -> ApiKeyMade:
        row = keys.by_name(c.ctx.db, account, sent.name)
        if row is None:
            raise DuplistatError(Kind.NOT_FOUND, "There is no such API key")
        return ApiKeyMade(**dict(_keys(c.ctx, [row])[0]), key=secret)

    return c.carry_out_secretly(body, make, answer, 201)


@changes.post(f"/api/v1/keys/{ID}/rotate")
def rotate_a_key(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    sent, body = bodies.read(request, Rotation)

    def make() -> WriteCommand[str]:
        row = _key(c, id)
        # Whoever rotates a key has it.
        _require_own(c, row.scopes.split(), "")
        return prepare(
            rotate_key,
            account=row.account_id,
            name=row.name,
            keep_ms=sent.keep_hours * HOUR_MS,
            **c.signature(),
        )

    return c.carry_out_secretly(
        body,
        make,
        lambda secret: ApiKeyMade(**dict(_keys(c.ctx, [_key(c, id)])[0]), key=secret),
        of=Thing("key", id),
    )


@changes.post(f"/api/v1/keys/{ID}/revoke")
def revoke_a_key(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        row = _key(c, id)
        return prepare(revoke_key, account=row.account_id, name=row.name, **c.signature())

    return c.carry_out(body, make, lambda _: _keys(c.ctx, [_key(c, id)])[0], of=Thing("key", id))


@bp.get("/api/v1/clients")
def client_list() -> Response:
    ctx, _, page, end = newest(Scope.KEYS_ADMIN, clients.page)
    return answered(request, ClientList(clients=_clients(ctx, page), next_cursor=end))


@bp.get(f"/api/v1/clients/{ID}")
def client(id: int) -> Response:
    ctx, caller = caller_who(Scope.KEYS_ADMIN)
    parameters.read(Query, request.args)
    sees = caller.sees
    return one(
        request,
        ctx.db,
        "client",
        id,
        lambda: _clients(ctx, [seen(clients.by_id, ctx.db, sees, id, "OAuth client")])[0],
    )


@changes.post("/api/v1/clients")
def make_client() -> Response:
    c = changing(Scope.KEYS_ADMIN)
    sent, body = bodies.read(request, NewClient)

    def make() -> WriteCommand[oauth_clients.ClientMade]:
        # Whoever makes a client reads by it.
        _require_own(c, [Scope.READ], "")
        return prepare(
            create_client,
            account=c.account(sent.account_id),
            name=sent.name,
            scopes=[scope.value for scope in sent.scopes],
            **c.signature(),
        )

    def answer(made: oauth_clients.ClientMade | None) -> ClientMade:
        if made is None:
            return ClientMade(client_id=None, client_secret=None)
        return ClientMade(client_id=made["client_id"], client_secret=made["secret"])

    return c.carry_out_secretly(body, make, answer, 201)


@changes.post(f"/api/v1/clients/{ID}/revoke")
def revoke_a_client(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def row() -> ClientRow:
        return seen(clients.by_id, c.ctx.db, c.sees, id, "OAuth client")

    return c.carry_out(
        body,
        lambda: prepare(revoke_client, client_id=row().client_id, **c.signature()),
        lambda _: _clients(c.ctx, [row()])[0],
        of=Thing("client", id),
    )


def _require_own(c: Changing, scopes: Sequence[str], field: str) -> None:
    """Raises DuplistatError (forbidden) for scopes of which the key that asks lacks one."""
    lacking = sorted(api_keys.granted(" ".join(scopes)) - c.caller.may)
    if lacking:
        named = f"This API key lacks the scope {lacking[0]} itself"
        raise DuplistatError(Kind.FORBIDDEN, named, field=field)


def _key(c: Changing, id: int) -> Key:
    return seen(keys.by_id, c.ctx.db, c.sees, id, "API key")


def _keys(ctx: Context, rows: Sequence[Key]) -> list[ApiKey]:
    """One statement."""
    names, now = accounts.names(ctx.db, {row.account_id for row in rows}), ctx.now()
    return [
        ApiKey.model_validate(
            {
                "id": row.id,
                "name": row.name,
                "account": names.get(row.account_id, ""),
                "account_id": row.account_id,
                "scopes": row.scopes.split(),
                "hint": row.hint,
                "state": _state(row, now),
                "created_at": time(row.created_at),
                "expires_at": iso(row.expires_at),
                "revoked_at": iso(row.revoked_at),
                "last_used_at": iso(row.last_used_at),
                "last_used_from": row.last_used_from,
                "old_until": iso(row.old_until) if (row.old_until or 0) > now else None,
            }
        )
        for row in rows
    ]


def _state(row: Key, now: int) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "valid" if row.expires_at is None or row.expires_at > now else "expired"


def _clients(ctx: Context, rows: Sequence[ClientRow]) -> list[Client]:
    """One statement."""
    names = accounts.names(ctx.db, {row.account_id for row in rows})
    return [
        Client(
            id=row.id,
            name=row.name,
            client_id=row.client_id,
            account=names.get(row.account_id, ""),
            account_id=row.account_id,
            scopes=row.scopes.split(),
            created_at=time(row.created_at),
            revoked_at=iso(row.revoked_at),
            last_used_at=iso(row.last_used_at),
            last_used_from=row.last_used_from,
        )
        for row in rows
    ]
