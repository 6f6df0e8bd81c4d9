"""/servers/…/merge: two servers become one, after a look at what would come of it; and two again."""

import time

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.servers.deletion import is_deleting
from duplistat.services.servers.merge import carry_on, merge_servers, require_mergeable
from duplistat.services.servers.merge_preview import preview
from duplistat.services.servers.unmerge import unmerge_servers
from duplistat.store import servers
from duplistat.store.servers import Server
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import Reader, number_in, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.found_server import find
from duplistat.web.parts.labels import labels_of
from duplistat.web.redirects import done

# For how long a request goes on with a merge, seconds; what is left then, the scheduler does.
PATIENCE = 3.0
# Servers to choose from; any other is merged by command.
MOST = 500


@needs(Role.ADMIN)
def merge(number: int) -> ResponseReturnValue:
    """GET: which one, and with `?other=` what it would do. POST: do it. Raises DuplistatError (not_found)."""
    into, wanted = find(number), request.values.get("other", "")
    if request.method == "GET" and not wanted:
        return _choose(into)
    other = find(number_in(wanted))
    if request.method == "POST":
        return _merge(into, other)
    try:
        require_mergeable(context().db, into, other)
    except DuplistatError as e:
        form = Form({})
        form.refuse(e)
        return _show(into, other, form.error(""))
    return _show(into, other)


@needs(Role.ADMIN)
def unmerge(number: int) -> ResponseReturnValue:
    """Undo a merge into a server, given by its number in the field `merge`. Raises DuplistatError."""
    into, merge = find(number), number_in(request.form.get("merge", ""))
    undone = context().writes.run(unmerge_servers, merge=merge, sees=viewer().sees, **signature())
    if _go_on(merge):
        return done(url_for("web.server", number=undone["server"]), _("Merge undone."))
    return done(url_for("web.server", number=into.id), _("The merge is being undone in the background."))


def _choose(into: Server) -> Response:
    """Which one, of those of its account; those of its name come first."""
    ctx = context()
    known = servers.visible(ctx.db, (into.account_id,))
    labels = labels_of(known)
    others = [other for other in known if other.id != into.id and not is_deleting(other)]
    others.sort(key=lambda other: (other.name != into.name, labels[other.id].text.casefold()))
    page = render_template(
        "server_merge_choose.html",
        server=into,
        label=visible(into.label),
        others=[(other.id, labels[other.id].text) for other in others[:MOST]],
        left_out=len(others) - len(others[:MOST]),
    )
    return Response(page)


def _merge(into: Server, other: Server) -> ResponseReturnValue:
    try:
        made = context().writes.run(
            merge_servers, into=into.id, gone=other.id, sees=viewer().sees, **signature()
        )
    except DuplistatError as e:
        form = Form({})
        form.refuse(e)
        return _show(into, other, form.error(""), 400)
    said = (
        _("%(name)s was merged into this server.")
        if _go_on(made)
        else _("Merging %(name)s in the background.")
    )
    return done(url_for("web.server", number=into.id), said % {"name": visible(other.label)})


def _go_on(merge: int) -> bool:
    """Go on with a merge for a moment; whether it is at its end."""
    ctx, until = context(), time.monotonic() + PATIENCE
    return carry_on(ctx.writes, merge, ctx.now(), lambda: time.monotonic() < until)


def _show(into: Server, other: Server, error: str = "", status: int = 200) -> Response:
    ctx = context()
    page = render_template(
        "server_merge.html",
        into=into,
        other=other,
        into_label=visible(into.label),
        other_label=visible(other.label),
        error=error,
        what=None if error else preview(ctx.db, into, other),
        words=words(),
        reader=Reader(ctx.now(), ctx.schedule_defaults.zone),
    )
    return Response(page, status=status)


def words() -> dict[str, str]:
    """What settings are called, by their columns."""
    return {
        "alias": _("display name"),
        "notes": _("notes"),
        "group_name": _("group"),
        "web_url": _("web interface"),
        "schedule": _("schedule"),
        "grace_ms": _("grace period"),
        "tags": _("tags"),
    }
