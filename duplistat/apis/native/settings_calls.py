"""/api/v1/settings/… and /api/v1/database: what is of the whole server, and of no account."""

from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.parameters import Query
from duplistat.apis.native.reads import bp, caller_who
from duplistat.apis.native.rule_models import Nothing, Sent
from duplistat.apis.native.settings_models import (
    BackgroundTask,
    Connections,
    ConnectionsChanges,
    Database,
    Retention,
    RetentionChanges,
)
from duplistat.apis.native.shapes import time
from duplistat.apis.native.values import Shape
from duplistat.core.errors import DuplistatError, Kind, Problem
from duplistat.http.answers import iso
from duplistat.http.context import Context
from duplistat.services.access.api_keys import Scope
from duplistat.services.configuration.overrides import in_effect, set_overrides, stored
from duplistat.services.maintenance.database_copies import BACKUP, CHECK, request_backup_or_check
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import background_tasks

RETENTION, AGENTS = "retention", "agents"
OF_MAIN = "Only a key of the account main can do this"
ELSEWHERE = "is set by the configuration file, the environment or the command line"


def whole_reader() -> Context:
    """Whoever reads what is of the whole server. Raises DuplistatError."""
    ctx, caller = caller_who(Scope.SETTINGS_ADMIN)
    require_whole(Changing(ctx, caller, ()))
    return ctx


def whole_changing() -> Changing:
    """Whoever changes what is of the whole server. Raises DuplistatError."""
    c = changing(Scope.SETTINGS_ADMIN)
    require_whole(c)
    return c


def require_whole(c: Changing) -> None:
    if not c.whole:
        raise DuplistatError(Kind.FORBIDDEN, OF_MAIN)


@bp.get("/api/v1/settings/retention")
def retention() -> Response:
    ctx = whole_reader()
    parameters.read(Query, request.args)
    return one(request, ctx.db, "retention", 0, lambda: _retention(ctx))


@changes.patch("/api/v1/settings/retention")
def change_retention() -> Response:
    return _change(RETENTION, RetentionChanges, _retention, Thing("retention", 0))


@bp.get("/api/v1/settings/connections")
def connections() -> Response:
    ctx = whole_reader()
    parameters.read(Query, request.args)
    return one(request, ctx.db, "connections", 0, lambda: _connections(ctx))


@changes.patch("/api/v1/settings/connections")
def change_connections() -> Response:
    return _change(AGENTS, ConnectionsChanges, _connections, Thing("connections", 0))


@bp.get("/api/v1/database")
def database() -> Response:
    ctx = whole_reader()
    parameters.read(Query, request.args)
    return answered(request, _database(ctx))


@changes.post("/api/v1/database/backup")
def back_up_database() -> Response:
    return _ask(BACKUP)


@changes.post("/api/v1/database/check")
def check_database() -> Response:
    return _ask(CHECK)


def fixed(ctx: Context, section: str, keys: Mapping[str, object]) -> list[str]:
    """Those of the keys of a section that cannot be set here."""
    return [key for key in keys if ctx.config.source(section, key)]


def _change(section: str, body_of: type[Sent], answer: Callable[[Context], Shape], thing: Thing) -> Response:
    c = whole_changing()
    sent, body = bodies.read(request, body_of)
    values: dict[str, Any] = sent.model_dump(include=sent.model_fields_set)

    def make() -> WriteCommand[None]:
        problems = [Problem(key, ELSEWHERE) for key in fixed(c.ctx, section, values)]
        problems += [
            Problem(key, f"{text[:60]} is not a network such as 10.0.0.0/8")
            for key, value in values.items()
            for text in (value if isinstance(value, list) else [])
            if not _is_network(text)
        ]
        if problems:
            text = "; ".join(f"{problem.field} {problem.problem}" for problem in problems[:10])
            raise DuplistatError(Kind.INVALID, text, problems[:20])
        kept = stored(c.ctx.db)
        named = {f"{section}.{key}": value or None if value == [] else value for key, value in values.items()}
        wanted = {name: value for name, value in named.items() if kept.get(name) != value}
        return prepare(set_overrides, changes=wanted, subject=section, **c.signature())

    return c.carry_out(body, make, lambda _: answer(c.ctx), of=thing)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _retention(ctx: Context) -> Retention:
    values = in_effect(ctx.db, ctx.config).retention.model_dump()
    return Retention(**values, fixed=fixed(ctx, RETENTION, values))


def _connections(ctx: Context) -> Connections:
    agents = in_effect(ctx.db, ctx.config).agents
    return Connections(
        collect_minutes=agents.collect_minutes,
        deny=[str(network) for network in agents.deny],
        allow=[str(network) for network in agents.allow],
        fixed=fixed(ctx, AGENTS, agents.model_dump()),
    )


def _ask(kind: str) -> Response:
    c = whole_changing()
    _, body = bodies.read(request, Nothing)
    asked = prepare(request_backup_or_check, kind=kind, **c.signature())
    return c.carry_out(body, lambda: asked, lambda _: _database(c.ctx), 202)


def _database(ctx: Context) -> Database:
    return Database(
        engine="sqlite" if ctx.db.on_sqlite else "postgresql",
        backup=_latest(ctx, BACKUP),
        check=_latest(ctx, CHECK),
    )


def _latest(ctx: Context, kind: str) -> BackgroundTask | None:
    task = next(iter(background_tasks.latest(ctx.db, (ctx.main_account,), kind)), None)
    if task is None:
        return None
    ended = task.ended_at is not None
    return BackgroundTask(
        state="under_way" if not ended else "failed" if task.problem else "done",
        asked_at=time(task.asked_at),
        ended_at=iso(task.ended_at),
        problem=task.problem or None,
    )
