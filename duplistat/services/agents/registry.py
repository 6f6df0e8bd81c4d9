"""Services: made, changed, frozen and worked on, and what has to be done about it in the background."""

import json
from collections.abc import Sequence
from typing import Any

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.context import ScheduleDefaults
from duplistat.services.people.identity import CurrentUser
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
# Columns that tell when something was done, and what that is called in the audit log.
ACTIONS = {"cancelled_at": "service.cancel", "configured_at": "service.configure", "tried_at": "service.run"}

CANCELLED = later("this service is cancelled")
# A problem that begins so is of a job; any other is that the agent could not be reached.
JOB_FAILED = "a backup job failed: "


def scope_of(signed: CurrentUser) -> Scope:
    """The services that a person may see."""
    return Scope(signed.account, contact=signed.is_contact)


def add_service(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Make a service of an account, once for each `request`. Answers {"service"}."""
    values, account, now = arguments["values"], arguments["account"], arguments["now"]
    request = arguments.get("request")
    made = services.add(db, values | {"account_id": account, "created_at": now}, request)
    if made is None:
        return {"service": services.of_request(db, request)}
    after = audit.veiled({name: value for name, value in values.items() if value not in ("", 0)})
    subject = _called(values["kind"], made, values["name"])
    audit.note(db, arguments["by"], "service.add", account=account, subject=subject, now=now, after=after)
    return {"service": made}


def change_service(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Change columns of a service that a caller may see, and have `tasks` (kinds) done at once.

    `first` are columns that keep what they have. `start` are the names of the jobs that task "run" is about; without
    any it is about all. A service that is cancelled, frozen or worked on changes for nobody. Answers {"forgot"},
    whether the password of the agent was forgotten. Raises DuplistatError: not_found, forbidden, invalid.
    """
    now, changes = arguments["now"], dict(arguments["changes"])
    found = services.by_id(db, Scope(arguments["account"], arguments["contact"]), arguments["service"])
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such service")
    demand_open(found, now)
    for column, value in arguments.get("first", {}).items():
        if getattr(found, column) is None:
            changes[column] = value
    moved = {column for column in ADDRESS if column in changes and changes[column] != getattr(found, column)}
    forgot = bool(moved & {"host", "port"} and found.agent_secret) and "agent_secret" not in changes
    if forgot:
        # It was meant for whoever answers at the address before, and is told to nobody else.
        changes["agent_secret"] = ""
    _note_change(db, arguments, found, changes)
    tasks = list(arguments.get("tasks", ()))
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
        state = _to_start(db, found.id, arguments.get("start", ()), now) if kind == agent_tasks.RUN else "{}"
        agent_tasks.add(db, found.id, kind, now, state)
    return {"forgot": forgot}


def freeze_service(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Freeze a service: nobody changes it, and its agent is not called. Or (`frozen` False) let it go again.

    What was to be done with its agent is forgotten; when it goes again, the agent is tried. Raises
    DuplistatError: not_found, invalid.
    """
    found, now = _kept(db, arguments["service"]), arguments["now"]
    if arguments["frozen"]:
        if found.frozen_at is None:
            services.change(db, found.id, {"frozen_at": now, "running": 0})
            _note(db, arguments, found, "service.freeze")
        agent_tasks.drop_all(db, found.id)
        return {}
    if found.frozen_at is not None:
        services.change(db, found.id, {"frozen_at": None})
        _note(db, arguments, found, "service.thaw")
        if found.configured_at is not None:
            agent_tasks.add(db, found.id, agent_tasks.PROBE, now)
    return {}


def maintain_service(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Have nobody change a service `until` then, or end that (None). Raises DuplistatError: not_found, invalid."""
    found, until = _kept(db, arguments["service"]), arguments["until"]
    services.change(db, found.id, {"maintenance_until": until})
    about = {"before": _until(found.maintenance_until), "after": _until(until)}
    _note(db, arguments, found, "service.maintain", **about)
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


def collect_services(
    db: Database, tally: Tally, arguments: dict[str, Any], blobs: Sequence[bytes], defaults: ScheduleDefaults
) -> dict[str, Any]:
    """Have all agents asked of the accounts `sees` that can be called. Answers {"asked"}, how many."""
    sees, account, now = set(arguments["sees"]), arguments["account"], arguments["now"]
    found = [service for service in services.working(db) if service.account_id in sees]
    for service in found:
        agent_tasks.add(db, service.id, agent_tasks.COLLECT, now)
    if found:
        after = {"services": len(found)}
        audit.note(db, arguments["by"], "service.collect", account=account, subject="", now=now, after=after)
    return {"asked": len(found)}


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


def _to_start(db: Database, service: int, names: Sequence[str], now: int) -> str:
    """The state of a task that starts these jobs (none: all), and those that one is to start that nobody works on."""
    if not names:
        return "{}"
    waiting = [task for task in agent_tasks.waiting(db, service) if (task.taken_until or 0) <= now]
    state: dict[str, Any] = {"start": []}
    for task in waiting:
        if task.kind == agent_tasks.RUN:
            state = json.loads(task.state)
    if "start" in state:
        state["start"] = list(dict.fromkeys([*state["start"], *names]))
    return json.dumps(state, ensure_ascii=False)


def _until(at: int | None) -> dict[str, Any]:
    return {"until": iso_ms(from_ms(at)) if at is not None else None}


def _note_change(db: Database, arguments: dict[str, Any], service: Service, changes: dict[str, Any]) -> None:
    action = next((word for column, word in ACTIONS.items() if changes.get(column)), "service.set")
    for task in (agent_tasks.COLLECT, agent_tasks.RUN):
        if task in arguments.get("tasks", ()):
            action = f"service.{task}"
    told = {
        name: value
        for name, value in changes.items()
        if name not in ACTIONS and value != getattr(service, name)
    }
    about = audit.compared(service, told) if told or action == "service.set" else {}
    if arguments.get("start"):
        about = about | {"after": about.get("after", {}) | {"jobs": ", ".join(arguments["start"])}}
    _note(db, arguments, service, action, **about)


def _note(
    db: Database, arguments: dict[str, Any], service: Service, action: str, **about: dict[str, Any]
) -> None:
    by, subject = arguments["by"], _called(service.kind, service.id, service.name)
    audit.note(db, by, action, account=service.account_id, subject=subject, now=arguments["now"], **about)


def _called(kind: str, service: int, name: str) -> str:
    return f"{services.number_of(kind, service)} {name}"
