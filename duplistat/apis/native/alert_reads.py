"""GET /api/v1/…: problems, notices, rules and silences, for those accounts that the key sees."""

from collections.abc import Callable
from typing import TypeVar

from flask import Response, request

from duplistat.apis.native import alert_shapes as shapes
from duplistat.apis.native import parameters
from duplistat.apis.native.alert_models import NoticeDetail, NoticeList, ProblemDetail, ProblemList
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.lists import by_id, cut
from duplistat.apis.native.parameters import NoticeQuery, ProblemQuery, Query, SilenceQuery
from duplistat.apis.native.reads import ID, bp, reader
from duplistat.apis.native.rule_models import Rule, RuleList
from duplistat.apis.native.silence_models import Silence, SilenceList
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.access.api_keys import Scope
from duplistat.store import notices, problems, rules, silences
from duplistat.store.database import Database

Row = TypeVar("Row")


@bp.get("/api/v1/problems")
def problem_list() -> Response:
    ctx, sees = reader()
    asked = parameters.read(ProblemQuery, request.args)
    rows = problems.page(
        ctx.db,
        sees,
        open_only=asked.state == "open",
        job=asked.job,
        before=asked.cursor,
        limit=asked.limit + 1,
    )
    page, end = cut(rows, asked.limit)
    found = shapes.problems_of(ctx.db, page, ctx.schedule_defaults, ctx.now())
    return answered(request, ProblemList(problems=found, next_cursor=end))


@bp.get(f"/api/v1/problems/{ID}")
def problem(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)

    def shape() -> ProblemDetail:
        row = seen(problems.seen, ctx.db, sees, id, "problem")
        return shapes.problem_of(ctx.db, sees, row, ctx.schedule_defaults, ctx.now())

    return one(request, ctx.db, "problem", id, shape)


@bp.get("/api/v1/notices")
def notice_list() -> Response:
    ctx, sees = reader()
    asked = parameters.read(NoticeQuery, request.args)
    rows = notices.page(
        ctx.db,
        sees,
        result=result_of(asked.state),
        channel=asked.channel,
        before=asked.cursor,
        limit=asked.limit + 1,
    )
    page, end = cut(rows, asked.limit)
    return answered(request, NoticeList(notices=shapes.notices_of(ctx.db, page), next_cursor=end))


@bp.get(f"/api/v1/notices/{ID}")
def notice(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)

    def shape() -> NoticeDetail:
        return shapes.notice_of(ctx.db, seen(notices.seen, ctx.db, sees, id, "notice"))

    return one(request, ctx.db, "notice", id, shape)


@bp.get("/api/v1/rules")
def rule_list() -> Response:
    ctx, _, page, end = by_id(Scope.READ, rules.page)
    return answered(request, RuleList(rules=shapes.rules_of(ctx.db, page), next_cursor=end))


@bp.get(f"/api/v1/rules/{ID}")
def rule(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)

    def shape() -> Rule:
        return shapes.rules_of(ctx.db, [seen(rules.seen, ctx.db, sees, id, "rule")])[0]

    return one(request, ctx.db, "rule", id, shape)


@bp.get("/api/v1/silences")
def silence_list() -> Response:
    ctx, sees = reader()
    now, asked = ctx.now(), parameters.read(SilenceQuery, request.args)
    wanted = silences.current(now) if asked.state == "current" else silences.ALL
    rows = silences.page(ctx.db, sees, wanted=wanted, before=asked.cursor, limit=asked.limit + 1)
    page, end = cut(rows, asked.limit)
    found = shapes.silences_of(ctx.db, page, now)
    return answered(request, SilenceList(silences=found, next_cursor=end))


@bp.get(f"/api/v1/silences/{ID}")
def silence(id: int) -> Response:
    ctx, sees = reader()
    parameters.read(Query, request.args)

    def shape() -> Silence:
        row = seen(silences.seen, ctx.db, sees, id, "silence")
        return shapes.silences_of(ctx.db, [row], ctx.now())[0]

    return one(request, ctx.db, "silence", id, shape)


def result_of(state: str | None) -> str | None:
    """What the row of a notice has for its state; None for None."""
    return notices.WAITING if state == shapes.WAITING else state


def seen(
    find: Callable[[Database, tuple[int, ...], int], Row | None],
    db: Database,
    sees: tuple[int, ...],
    id: int,
    what: str,
) -> Row:
    """The row of that id, if the caller sees it. Raises DuplistatError (not_found)."""
    found = find(db, sees, id)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, f"There is no such {what}")
    return found
