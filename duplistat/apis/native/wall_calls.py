"""/api/v1/wall-links: links to the wall display. The address of one is shown once, in answer to its creation."""

from collections.abc import Sequence

from flask import Response, request

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered
from duplistat.apis.native.changes import changing
from duplistat.apis.native.lists import by_id
from duplistat.apis.native.reads import ID, bp
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.apis.native.wall_models import NewWallLink, WallLink, WallLinkList, WallLinkMade
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clip_name
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.access import wall_links as links
from duplistat.services.access.api_keys import Scope, digest
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts, wall_links
from duplistat.store.database import Database
from duplistat.store.wall_links import WallLink as Row


@bp.get("/api/v1/wall-links")
def wall_link_list() -> Response:
    ctx, _, page, end = by_id(Scope.KEYS_ADMIN, wall_links.page)
    return answered(request, WallLinkList(wall_links=_links(ctx.db, page), next_cursor=end))


@changes.post("/api/v1/wall-links")
def create_wall_link() -> Response:
    c = changing(Scope.KEYS_ADMIN)
    sent, body = bodies.read(request, NewWallLink)
    account, name, token = c.account(sent.account_id), clip_name(sent.name), links.fresh()

    def make() -> WriteCommand[int]:
        return prepare(
            links.create_wall_link, account=account, name=name, hash=digest(token), **c.signature()
        )

    def answer(made: int | None) -> WallLinkMade:
        url = None if made is None else f"{_base(c.ctx)}/wall/{token}"
        # Of a request that is repeated: the newest of that name.
        for row in wall_links.of_accounts(c.ctx.db, (account,), links.MOST):
            if made in (None, row.id) and row.name == name:
                return WallLinkMade(**dict(_links(c.ctx.db, [row])[0]), url=url)
        raise DuplistatError(Kind.NOT_FOUND, "This link was revoked, or there never was one")

    return c.carry_out_secretly(body, make, answer, 201)


@changes.delete(f"/api/v1/wall-links/{ID}")
def revoke_wall_link(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        row = seen(wall_links.by_id, c.ctx.db, c.sees, id, "link")
        return prepare(
            links.revoke_wall_link, link=id, account=row.account_id, name=row.name, **c.signature()
        )

    return c.carry_out(body, make, lambda _: None)


def _base(ctx: Context) -> str:
    return ctx.config.public_address or request.url_root.rstrip("/")


def _links(db: Database, rows: Sequence[Row]) -> list[WallLink]:
    """One statement."""
    names = accounts.names(db, {row.account_id for row in rows})
    return [
        WallLink(
            id=row.id,
            name=row.name,
            account=names.get(row.account_id, ""),
            account_id=row.account_id,
            created_at=time(row.created_at),
            used_at=iso(row.used_at),
        )
        for row in rows
    ]
