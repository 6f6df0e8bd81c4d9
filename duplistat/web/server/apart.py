"""POST /servers/…/keep-apart: machines that share a machine id are told apart from now on, or left one."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from flask import request, url_for
from flask.typing import ResponseReturnValue

from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.reports.alternating_names import can_be_kept_apart, keep_servers_apart
from duplistat.services.reports.shared_ids import SHARED
from duplistat.store import server_names
from duplistat.store.servers import Server
from duplistat.web.access import needs, signature
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.found_server import find
from duplistat.web.redirects import done


class Name(NamedTuple):
    """A name under which a server is reported; `said` is what to add to the address of its reports."""

    name: str
    last: int
    said: str


class Shared(NamedTuple):
    """Machines that share an id; `can` says whether they can be kept apart by their names."""

    names: Sequence[Name]
    can: bool


def shared_by(server: Server) -> Shared | None:
    """What is proposed of a server under whose id names alternate, until a person decides."""
    if server.names_state != SHARED:
        return None
    told = server_names.of_server(context().db, server.id).values()
    names = [Name(visible(item.name), item.last, f"?server={quote(item.name, safe='')}") for item in told]
    return Shared(names, can_be_kept_apart(server))


@needs(Role.ADMIN)
def keep_apart(number: int) -> ResponseReturnValue:
    """Keep the names apart, or with the field `dismiss` leave them one. Raises DuplistatError."""
    server, dismiss = find(number), bool(request.form.get("dismiss"))
    context().writes.run(keep_servers_apart, server=server.id, dismiss=dismiss, **signature())
    said = (
        _("Kept as one server.")
        if dismiss
        else _("From now on, each name under this machine ID is a server of its own.")
    )
    return done(url_for("web.server", number=server.id), said)
