"""Services: made, changed, frozen and worked on, and what has to be done about it in the background."""

from collections.abc import Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.job_state import Clockwork
from duplistat.services.signed import Signed
from duplistat.store import agent_tasks, services
from duplistat.store.database import Database
from duplistat.store.services import Scope, Service
from duplistat.store.totals import Tally

# What an agent told is about the one at this address: with another it is asked anew.
ADDRESS = ("host", "port", "agent_secret", "fingerprint")
FORGOTTEN = {
    "machine_id": "",
    "answered_at": None,
    "jobs": 0,
    "facts": "{}",
    "problem": "",
    "problem_at": None,
}

CANCELLED = "this service is cancelled"
# A problem that begins so is of a job; any other is that the agent could not be reached.
JOB_FAILED = "a backup job failed: "


def scope_of(signed: Signed) -> Scope:
    """The services that a person may see."""
    return Scope(signed.account, contact=signed.is_contact)


def add_service(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Make a service of an account, once for each `request`. Answers {"service"}."""
    made = services.add(
        db,
        arguments["values"] | {"account_id": arguments["account"], "created_at": arguments["now"]},
        arguments.get("request"),
    )
    return {"service": made}


def change_service(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Change columns of a service that a caller may see, and have `tasks` (kinds) done at once.

    `first` are columns that keep what they have. A service that is cancelled, frozen or worked on changes for
    nobody. Raises DuplistatError: not_found, forbidden, invalid.
    """
    now, changes = arguments["now"], dict(arguments["changes"])
    found = services.by_id(db, Scope(arguments["account"], arguments["contact"]), arguments["service"])
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such service")
    demand_open(found, now)
    for column, value in arguments.get("first", {}).items():
        if getattr(found, column) is None:
            changes[column] = value
    tasks = list(arguments.get("tasks", ()))
    moved = {column for column in ADDRESS if column in changes and changes[column] != getattr(found, column)}
    if moved:
        changes |= FORGOTTEN
        if moved & {"host", "port"}:
            # What is followed is known to the agent before.
            agent_tasks.drop(db, found.id, agent_tasks.FOLLOW)
            changes["running"] = 0
        if found.configured_at is not None:
            tasks.append(agent_tasks.PROBE)
    if changes.get("cancelled_at"):
        agent_tasks.drop_all(db, found.id)
        changes["running"] = 0
    services.change(db, found.id, changes)
    for kind in dict.fromkeys(tasks):
        agent_tasks.add(db, found.id, kind, now)
    return {}


def freeze_service(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Freeze a service: nobody changes it, and its agent is not called. Or (`frozen` False) let it go again.

    What was to be done with its agent is forgotten; when it goes again, the agent is tried. Raises
    DuplistatError: not_found, invalid.
    """
    found, now = _kept(db, arguments["service"]), arguments["now"]
    if arguments["frozen"]:
        if found.frozen_at is None:
            services.change(db, found.id, {"frozen_at": now, "running": 0})
        agent_tasks.drop_all(db, found.id)
        return {}
    services.change(db, found.id, {"frozen_at": None})
    if found.frozen_at is not None and found.configured_at is not None:
        agent_tasks.add(db, found.id, agent_tasks.PROBE, now)
    return {}


def maintain_service(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], clockwork: Clockwork
) -> dict[str, Any]:
    """Have nobody change a service `until` then, or end that (None). Raises DuplistatError: not_found, invalid."""
    found = _kept(db, arguments["service"])
    services.change(db, found.id, {"maintenance_until": arguments["until"]})
    return {}


def numbered(db: Database, number: str) -> Service:
    """The service of a number such as V16428, whosever it is. Raises DuplistatError (not_found)."""
    found = services.numbered(db, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, f"there is no service {number}")
    return found


def demand_callable(service: Service) -> None:
    """Raises DuplistatError for a service whose agent is not to be called."""
    _demand_free(service)
    if service.configured_at is None:
        raise DuplistatError(Kind.INVALID, "this service is not configured")


def demand_open(service: Service, now: int) -> None:
    """Raises DuplistatError for a service that nobody can change now."""
    _demand_free(service)
    if service.in_maintenance(now):
        raise DuplistatError(Kind.FORBIDDEN, "this service is in maintenance")


def _demand_free(service: Service) -> None:
    if service.cancelled_at is not None:
        raise DuplistatError(Kind.INVALID, CANCELLED)
    if service.restricted:
        raise DuplistatError(Kind.FORBIDDEN, "this service is restricted")


def _kept(db: Database, service: int) -> Service:
    """A service that is there and not cancelled."""
    found = services.get(db, service)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such service")
    if found.cancelled_at is not None:
        raise DuplistatError(Kind.INVALID, CANCELLED)
    return found
