"""/api/v1/services/…: what only whoever looks after it does with a Duplicati connection, and its report URL."""

from collections.abc import Callable

from flask import Response, request

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.parameters import Query, read
from duplistat.apis.native.reads import ID, bp, caller_who
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.service_calls import service_of
from duplistat.apis.native.service_models import Maintenance, NewReportUrl, ReportUrl
from duplistat.apis.native.shapes import time
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.access.api_keys import Scope
from duplistat.services.agents import report_urls
from duplistat.services.agents.registry import set_service_maintenance, set_service_suspended
from duplistat.services.audit import Signature
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import report_urls as store
from duplistat.store import services
from duplistat.store.services import Service as Row

HOUR_MS = 3_600_000


@changes.post(f"/api/v1/services/{ID}/suspend")
def suspend_service(id: int) -> Response:
    return _set_suspended(id, suspended=True)


@changes.post(f"/api/v1/services/{ID}/reactivate")
def reactivate_service(id: int) -> Response:
    return _set_suspended(id, suspended=False)


@changes.post(f"/api/v1/services/{ID}/maintenance")
def set_maintenance(id: int) -> Response:
    c = changing(Scope.SERVICES_ADMIN)
    sent, body = bodies.read(request, Maintenance)

    def make() -> WriteCommand[None]:
        if not 0 < sent.until - c.ctx.now() <= 366 * 24 * HOUR_MS:
            raise DuplistatError(Kind.INVALID, "must be a time within a year from now", field="until")
        return prepare(set_service_maintenance, service=id, until=sent.until, **c.signature())

    return _hold(c, id, body, make)


@changes.delete(f"/api/v1/services/{ID}/maintenance")
def end_maintenance(id: int) -> Response:
    c = changing(Scope.SERVICES_ADMIN)
    _, body = bodies.read(request, Nothing)
    return _hold(
        c, id, body, lambda: prepare(set_service_maintenance, service=id, until=None, **c.signature())
    )


@bp.get(f"/api/v1/services/{ID}/report-url")
def report_url(id: int) -> Response:
    ctx, caller = caller_who(Scope.SERVICES_WRITE)
    read(Query, request.args)
    row = seen(services.seen, ctx.db, caller.sees, id, "Duplicati connection")
    response = answered(request, _shown(ctx, row, Changing(ctx, caller, caller.sees).signature()))
    # It is a secret.
    response.headers["Cache-Control"] = "no-store"
    return response


@changes.post(f"/api/v1/services/{ID}/report-url")
def rotate_report_url(id: int) -> Response:
    c = changing(Scope.SERVICES_WRITE)
    sent, body = bodies.read(request, NewReportUrl)

    def make() -> WriteCommand[None]:
        _row(c, id)
        return prepare(
            report_urls.rotate_report_url,
            service=id,
            keep_ms=sent.keep_hours * HOUR_MS,
            held=False,
            **report_urls.fresh(c.ctx.config),
            **c.signature(),
        )

    return c.carry_out_secretly(
        body, make, lambda _: _shown(c.ctx, _row(c, id), c.signature()), of=Thing("service", id)
    )


def _set_suspended(id: int, *, suspended: bool) -> Response:
    c = changing(Scope.SERVICES_ADMIN)
    _, body = bodies.read(request, Nothing)
    return _hold(
        c, id, body, lambda: prepare(set_service_suspended, service=id, suspended=suspended, **c.signature())
    )


def _hold(c: Changing, id: int, body: bytes, make: Callable[[], WriteCommand[None]]) -> Response:
    def held() -> WriteCommand[None]:
        row = _row(c, id)
        if not c.whole and row.account_id == c.caller.account:
            raise DuplistatError(Kind.FORBIDDEN, "Only a key of a parent account can do this")
        return make()

    return c.carry_out(body, held, lambda _: service_of(c, id), of=Thing("service", id))


def _row(c: Changing, id: int) -> Row:
    return seen(services.seen, c.ctx.db, c.sees, id, "Duplicati connection")


def _shown(ctx: Context, row: Row, signed: Signature) -> ReportUrl:
    """The report URL of a connection, made now if it has none yet. Raises DuplistatError."""
    kept = store.of_service(ctx.db, row.id)
    if kept is None:
        ctx.writes.run(report_urls.make_report_url, service=row.id, **report_urls.fresh(ctx.config), **signed)
        kept = store.of_service(ctx.db, row.id)
    if kept is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such Duplicati connection")
    base = ctx.config.public_address or request.url_root.rstrip("/")
    old = kept.old_until if kept.old_until is not None and kept.old_until > ctx.now() else None
    return ReportUrl(
        url=report_urls.url(ctx.config, base, row, kept), made_at=time(kept.made_at), old_until=iso(old)
    )
