"""Services: made, changed, suspended and worked on, and what has to be done about it in the background."""

import json
from collections.abc import Sequence
from typing import Any, TypedDict

from duplistat.config import Config
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import later
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.audit import Actor
from duplistat.services.configuration import secrets
from duplistat.services.context import Tx
from duplistat.services.people.identity import CurrentUser
from duplistat.services.writes import command
from duplistat.store import agent_tasks, services
from duplistat.store.database import Database
from duplistat.store.services import Scope, Service

# What an agent told is about the one at this address: with another it is asked anew.
ADDRESS = ("host", "port", "agent_secret", "fingerprint")
FORGOTTEN = {
    "machine_id": "",
    "answered_at": None,
    "collected_at": None,
    "jobs": 0,
    "facts": "{}",
    "problem": "",
    "problem_at": None,
    "problem_kind": "",
}
# Columns that tell when something was done, and what that is called in the audit log.
ACTIONS = {"cancelled_at": "service.cancel", "configured_at": "service.configure", "tried_at": "service.run"}
# And what is asked of it by hand.
TASKS = {
    agent_tasks.PROBE: "service.test",
    agent_tasks.COLLECT: "service.collect",
    agent_tasks.RUN: "service.run",
}

# What is said of a connection that is not there, or not to be changed or called now.
UNKNOWN = later("there is no such connection")
REMOVED = later("this connection has been removed")
SUSPENDED = later("this connection is suspended")
IN_MAINTENANCE = later("this connection is in maintenance")
UNCONFIGURED = later("this connection is not configured yet")


class ServiceChanges(TypedDict, total=False):
    """What people set on a service, by column; what is left out stays.

    Times in ms, secrets encrypted; `encrypt` is 0 or 1, `contact_id` None for nobody.
    """

    name: str
    host: str
    port: int
    location: int
    encrypt: int
    data_secret: str
    agent_secret: str
    fingerprint: str
    activation_hint: str
    contact_id: int | None
    configured_at: int
    cancelled_at: int
    tried_at: int


class NewService(ServiceChanges):
    """What a service is made with: its kind, and at least a name, host, port and location."""

    kind: str


def new_connection(
    config: Config,
    *,
    name: str,
    host: str,
    port: int,
    password: str,
    fingerprint: str,
    now: int,
    location: int | None = None,
) -> NewService:
    """What a Duplicati server is made with that is called from `now` (ms) on.

    Without a `location` it is the first one of `config`, which has to be what is in effect then.
    """
    return {
        "kind": services.SERVER,
        "name": name,
        "host": host,
        "port": port,
        "location": config.locations[0].id if location is None else location,
        "agent_secret": secrets.encrypt(config, password),
        "fingerprint": fingerprint,
        "configured_at": now,
    }


def scope_of(signed: CurrentUser) -> Scope:
    """The services that a person may see."""
    return Scope(signed.account, contact=signed.is_contact)


@command
def add_service(
    tx: Tx,
    *,
    account: int,
    values: NewService,
    by: Actor,
    now: int,
    request: str | None = None,
    tasks: Sequence[str] = (),
) -> int:
    """Make a service of an account, once for each `request`, and have `tasks` (kinds) done with it; its id."""
    made = services.add(tx.db, {**values, "account_id": account, "created_at": now}, request)
    if made is None:
        return services.of_request(tx.db, request)
    after = audit.veiled(
        {name: value for name, value in values.items() if name not in ACTIONS and value not in ("", 0)}
    )
    subject = _called(values["kind"], made, values["name"])
    audit.note(tx.db, by, "service.add", account=account, subject=subject, now=now, after=after)
    for kind in tasks:
        agent_tasks.add(tx.db, made, kind, now)
    return made


@command
def change_service(
    tx: Tx,
    *,
    account: int,
    contact: bool,
    service: int,
    changes: ServiceChanges,
    by: Actor,
    now: int,
    first: ServiceChanges | None = None,
    tasks: Sequence[str] = (),
    start: Sequence[str] = (),
) -> bool:
    """Change columns of a service that a caller may see, and have `tasks` (kinds) done at once.

    `first` are columns that keep what they have. `start` are the names of the jobs that task "run" is about; without
    any it is about all. A service that is cancelled, suspended or worked on changes for nobody. Answers whether the
    password of the agent was forgotten. Raises DuplistatError: not_found, forbidden, invalid.
    """
    db = tx.db
    found = services.by_id(db, Scope(account, contact), service)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, UNKNOWN)
    require_open(found, now)
    empty = {column: value for column, value in (first or {}).items() if getattr(found, column) is None}
    columns: dict[str, Any] = {**changes, **empty}
    moved = {column for column in ADDRESS if column in columns and columns[column] != getattr(found, column)}
    forgot = bool(moved & {"host", "port"} and found.agent_secret) and "agent_secret" not in columns
    if forgot:
        # It was meant for whoever answers at the address before, and is told to nobody else.
        columns["agent_secret"] = ""
    _note_change(db, found, columns, tasks, start, by, now)
    kinds = list(tasks)
    if moved:
        columns |= FORGOTTEN
        if not moved & {"host", "port"}:
            # It is another way into the same machine.
            del columns["collected_at"]
        if moved & {"host", "port"}:
            # What is followed is known to the agent before.
            agent_tasks.drop(db, found.id, agent_tasks.FOLLOW)
            columns["running"] = 0
        if found.configured_at is not None:
            kinds.append(agent_tasks.PROBE)
    if columns.get("cancelled_at"):
        agent_tasks.drop_all(db, found.id)
        columns["running"] = 0
    services.change(db, found.id, columns)
    for kind in dict.fromkeys(kinds):
        state = _to_start(db, found.id, start, now) if kind == agent_tasks.RUN else "{}"
        agent_tasks.add(db, found.id, kind, now, state)
    return forgot


