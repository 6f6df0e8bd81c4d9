"""A machine that its agent told of first, and then its own reports under another identity: they are one.

Duplicati 2.0.8 to 2.1.0.5 reports another machine id than its REST API has; older ones report none at all.
"""

import json
from typing import Any

from duplistat.services.intake import nameless
from duplistat.store import servers, service_runs
from duplistat.store.database import Database
from duplistat.store.servers import Server

FIRST_OF_TWO_IDS, LAST_OF_TWO_IDS = (2, 0, 8), (2, 1, 0, 5)


def first_report(db: Database, account: int, arguments: dict[str, Any]) -> Server | None:
    """The server that only its agent has told of so far, when a report of an unknown machine is the first of it.

    It takes on the identity that the report has. One that names neither its machine nor an id is of the machine
    of the service that it was posted for.
    """
    identity, machine_id, name, sender = arguments["server"]
    service = arguments.get("service")
    if sender or (service is None and is_nameless(arguments)):
        return None
    job, ref = arguments["job"]
    if service is not None:
        found = servers.of_service(db, account, service)
        if is_nameless(arguments):
            return found[0] if len(found) == 1 else None
        known = {known.server_id for known in service_runs.jobs_named(db, [s.id for s in found], job)}
        found = [server for server in found if server.id in known]
    else:
        version = arguments["facts"].get("agent_version", "")
        found = [
            server
            for server, its_ref, called, facts in servers.of_agents(db, account, name, job)
            if name in (server.alias, called)
            or (ref and ref == its_ref and has_two_ids(version) and _version(facts) == version)
        ]
    fresh = [server for server in found if not service_runs.was_reported(db, server.id)]
    if len(fresh) != 1:
        return None
    servers.set_identity(db, fresh[0].id, identity, machine_id)
    fresh[0].identity, fresh[0].machine_id = identity, machine_id
    return fresh[0]


def is_nameless(arguments: dict[str, Any]) -> bool:
    """Whether a report tells nothing of its machine, and was given a name for that."""
    _, machine_id, name, _ = arguments["server"]
    address: str = arguments["request"][3] if len(arguments["request"]) > 3 else ""
    return not machine_id and name == nameless(address)


def has_two_ids(version: str) -> bool:
    """Whether this version of Duplicati has one machine id for its reports and another one for its REST API."""
    try:
        numbers = tuple(int(part) for part in version.split("."))
    except ValueError:
        return False
    return FIRST_OF_TWO_IDS <= numbers <= LAST_OF_TWO_IDS


def _version(facts: str) -> str:
    return str(json.loads(facts).get("agent_version", ""))
