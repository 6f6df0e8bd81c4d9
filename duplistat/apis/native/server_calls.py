"""Changes of /api/v1/servers/…: what operators set, and what only admins do."""

from collections.abc import Callable
from typing import TypeVar

from flask import Response, request

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp
from duplistat.apis.native.changes import Changing, Thing, changing
from duplistat.apis.native.exports import handed_out
from duplistat.apis.native.job_calls import go_on
from duplistat.apis.native.job_models import Begun, MergeToUndo
from duplistat.apis.native.reads import ID
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.server_models import KeepApart, OtherServer, ServerDetail, ServerSettingsChanges
from duplistat.apis.native.server_shapes import server_of
from duplistat.services.access.api_keys import Scope
from duplistat.services.accounts import export as exports
from duplistat.services.reports.alternating_names import keep_servers_apart
from duplistat.services.servers.deletion import delete_server
from duplistat.services.servers.merge import merge_servers
from duplistat.services.servers.settings import ServerChanges, note_server_export, set_server
from duplistat.services.servers.unmerge import unmerge_servers
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import servers

R = TypeVar("R")


@bp.patch(f"/api/v1/servers/{ID}")
def change_server(id: int) -> Response:
    c = changing(Scope.SERVERS_WRITE)
    sent, body = bodies.read(request, ServerSettingsChanges)
    changes, given = ServerChanges(), sent.model_fields_set
    if "alias" in given:
        changes["alias"] = sent.alias
    if "group" in given:
        changes["group_name"] = sent.group
    if "notes" in given:
        changes["notes"] = sent.notes
    if "web_url" in given:
        changes["web_url"] = sent.web_url
    return _carry_out(c, id, body, lambda: prepare(set_server, server=id, changes=changes, **c.signature()))


@bp.post(f"/api/v1/servers/{ID}/archive")
def archive_server(id: int) -> Response:
    return _archive(id, archived=True)


@bp.post(f"/api/v1/servers/{ID}/bring-back")
def bring_server_back(id: int) -> Response:
    return _archive(id, archived=False)


@bp.post(f"/api/v1/servers/{ID}/keep-apart")
def keep_apart(id: int) -> Response:
    c = changing(Scope.SERVERS_ADMIN)
    sent, body = bodies.read(request, KeepApart)
    return _carry_out(
        c, id, body, lambda: prepare(keep_servers_apart, server=id, dismiss=sent.dismiss, **c.signature())
    )


@bp.post(f"/api/v1/servers/{ID}/merge")
def merge(id: int) -> Response:
    c = changing(Scope.SERVERS_ADMIN)
    sent, body = bodies.read(request, OtherServer)

    def make() -> WriteCommand[int]:
        return prepare(merge_servers, into=id, gone=sent.other_id, sees=c.sees, **c.signature())

    return _carry_out(c, id, body, make, lambda made: go_on(c, made))


@bp.post(f"/api/v1/servers/{ID}/unmerge")
def unmerge(id: int) -> Response:
    c = changing(Scope.SERVERS_ADMIN)
    sent, body = bodies.read(request, MergeToUndo)
    return _carry_out(
        c,
        id,
        body,
        lambda: prepare(unmerge_servers, merge=sent.merge_id, sees=c.sees, **c.signature()),
        lambda _: go_on(c, sent.merge_id),
    )


@bp.delete(f"/api/v1/servers/{ID}")
def remove_server(id: int) -> Response:
    c = changing(Scope.SERVERS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[int]:
        seen(servers.by_id, c.ctx.db, c.sees, id, "server")
        return prepare(delete_server, server=id, **c.signature())

    return c.carry_out(body, make, lambda _: Begun(state="deleting"), 202, of=Thing("server", id))


@bp.post(f"/api/v1/servers/{ID}/export")
def export_server(id: int) -> Response:
    c = changing(Scope.SERVERS_ADMIN)
    bodies.read(request, Nothing)
    server = seen(servers.by_id, c.ctx.db, c.sees, id, "server")
    c.note(prepare(note_server_export, server=id, **c.signature()))
    lines = exports.lines_of_server(c.ctx.db, server.id, server.label, c.ctx.now())
    return handed_out(lines, f"server-{id}")


def _archive(id: int, *, archived: bool) -> Response:
    c = changing(Scope.SERVERS_ADMIN)
    _, body = bodies.read(request, Nothing)
    return _carry_out(
        c, id, body, lambda: prepare(set_server, server=id, changes={"archived": archived}, **c.signature())
    )


def _carry_out(
    c: Changing,
    id: int,
    body: bytes,
    make: Callable[[], WriteCommand[R]],
    afterwards: Callable[[R], object] = lambda _: None,
) -> Response:
    """Make a change of a server, and what goes on after it; the answer is the server as it is then."""

    def seen_first() -> WriteCommand[R]:
        seen(servers.by_id, c.ctx.db, c.sees, id, "server")
        return make()

    def answer(result: R) -> ServerDetail:
        afterwards(result)
        return server_of(c.ctx, c.sees, id)

    return c.carry_out(body, seen_first, answer, of=Thing("server", id))
