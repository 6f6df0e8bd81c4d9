"""/api/v1/unrecognised: what came and could not be read as a report. Somebody decides."""

from collections.abc import Sequence

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Thing, changing
from duplistat.apis.native.lists import cut
from duplistat.apis.native.parameters import Query, UnreadQuery
from duplistat.apis.native.reads import ID, bp, caller_who
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.apis.native.unread_models import Reprocessing, Unread, UnreadList
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import Context
from duplistat.services.access.api_keys import Scope
from duplistat.services.reports.inbox import dismiss_unread, note_replay, replay_unread
from duplistat.services.reports.replay import read_again
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts, deliveries
from duplistat.store.deliveries import Delivery

UNREAD, DISMISSED = "unrecognised", "dismissed"


@bp.get("/api/v1/unrecognised")
def unread_list() -> Response:
    ctx, caller = caller_who(Scope.REPORTS_WRITE)
    asked = parameters.read(UnreadQuery, request.args)
    rows = deliveries.unread(
        ctx.db,
        caller.sees,
        before=asked.cursor,
        limit=asked.limit + 1,
        dismissed=asked.state == DISMISSED,
    )
    page, end = cut(rows, asked.limit)
    return answered(request, UnreadList(unrecognised=_shapes(ctx, page), next_cursor=end))


@bp.get(f"/api/v1/unrecognised/{ID}")
def unread(id: int) -> Response:
    ctx, caller = caller_who(Scope.REPORTS_WRITE)
    parameters.read(Query, request.args)
    sees = caller.sees
    return one(request, ctx.db, "report", id, lambda: _shapes(ctx, [_seen(ctx, sees, id)])[0])


@changes.post(f"/api/v1/unrecognised/{ID}/dismiss")
def dismiss_report(id: int) -> Response:
    return _put_away(id, back=False)


@changes.post(f"/api/v1/unrecognised/{ID}/reopen")
def reopen_report(id: int) -> Response:
    return _put_away(id, back=True)


@changes.post(f"/api/v1/unrecognised/{ID}/replay")
def replay_report(id: int) -> Response:
    c = changing(Scope.REPORTS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        row = _seen(c.ctx, c.sees, id)
        return prepare(note_replay, account=row.account_id, deliveries=[id], **c.signature())

    def answer(_: None) -> Unread:
        ctx = c.ctx
        read_again(ctx.db, ctx.writes, id, max_log_lines=ctx.config.intake.max_log_lines)
        return _shapes(ctx, [_seen(ctx, c.sees, id)])[0]

    return c.carry_out(body, make, answer, of=Thing("report", id))


@changes.post("/api/v1/unrecognised/replay")
def replay_all() -> Response:
    c = changing(Scope.REPORTS_WRITE)
    _, body = bodies.read(request, Nothing)
    asked = prepare(replay_unread, account=c.caller.account, **c.signature())
    return c.carry_out(body, lambda: asked, lambda task: Reprocessing(task_id=task), 202)


def _put_away(id: int, *, back: bool) -> Response:
    c = changing(Scope.REPORTS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[int]:
        row = _seen(c.ctx, c.sees, id)
        return prepare(
            dismiss_unread,
            account=row.account_id,
            sees=list(c.sees),
            deliveries=[id],
            back=back,
            **c.signature(),
        )

    return c.carry_out(
        body, make, lambda _: _shapes(c.ctx, [_seen(c.ctx, c.sees, id)])[0], of=Thing("report", id)
    )


def _seen(ctx: Context, sees: tuple[int, ...], id: int) -> Delivery:
    """The delivery of that id, if the caller sees it. Raises DuplistatError (not_found)."""
    found = deliveries.get(ctx.db, id)
    if found is None or found.account_id not in sees:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such report")
    return found


def _shapes(ctx: Context, rows: Sequence[Delivery]) -> list[Unread]:
    """One statement."""
    names = accounts.names(ctx.db, {row.account_id for row in rows})
    return [
        Unread.model_validate(
            {
                "id": row.id,
                "account": names.get(row.account_id, ""),
                "account_id": row.account_id,
                "received_at": time(row.received_at),
                "address": row.address,
                "endpoint": row.endpoint,
                "content_type": row.content_type,
                "size": row.size,
                "problem": str(row.problem),
                "state": row.outcome if row.outcome in (UNREAD, DISMISSED) else "read",
                "run_id": row.run,
                "event_id": row.event,
            }
        )
        for row in rows
    ]
