"""Ping URLs and badges of jobs, ping keys and badges of accounts: made, told, replaced and refused."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.lists import cut
from duplistat.apis.native.parameters import ByIdQuery, Query
from duplistat.apis.native.ping_models import (
    Badge,
    BadgeList,
    NewBadge,
    NewPingKey,
    Ping,
    PingKey,
    PingKeyDetail,
    PingKeyList,
    PingRotation,
    PingSettingsChanges,
)
from duplistat.apis.native.reads import ID, bp, caller_who
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clip_name
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.access.api_keys import Scope
from duplistat.services.pings import badges as badge_services
from duplistat.services.pings import keys as key_services
from duplistat.services.pings import urls
from duplistat.services.pings.settings import set_ping_timed
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts, badges, jobs, ping_keys, ping_starts
from duplistat.store.badges import Badge as BadgeRow
from duplistat.store.ping_keys import PingKey as KeyRow
from duplistat.store.ping_starts import Count

R = TypeVar("R")
HOUR_MS = 3_600_000


@bp.get(f"/api/v1/jobs/{ID}/ping")
def ping(id: int) -> Response:
    ctx, caller = caller_who(Scope.JOBS_WRITE)
    parameters.read(Query, request.args)
    seen(jobs.by_id, ctx.db, caller.sees, id, "job")
    return secret(answered(request, _ping(ctx, id)))


@changes.post(f"/api/v1/jobs/{ID}/ping")
def create_ping(id: int) -> Response:
    return _of_job(
        id,
        lambda c: prepare(
            urls.make_ping_url_of,
            job=id,
            url=urls.fresh(c.ctx.config),
            slug="",
            also=False,
            **c.signature(),
        ),
    )


@changes.patch(f"/api/v1/jobs/{ID}/ping")
def change_ping(id: int) -> Response:
    c = changing(Scope.JOBS_WRITE)
    sent, body = bodies.read(request, PingSettingsChanges)

    def make() -> WriteCommand[None]:
        seen(jobs.by_id, c.ctx.db, c.sees, id, "job")
        return prepare(set_ping_timed, job=id, timed=sent.timed, **c.signature())

    return c.carry_out_secretly(body, make, lambda _: _ping(c.ctx, id), of=Thing("job", id))


@changes.post(f"/api/v1/jobs/{ID}/ping/rotate")
def rotate_ping(id: int) -> Response:
    c = changing(Scope.JOBS_WRITE)
    sent, body = bodies.read(request, PingRotation)

    def make() -> WriteCommand[None]:
        seen(jobs.by_id, c.ctx.db, c.sees, id, "job")
        return prepare(
            urls.rotate_ping_url,
            job=id,
            url=urls.fresh(c.ctx.config),
            keep_ms=sent.keep_hours * HOUR_MS,
            **c.signature(),
        )

    return c.carry_out_secretly(body, make, lambda _: _ping(c.ctx, id), of=Thing("job", id))


@changes.delete(f"/api/v1/jobs/{ID}/ping")
def revoke_ping(id: int) -> Response:
    return _of_job(id, lambda c: prepare(urls.revoke_ping_url, job=id, **c.signature()))


@changes.post(f"/api/v1/jobs/{ID}/badge")
def create_badge_of_job(id: int) -> Response:
    c = changing(Scope.JOBS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        job = seen(jobs.by_id, c.ctx.db, c.sees, id, "job")
        of, fresh = badge_services.of_job(id), badge_services.fresh(c.ctx.config)
        return prepare(badge_services.make_badge, account=job.account_id, of=of, badge=fresh, **c.signature())

    def answer(_: None) -> Badge:
        row = badges.of_job(c.ctx.db, id)
        if row is None:
            raise DuplistatError(Kind.NOT_FOUND, "There is no such badge")
        return _badges(c.ctx, [row])[0]

    return c.carry_out_secretly(body, make, answer, of=Thing("job", id))


@changes.delete(f"/api/v1/jobs/{ID}/badge")
def revoke_badge_of_job(id: int) -> Response:
    c = changing(Scope.JOBS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        job = seen(jobs.by_id, c.ctx.db, c.sees, id, "job")
        row = badges.of_job(c.ctx.db, id)
        if row is None:
            raise DuplistatError(Kind.NOT_FOUND, "This job has no badge")
        return prepare(badge_services.revoke_badge, account=job.account_id, badge=row.id, **c.signature())

    return c.carry_out(body, make, lambda _: None, of=Thing("job", id))


@bp.get("/api/v1/ping-keys")
def ping_key_list() -> Response:
    ctx, caller = caller_who(Scope.KEYS_ADMIN)
    asked = parameters.read(ByIdQuery, request.args)
    rows = sorted(ping_keys.of_accounts(ctx.db, caller.sees), key=lambda row: row.id)
    rows = [row for row in rows if row.id > (asked.cursor or 0)][: asked.limit + 1]
    page, end = cut(rows, asked.limit)
    return answered(request, PingKeyList(ping_keys=_keys(ctx, page), next_cursor=end))


@bp.get(f"/api/v1/ping-keys/{ID}")
def ping_key(id: int) -> Response:
    ctx, caller = caller_who(Scope.KEYS_ADMIN)
    parameters.read(Query, request.args)
    sees = caller.sees
    return secret(one(request, ctx.db, "ping key", id, lambda: _key(ctx, sees, id)))


@changes.post("/api/v1/ping-keys")
def create_ping_key() -> Response:
    c = changing(Scope.KEYS_ADMIN)
    sent, body = bodies.read(request, NewPingKey)
    account = c.account(sent.account_id)

    def make() -> WriteCommand[None]:
        fresh = key_services.fresh(c.ctx.config)
        return prepare(
            key_services.make_ping_key, account=account, name=sent.name, key=fresh, **c.signature()
        )

    def answer(_: None) -> PingKeyDetail:
        row = ping_keys.by_name(c.ctx.db, account, clip_name(sent.name))
        return _key(c.ctx, c.sees, row.id if row is not None else 0)

    return c.carry_out_secretly(body, make, answer, 201)


@changes.post(f"/api/v1/ping-keys/{ID}/rotate")
def rotate_ping_key(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        row = seen(ping_keys.by_id, c.ctx.db, c.sees, id, "ping key")
        fresh = key_services.fresh(c.ctx.config)
        return prepare(
            key_services.rotate_ping_key, account=row.account_id, name=row.name, key=fresh, **c.signature()
        )

    return c.carry_out_secretly(body, make, lambda _: _key(c.ctx, c.sees, id), of=Thing("ping key", id))


@changes.delete(f"/api/v1/ping-keys/{ID}")
def revoke_ping_key(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        row = seen(ping_keys.by_id, c.ctx.db, c.sees, id, "ping key")
        return prepare(key_services.revoke_ping_key, account=row.account_id, name=row.name, **c.signature())

    return c.carry_out(body, make, lambda _: None, of=Thing("ping key", id))


@bp.get("/api/v1/status-badges")
def badge_list() -> Response:
    ctx, caller = caller_who(Scope.KEYS_ADMIN)
    asked = parameters.read(ByIdQuery, request.args)
    rows = sorted(badges.of_accounts(ctx.db, caller.sees), key=lambda row: row.id)
    rows = [row for row in rows if row.id > (asked.cursor or 0)][: asked.limit + 1]
    page, end = cut(rows, asked.limit)
    return secret(answered(request, BadgeList(badges=_badges(ctx, page), next_cursor=end)))


@bp.get(f"/api/v1/status-badges/{ID}")
def badge(id: int) -> Response:
    ctx, caller = caller_who(Scope.KEYS_ADMIN)
    parameters.read(Query, request.args)
    sees = caller.sees
    return secret(
        one(
            request,
            ctx.db,
            "badge",
            id,
            lambda: _badges(ctx, [seen(badges.by_id, ctx.db, sees, id, "badge")])[0],
        )
    )


@changes.post("/api/v1/status-badges")
def create_badge() -> Response:
    c = changing(Scope.KEYS_ADMIN)
    sent, body = bodies.read(request, NewBadge)
    account = c.account(sent.account_id)
    of = badge_services.of_tag(sent.tag) if sent.tag is not None else badge_services.of_account()

    def make() -> WriteCommand[None]:
        fresh = badge_services.fresh(c.ctx.config)
        return prepare(badge_services.make_badge, account=account, of=of, badge=fresh, **c.signature())

    def answer(_: None) -> Badge:
        for row in badges.of_accounts(c.ctx.db, (account,)):
            if row.kind == of["kind"] and row.tag == of["tag"]:
                return _badges(c.ctx, [row])[0]
        raise DuplistatError(Kind.NOT_FOUND, "There is no such badge")

    return c.carry_out_secretly(body, make, answer, 201)


@changes.delete(f"/api/v1/status-badges/{ID}")
def revoke_badge(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        row = seen(badges.by_id, c.ctx.db, c.sees, id, "badge")
        return prepare(badge_services.revoke_badge, account=row.account_id, badge=id, **c.signature())

    return c.carry_out(body, make, lambda _: None, of=Thing("badge", id))


def secret(response: Response) -> Response:
    """An answer that nothing may keep, since it holds a secret."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _of_job(id: int, make: Callable[[Changing], WriteCommand[R]]) -> Response:
    """Change where a job is pinged; the answer is how that is then."""
    c = changing(Scope.JOBS_WRITE)
    _, body = bodies.read(request, Nothing)

    def seen_first() -> WriteCommand[R]:
        seen(jobs.by_id, c.ctx.db, c.sees, id, "job")
        return make(c)

    def answer(_: R | None) -> Ping:
        return _ping(c.ctx, id)

    return c.carry_out_secretly(body, seen_first, answer, of=Thing("job", id))


