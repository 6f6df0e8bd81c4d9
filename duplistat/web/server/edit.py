"""/servers/…/edit: what a person says of a server, the archive, what it was merged of, its export and its end."""

import json
from typing import NamedTuple

from flask import Response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError
from duplistat.core.text import NAME_LIMIT
from duplistat.core.web_address import LONGEST
from duplistat.http.context import context
from duplistat.services.accounts import export as exports
from duplistat.services.people.identity import Role
from duplistat.services.servers.deletion import delete_server, is_deleting
from duplistat.services.servers.settings import NOTE_CHARS, ServerChanges, note_server_export, set_server
from duplistat.services.servers.unmerge import KEPT_MS, why_not
from duplistat.store import merges, server_rows, servers
from duplistat.store.servers import Server
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import Reader, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.found_server import find
from duplistat.web.parts.gzip_stream import gzipped
from duplistat.web.redirects import done


class Earlier(NamedTuple):
    """A merge into a server. Until `until` (ms) it can be undone, unless `obstacle` says why not."""

    id: int
    name: str
    at: int
    until: int
    state: str
    obstacle: str


@needs(Role.OPERATOR)
def edit(number: int) -> Response:
    """The page; with `?delete=`, which an admin may, with what would be lost. Raises DuplistatError (not_found)."""
    return _show(find(number), deleting=bool(request.args.get("delete")))


@needs(Role.OPERATOR)
def save(number: int) -> ResponseReturnValue:
    """Alias, group, web interface and notes."""
    server, form = find(number), Form()
    changes: ServerChanges = {
        "alias": form.text("alias", most=NAME_LIMIT),
        "group_name": form.text("group_name", most=NAME_LIMIT),
        "web_url": form.text("web_url", most=LONGEST),
        # A browser sends two characters for each end of a line, and lets people type as if it were one.
        "notes": form.typed("notes").replace("\r\n", "\n"),
    }
    if len(changes["notes"]) > NOTE_CHARS:
        form.wrong["notes"] = _("At most %(most)s characters.") % {"most": NOTE_CHARS}
    if form.wrong:
        return _show(server, form, 400)
    try:
        context().writes.run(set_server, server=server.id, changes=changes, **signature())
    except DuplistatError as e:
        form.refuse(e)
        return _show(server, form, 400)
    return done(url_for("web.server", number=server.id), _("Server saved."))


@needs(Role.ADMIN)
def archive(number: int) -> ResponseReturnValue:
    return _archive(number, archived=True)


@needs(Role.ADMIN)
def bring_back(number: int) -> ResponseReturnValue:
    return _archive(number, archived=False)


@needs(Role.ADMIN)
def export(number: int) -> ResponseReturnValue:
    """All that a server has, as it is read: gzipped JSON lines. It is noted who took it."""
    ctx, server = context(), find(number)
    context().writes.run(note_server_export, server=server.id, **signature())
    lines = exports.lines_of_server(ctx.db, server.id, server.label, ctx.now())
    response = Response(stream_with_context(gzipped(lines)), content_type="application/gzip")
    day = Reader(ctx.now(), ctx.schedule_defaults.zone).local(ctx.now())
    name = f"server-{server.id}-{day:%Y-%m-%d}.jsonl.gz"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@needs(Role.ADMIN)
def delete(number: int) -> ResponseReturnValue:
    """Have a server deleted by the scheduler."""
    server, form = find(number), Form()
    if not form.confirmed(server.label):
        return _show(server, _typed(server, form), 400, deleting=True)
    try:
        context().writes.run(delete_server, server=server.id, **signature())
    except DuplistatError as e:
        form.refuse(e)
        return _show(server, _typed(server, form), 400)
    message = _("%(name)s is being deleted.") % {"name": visible(server.label)}
    return done(url_for("web.overview"), message)


def _archive(number: int, *, archived: bool) -> ResponseReturnValue:
    server = find(number)
    context().writes.run(set_server, server=server.id, changes={"archived": archived}, **signature())
    message = _("Server archived.") if archived else _("Server restored.")
    return done(url_for("web.server", number=server.id), message)


def _typed(server: Server, wrong: Form | None = None) -> Form:
    """The form of a server as it is, with what is wrong with another one."""
    values = {"alias": server.alias or "", "group_name": server.group_name}
    form = Form(values | {"web_url": server.web_url, "notes": server.notes})
    form.wrong = wrong.wrong if wrong else {}
    return form


def _show(server: Server, form: Form | None = None, status: int = 200, *, deleting: bool = False) -> Response:
    ctx, admin = context(), viewer().may(Role.ADMIN)
    page = render_template(
        "server_edit.html",
        server=server,
        label=visible(server.label),
        form=form or _typed(server),
        groups=servers.groups(ctx.db, (server.account_id,)),
        deleting=is_deleting(server),
        moving=bool(merges.under_way(ctx.db, server.id)),
        earlier=_earlier(server) if admin else [],
        # The longer its history, the longer this takes: only for whoever is about to delete it.
        has=server_rows.counted(ctx.db, server.id) if admin and deleting else None,
        reader=Reader(ctx.now(), ctx.schedule_defaults.zone),
    )
    return Response(page, status=status)


def _earlier(server: Server) -> list[Earlier]:
    """What was merged into it that is not forgotten, latest first."""
    ctx = context()
    return [
        Earlier(
            id=merge.id,
            name=visible(json.loads(merge.plan).get("server", {}).get("alias") or merge.gone_name),
            at=merge.at,
            until=merge.at + KEPT_MS,
            state=merge.state,
            obstacle=why_not(ctx.db, merge, ctx.now()),
        )
        for merge in merges.into(ctx.db, server.id, merges.OF_SERVERS)
        if merge.state != merges.CLOSED
    ]
