"""/api/v1/services: Duplicati servers that are called. Passwords go in, and never out."""

from collections.abc import Callable, Sequence

from flask import Response, request

from duplistat.apis.native import bodies, parameters
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered, one
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.lists import newest
from duplistat.apis.native.parameters import Query
from duplistat.apis.native.reads import ID, bp, caller_who
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.server_models import StartJob
from duplistat.apis.native.service_models import (
    NewService,
    Service,
    ServiceList,
    ServiceSettingsChanges,
    StartJobs,
)
from duplistat.apis.native.service_shapes import services_of
from duplistat.core.agent_address import address_of, fingerprint_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.access.api_keys import Scope
from duplistat.services.agents.registry import (
    ServiceChanges,
    add_service,
    change_service,
    new_connection,
    require_callable,
)
from duplistat.services.agents.status import standings
from duplistat.services.configuration import secrets
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import agent_tasks, servers, services
from duplistat.store.services import Service as Row

NO_ADDRESS = "must be such as https://10.0.0.5:8200, without a path"
NO_FINGERPRINT = "must be the SHA-256 of a certificate: 64 hex digits"


@bp.get("/api/v1/services")
def service_list() -> Response:
    ctx, caller, page, end = newest(Scope.READ, services.page)
    return answered(request, ServiceList(services=services_of(ctx, caller.account, page), next_cursor=end))


@bp.get(f"/api/v1/services/{ID}")
def service(id: int) -> Response:
    ctx, caller = caller_who(Scope.READ)
    parameters.read(Query, request.args)

    def shape() -> Service:
        row = seen(services.seen, ctx.db, caller.sees, id, "Duplicati connection")
        return services_of(ctx, caller.account, [row])[0]

    return one(request, ctx.db, "service", id, shape)


@changes.post("/api/v1/services")
def create_service() -> Response:
    c = changing(Scope.SERVICES_WRITE)
    sent, body = bodies.read(request, NewService)

    def make() -> WriteCommand[int]:
        host, port = _address(sent.url)
        return prepare(
            add_service,
            account=c.account(sent.account_id),
            values=new_connection(
                c.ctx.config,
                name=sent.name.strip(),
                host=host,
                port=port,
                password=sent.password,
                fingerprint=_fingerprint(sent.fingerprint),
                now=c.ctx.now(),
                location=_location(c, sent.location_id),
            ),
            tasks=[agent_tasks.PROBE],
            **c.signature(),
        )

    return c.carry_out(body, make, lambda id: service_of(c, id), 201, of=Thing("service"))


@changes.patch(f"/api/v1/services/{ID}")
def change_a_service(id: int) -> Response:
    c = changing(Scope.SERVICES_WRITE)
    sent, body = bodies.read(request, ServiceSettingsChanges)

    def make() -> WriteCommand[bool]:
        row, given, values = _row(c, id), sent.model_fields_set, ServiceChanges()
        if "name" in given:
            values["name"] = sent.name.strip()
        if "url" in given:
            values["host"], values["port"] = _address(sent.url)
        if "fingerprint" in given:
            values["fingerprint"] = _fingerprint(sent.fingerprint)
        if "password" in given:
            values["agent_secret"] = secrets.encrypt(c.ctx.config, sent.password)
        if "location_id" in given:
            values["location"] = _location(c, sent.location_id)
        return _prepared(c, row, changes=values)

    return c.carry_out(body, make, lambda _: service_of(c, id), of=Thing("service", id))


