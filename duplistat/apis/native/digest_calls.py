"""/api/v1/digests: which summaries go out, when and by which channels."""

import json
from collections.abc import Sequence
from typing import cast

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.digest_models import (
    Digest,
    DigestList,
    DigestSettingsChanges,
    HandedOut,
    NewDigest,
)
from duplistat.apis.native.lists import cut
from duplistat.apis.native.parameters import ByIdQuery, Query
from duplistat.apis.native.reads import ID, bp, reader
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.http.answers import iso
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts.digests import (
    DigestChanges,
    add_digest,
    delete_digest,
    digest_now,
    send_digest,
    set_digest,
)
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts, digests
from duplistat.store.database import Database
from duplistat.store.digests import Digest as Row


@bp.get("/api/v1/digests")
def digest_list() -> Response:
    ctx, sees = reader()
    asked = parameters.read(ByIdQuery, request.args)
    # An account has few of them.
    rows = sorted(digests.of_accounts(ctx.db, sees), key=lambda row: row.id)
    rows = [row for row in rows if row.id > (asked.cursor or 0)][: asked.limit + 1]
    page, end = cut(rows, asked.limit)
    return answered(request, DigestList(digests=_digests(ctx.db, page), next_cursor=end))


@bp.get(f"/api/v1/digests/{ID}")
def digest(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)

    def shape() -> Digest:
        return _digests(ctx.db, [seen(digests.seen, ctx.db, sees, id, "digest")])[0]

    return one(request, ctx.db, "digest", id, shape)


@changes.post("/api/v1/digests")
def create_digest() -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    sent, body = bodies.read(request, NewDigest)

    def make() -> WriteCommand[int]:
        return prepare(add_digest, account=c.account(sent.account_id), changes=_given(sent), **c.signature())

    return c.carry_out(body, make, lambda id: _digest(c, id), 201, of=Thing("digest"))


@changes.patch(f"/api/v1/digests/{ID}")
def change_digest(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    sent, body = bodies.read(request, DigestSettingsChanges)

    def make() -> WriteCommand[None]:
        _row(c, id)
        return prepare(set_digest, digest=id, changes=_given(sent), **c.signature())

    return c.carry_out(body, make, lambda _: _digest(c, id), of=Thing("digest", id))


@changes.post(f"/api/v1/digests/{ID}/send")
def send_digest_now(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[int]:
        ctx = c.ctx
        facts, _state = digest_now(ctx.db, _row(c, id), ctx.schedule_defaults, ctx.now())
        return prepare(send_digest, digest=id, facts=facts, **c.signature())

    return c.carry_out(body, make, lambda number: HandedOut(notices=number), of=Thing("digest", id))


@changes.delete(f"/api/v1/digests/{ID}")
def remove_digest(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        _row(c, id)
        return prepare(delete_digest, digest=id, **c.signature())

    return c.carry_out(body, make, lambda _: None, of=Thing("digest", id))


def _given(sent: DigestSettingsChanges) -> DigestChanges:
    return cast(DigestChanges, sent.model_dump(include=sent.model_fields_set - {"account_id"}))


def _row(c: Changing, id: int) -> Row:
    return seen(digests.seen, c.ctx.db, c.sees, id, "digest")


def _digest(c: Changing, id: int) -> Digest:
    return _digests(c.ctx.db, [_row(c, id)])[0]


def _digests(db: Database, rows: Sequence[Row]) -> list[Digest]:
    """One statement."""
    names = accounts.names(db, {row.account_id for row in rows})
    return [
        Digest.model_validate(
            {
                "id": row.id,
                "name": row.name,
                "account": names.get(row.account_id, ""),
                "account_id": row.account_id,
                "period": row.period,
                "hour": row.hour,
                "day": row.day,
                "channels": json.loads(row.channels),
                "skip_unchanged": bool(row.skip_unchanged),
                "enabled": bool(row.enabled),
                "next_at": time(row.next_at),
                "last_at": iso(row.last_at),
                "created_at": time(row.created_at),
            }
        )
        for row in rows
    ]
