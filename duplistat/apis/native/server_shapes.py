"""A single server as a shape, with all that people set on it."""

import json

from duplistat.apis.native.job_shapes import merged_of
from duplistat.apis.native.server_models import ServerDetail
from duplistat.apis.native.shapes import servers_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import Context
from duplistat.store import merges, server_names, servers
from duplistat.store.merges import Merge


def server_of(ctx: Context, sees: tuple[int, ...], id: int) -> ServerDetail:
    """A server that a caller sees. Five statements. Raises DuplistatError (not_found)."""
    row = servers.by_id(ctx.db, sees, id)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "There is no such server")
    return ServerDetail.model_validate(
        {
            **dict(servers_of(ctx, [row])[0]),
            "notes": row.notes,
            "web_url": row.web_url or None,
            "names_state": row.names_state,
            "names": [item.name for item in server_names.of_server(ctx.db, row.id).values()],
            "merged": [
                merged_of(ctx.db, merge, ctx.now(), _called(merge))
                for merge in merges.into(ctx.db, row.id, merges.OF_SERVERS)
                if merge.state != merges.CLOSED
            ],
        }
    )


def _called(merge: Merge) -> str:
    """What people called a server that went."""
    return json.loads(merge.plan).get("server", {}).get("alias") or merge.gone_name