@changes.delete(f"/api/v1/services/{ID}")
def remove_service(id: int) -> Response:
    c = changing(Scope.SERVICES_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[bool]:
        return _prepared(c, _row(c, id), changes={"cancelled_at": c.ctx.now()})

    return c.carry_out(body, make, lambda _: None, of=Thing("service", id))


@changes.post(f"/api/v1/services/{ID}/test")
def test_service(id: int) -> Response:
    return _ask(id, agent_tasks.PROBE)


@changes.post(f"/api/v1/services/{ID}/collect")
def collect_from_service(id: int) -> Response:
    return _ask(id, agent_tasks.COLLECT)


@changes.post(f"/api/v1/services/{ID}/start")
def start_jobs(id: int) -> Response:
    c = changing(Scope.SERVICES_WRITE)
    sent, body = bodies.read(request, StartJobs)
    return c.carry_out(
        body,
        lambda: _started(c, _row(c, id), sent.jobs, "jobs"),
        lambda _: service_of(c, id),
        of=Thing("service", id),
    )


@changes.post(f"/api/v1/servers/{ID}/collect")
def collect_from_server(id: int) -> Response:
    c = changing(Scope.SERVICES_WRITE)
    _, body = bodies.read(request, Nothing)
    return _for_server(c, id, body, lambda row: _prepared(c, row, tasks=[agent_tasks.COLLECT]))


@changes.post(f"/api/v1/servers/{ID}/start")
def start_job_of_server(id: int) -> Response:
    c = changing(Scope.SERVICES_WRITE)
    sent, body = bodies.read(request, StartJob)
    names = [sent.job] if sent.job is not None else []
    return _for_server(c, id, body, lambda row: _started(c, row, names, "job"))


def service_of(c: Changing, id: int) -> Service:
    return services_of(c.ctx, c.caller.account, [_row(c, id)])[0]


def _row(c: Changing, id: int) -> Row:
    return seen(services.seen, c.ctx.db, c.sees, id, "Duplicati connection")


def _ask(id: int, task: str) -> Response:
    """Have something done with an agent in the background."""
    c = changing(Scope.SERVICES_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[bool]:
        row = _row(c, id)
        require_callable(row)
        return _prepared(c, row, tasks=[task])

    return c.carry_out(body, make, lambda _: service_of(c, id), of=Thing("service", id))


def _for_server(c: Changing, id: int, body: bytes, act: Callable[[Row], WriteCommand[bool]]) -> Response:
    """Have something done with the agent of a server."""

    def agent() -> Row:
        server = seen(servers.by_id, c.ctx.db, c.sees, id, "server")
        names = [name for name in (server.name, server.alias) if name]
        found = services.of_server(c.ctx.db, server.account_id, server.service_id, names)
        if found is None or found.configured_at is None:
            raise DuplistatError(Kind.NOT_FOUND, "This server has no Duplicati connection that can be used")
        return found

    return c.carry_out(
        body,
        lambda: act(agent()),
        lambda _: service_of(c, agent().id),
        of=Thing("server", id),
        gives=Thing(""),
    )


def _started(c: Changing, row: Row, names: Sequence[str], field: str) -> WriteCommand[bool]:
    """Have jobs of an agent started, or all. Raises DuplistatError (invalid) for one that it does not have."""
    require_callable(row)
    (standing,) = standings(c.ctx.db, [row], c.ctx.now())
    known = {job.name for job in standing.jobs if job.ref and job.archived_at is None}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise DuplistatError(Kind.INVALID, f"there is no job {unknown[0]!r} to start", field=field)
    first: ServiceChanges = {"tried_at": c.ctx.now()}
    return _prepared(c, row, first=first, tasks=[agent_tasks.RUN], start=names)


def _prepared(
    c: Changing,
    row: Row,
    *,
    changes: ServiceChanges | None = None,
    first: ServiceChanges | None = None,
    tasks: Sequence[str] = (),
    start: Sequence[str] = (),
) -> WriteCommand[bool]:
    return prepare(
        change_service,
        account=row.account_id,
        contact=False,
        service=row.id,
        changes=changes or {},
        first=first,
        tasks=tasks,
        start=start,
        **c.signature(),
    )


def _address(url: str) -> tuple[str, int]:
    found = address_of(url)
    if found is None:
        raise DuplistatError(Kind.INVALID, NO_ADDRESS, field="url")
    return found


def _fingerprint(text: str) -> str:
    found = fingerprint_of(text)
    if found is None:
        raise DuplistatError(Kind.INVALID, NO_FINGERPRINT, field="fingerprint")
    return found


def _location(c: Changing, wanted: int | None) -> int:
    """A storage location; the first one without a wish. Raises DuplistatError (invalid)."""
    known = [location.id for location in in_effect(c.ctx.db, c.ctx.config).locations]
    if wanted is not None and wanted not in known:
        raise DuplistatError(Kind.INVALID, "there is no such storage location", field="location_id")
    return known[0] if wanted is None else wanted
