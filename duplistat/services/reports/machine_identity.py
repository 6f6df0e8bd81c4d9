"""Which machine of ours a report is of, where ids do not say it: a machine may have two ids, and two may have one.

Duplicati 2.0.8 to 2.1.0.5 reports another machine id than its REST API has; older ones report none at all. Cloned
machines share their id.
"""

import json
from collections.abc import Sequence
from typing import Any

from duplistat.services.reports.intake import nameless
from duplistat.services.reports.packed import Named, NamedJob
from duplistat.store import runs, servers, service_runs, services
from duplistat.store.database import Database
from duplistat.store.servers import OfAgent, Server

FIRST_OF_TWO_IDS, LAST_OF_TWO_IDS = (2, 0, 8), (2, 1, 0, 5)


def first_report(
    db: Database, account: int, identity: str, packed: NamedJob, run: Sequence[Any] | None
) -> Server | None:
    """The server that only its agent has told of so far, when a report of an unknown machine is the first of it.

    It takes on the `identity` that the report has; `run` are the values of its run, if it tells of one. A report
    that names neither its machine nor an id is of the machine of the service that it was posted for.
    """
    _, machine_id, name, sender = packed["server"]
    service = packed["service"]
    if sender:
        return None
    if is_nameless(packed):
        mine = servers.of_service(db, account, service) if service is not None else []
        return mine[0] if len(mine) == 1 else None
    known = servers.of_agents(db, account, packed["job"][0], service, name)
    found = [
        agents.server
        for agents in known
        if _is_it(db, agents, packed, run) and not service_runs.was_reported(db, agents.server.id)
    ]
    if len(found) != 1:
        return None
    servers.set_identity(db, found[0].id, identity, machine_id)
    found[0].identity, found[0].machine_id = identity, machine_id
    return found[0]


def own_identity(db: Database, found: Server | None, identity: str, service: int | None) -> str:
    """The identity of a service's machine: one of its own when `found` is the machine of another agent."""
    if found is None or service is None or found.service_id in (None, service):
        return identity
    owner, mine = services.get(db, found.service_id), services.get(db, service)
    if owner is None or mine is None or owner.cancelled_at is not None:
        return identity
    same = (owner.host.lower(), owner.port) == (mine.host.lower(), mine.port)
    return identity if same else f"{identity} service:{service}"


def is_nameless(packed: Named) -> bool:
    """Whether a report tells nothing of its machine, and was given a name for that."""
    _, machine_id, name, _ = packed["server"]
    return not machine_id and name == nameless(address_of(packed))


def address_of(packed: Named) -> str:
    """From where a report came; "" for what was not received."""
    address: str = packed["request"][3] if len(packed["request"]) > 3 else ""
    return address


def has_two_ids(version: str) -> bool:
    """Whether this version of Duplicati has one machine id for its reports and another one for its REST API."""
    try:
        numbers = tuple(int(part) for part in version.split("."))
    except ValueError:
        return False
    return FIRST_OF_TWO_IDS <= numbers <= LAST_OF_TWO_IDS


def _is_it(db: Database, agents: OfAgent, packed: NamedJob, run: Sequence[Any] | None) -> bool:
    """Whether a report is of an agent's machine: of a run that its log has, or without an id that could say it."""
    if run is not None:
        operation, key = (run[runs.VALUES.index(name)] for name in ("operation", "key"))
        if runs.by_key(db, agents.job, operation, key) is not None:
            return True
    _, machine_id, name, _ = packed["server"]
    if not (machine_id and agents.server.machine_id):
        return packed["service"] is not None or name in (agents.server.alias, agents.called)
    version, ref = packed["facts"].get("agent_version", ""), packed["job"][1]
    told = json.loads(agents.facts).get("agent_version")
    return bool(has_two_ids(version) and version == told and ref and ref == agents.ref)