@command
def set_service_suspended(tx: Tx, *, service: int, suspended: bool, by: Actor, now: int) -> None:
    """Suspend a service: nobody changes it, and its agent is not called. Or (`suspended` False) reactivate it.

    What was to be done with its agent is forgotten; when it is reactivated, the agent is tried. Raises
    DuplistatError: not_found, invalid.
    """
    db, found = tx.db, _kept(tx.db, service)
    if suspended:
        if found.suspended_at is None:
            services.change(db, found.id, {"suspended_at": now, "running": 0})
            _note(db, found, "service.suspend", by, now)
        agent_tasks.drop_all(db, found.id)
    elif found.suspended_at is not None:
        services.change(db, found.id, {"suspended_at": None})
        _note(db, found, "service.reactivate", by, now)
        if found.configured_at is not None:
            agent_tasks.add(db, found.id, agent_tasks.PROBE, now)


@command
def set_service_maintenance(tx: Tx, *, service: int, until: int | None, by: Actor, now: int) -> None:
    """Have nobody change a service `until` then, or end that (None). Raises DuplistatError: not_found, invalid."""
    found = _kept(tx.db, service)
    services.change(tx.db, found.id, {"maintenance_until": until})
    about = {"before": _until(found.maintenance_until), "after": _until(until)}
    _note(tx.db, found, "service.maintain", by, now, **about)


def numbered(db: Database, number: str) -> Service:
    """The service of a number such as V16428, whosever it is. Raises DuplistatError (not_found)."""
    found = services.numbered(db, number)
    if found is None:
        # A name is no number: nobody has to keep two apart that are called alike.
        hint = "" if services.parse_number(number.strip()) else ": `duplistat service list` shows the numbers"
        raise DuplistatError(Kind.NOT_FOUND, f"there is no connection {number}{hint}")
    return found


def require_callable(service: Service) -> None:
    """Raises DuplistatError for a service whose agent is not to be called."""
    _require_free(service)
    if service.configured_at is None:
        raise DuplistatError(Kind.INVALID, UNCONFIGURED)


def require_open(service: Service, now: int) -> None:
    """Raises DuplistatError for a service that nobody can change now."""
    _require_free(service)
    if service.in_maintenance(now):
        raise DuplistatError(Kind.FORBIDDEN, IN_MAINTENANCE)


def _require_free(service: Service) -> None:
    if service.cancelled_at is not None:
        raise DuplistatError(Kind.INVALID, REMOVED)
    if service.restricted:
        raise DuplistatError(Kind.FORBIDDEN, SUSPENDED)


def _kept(db: Database, service: int) -> Service:
    """A service that is there and not cancelled."""
    found = services.get(db, service)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, UNKNOWN)
    if found.cancelled_at is not None:
        raise DuplistatError(Kind.INVALID, REMOVED)
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


def _note_change(
    db: Database,
    service: Service,
    changes: dict[str, Any],
    tasks: Sequence[str],
    start: Sequence[str],
    by: Actor,
    now: int,
) -> None:
    action = next((word for column, word in ACTIONS.items() if changes.get(column)), "service.set")
    # What is changed is tried at once: that is no test by hand.
    by_hand = [task for task in tasks if task != agent_tasks.PROBE or not changes]
    action = next((word for task, word in TASKS.items() if task in by_hand), action)
    audited = {
        name: value
        for name, value in changes.items()
        if name not in ACTIONS and value != getattr(service, name)
    }
    about = audit.compared(service, audited) if audited or action == "service.set" else {}
    if start:
        about = about | {"after": about.get("after", {}) | {"jobs": ", ".join(start)}}
    _note(db, service, action, by, now, **about)


def _note(db: Database, service: Service, action: str, by: Actor, now: int, **about: dict[str, Any]) -> None:
    subject = _called(service.kind, service.id, service.name)
    audit.note(db, by, action, account=service.account_id, subject=subject, now=now, **about)


def _called(kind: str, service: int, name: str) -> str:
    return f"{services.number_of(kind, service)} {name}"
