"""Which of several machines that share a machine id a report is of.

Machines made from one image keep its id. What tells them apart is `server=`, in the address of their reports or as an
extra parameter; or, once a person chose that, the name that each reports. The first of them is known by the id alone,
as any server is. So one that begins to say `server=` stays what it was.
"""

import json

from duplistat.store import server_names, servers
from duplistat.store.database import Database
from duplistat.store.servers import Server

# What is known of names that alternate under one id; "" for nothing.
SHARED, DISMISSED, APART = "shared", "dismissed", "apart"
# What the identity begins with of a server that is known by an id and what is said beside it.
SAID = "said:"


def said_identity(machine_id: str, said: str) -> str:
    """The identity of a machine that shares its id, and is not the first one of it."""
    return f"{SAID}{json.dumps([machine_id, said], ensure_ascii=False)}"


def is_apart(server: Server) -> bool:
    """Whether a server is known by more than its machine id."""
    return server.identity.startswith(SAID)


def find(
    db: Database, account: int, identity: str, machine_id: str, said: str, name: str, *, claiming: bool = True
) -> tuple[Server | None, str]:
    """The server that a report is of, None for a new one, and the identity of that.

    `identity` is that of the machine id or name alone. With `claiming`, a server of which nothing was said so far
    is the one of which this is said from now on.
    """
    first = servers.by_identity(db, account, identity)
    if not machine_id:
        return first, identity
    told = said or (name if first is not None and first.names_state == APART else "")
    if not told:
        return _by_name(db, account, machine_id, first, name), identity
    if first is not None and first.said == told:
        return first, identity
    own = said_identity(machine_id, told)
    mine = servers.by_identity(db, account, own)
    if mine is not None:
        return mine, own
    if first is None:
        return None, identity
    if not first.said and (not claiming or server_names.claim(db, first.id, told)):
        first.said = told
        return first, identity
    if not first.said:
        # Another process was first to say something of it.
        return find(db, account, identity, machine_id, said, name)
    return None, own


def _by_name(db: Database, account: int, machine_id: str, first: Server | None, name: str) -> Server | None:
    """A machine that no longer says what tells it apart is the one of its name; without one the first of its id."""
    if first is None or not first.said or name in ("", first.name):
        return first
    of_name = server_names.apart_called(db, account, machine_id, name, SAID)
    return servers.get(db, of_name[0]) if len(of_name) == 1 else first