def _ping(ctx: Context, job: int) -> Ping:
    """Where a job is pinged. Raises DuplistatError (unavailable) without the key of secrets."""
    kept = urls.shown(ctx.db, job)
    timed = ping_starts.counts(ctx.db, [job]).get(job, Count()).timed
    if kept is None:
        return Ping(ping_url=None, push_url=None, made_at=None, timed=bool(timed))
    told = urls.addresses(ctx.config, _base(ctx), kept)
    return Ping(ping_url=told.ping, push_url=told.push, made_at=time(kept.made_at), timed=bool(timed))


def _base(ctx: Context) -> str:
    return ctx.config.public_address or request.url_root.rstrip("/")


def _key(ctx: Context, sees: tuple[int, ...], id: int) -> PingKeyDetail:
    row = seen(ping_keys.by_id, ctx.db, sees, id, "ping key")
    return PingKeyDetail(**dict(_keys(ctx, [row])[0]), key=key_services.plain(ctx.config, row))


def _keys(ctx: Context, rows: Sequence[KeyRow]) -> list[PingKey]:
    """One statement."""
    names = accounts.names(ctx.db, {row.account_id for row in rows})
    return [
        PingKey(
            id=row.id,
            name=row.name,
            account=names.get(row.account_id, ""),
            account_id=row.account_id,
            made_at=time(row.made_at),
            used_at=iso(row.used_at),
        )
        for row in rows
    ]


def _badges(ctx: Context, rows: Sequence[BadgeRow]) -> list[Badge]:
    """One statement. Raises DuplistatError (unavailable) without the key of secrets."""
    names = accounts.names(ctx.db, {row.account_id for row in rows})
    found = []
    for row in rows:
        told = badge_services.addresses(ctx.config, _base(ctx), row)
        found.append(
            Badge.model_validate(
                {
                    "id": row.id,
                    "kind": row.kind,
                    "label": row.label,
                    "account": names.get(row.account_id, ""),
                    "account_id": row.account_id,
                    "url": f"{told.two}.svg",
                    "three_url": f"{told.three}.svg",
                }
            )
        )
    return found
