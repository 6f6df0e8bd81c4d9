"""What is asked of several agents at once, or of all, and several that are removed: each for itself."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import packed
from duplistat.services import audit
from duplistat.services.agents.registry import TASKS, UNCONFIGURED, UNKNOWN, ServiceChanges, change_service
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import agent_tasks, services
from duplistat.store.database import Database
from duplistat.store.services import Service

# Services that are asked in one transaction.
AT_ONCE = 200


class NotAsked(TypedDict):
    """Why a service was not asked, or removed: `text` as core.i18n.packed has it."""

    service: int
    text: Any


@command
def ask_services(
    tx: Tx,
    *,
    numbers: list[int],
    sees: list[int],
    task: Literal["probe", "collect", "run"],
    by: Actor,
    now: int,
) -> list[NotAsked]:
    """Have services, at most AT_ONCE, tested, collected from, or all their jobs started; those that were not asked.

    One of an account that is not in `sees` is answered as one that is not there.
    """
    first: ServiceChanges = {"tried_at": now} if task == agent_tasks.RUN else {}

    def ask(found: Service) -> None:
        if found.configured_at is None and found.cancelled_at is None:
            raise DuplistatError(Kind.INVALID, UNCONFIGURED)
        _change(tx, found, {}, first=first, tasks=[task], by=by, now=now)

    return _each(tx, numbers, sees, ask)


@command
def remove_services(tx: Tx, *, numbers: list[int], sees: list[int], by: Actor, now: int) -> list[NotAsked]:
    """Have services, at most AT_ONCE, called no more; those that were not removed. `sees` as in ask_services."""
    return _each(tx, numbers, sees, lambda found: _change(tx, found, {"cancelled_at": now}, by=by, now=now))


@command
def ask_all_services(
    tx: Tx,
    *,
    account: int,
    sees: Sequence[int],
    task: Literal["probe", "collect", "run"],
    by: Actor,
    now: int,
) -> int:
    """Have all agents tested or collected from, or all their jobs started, that the accounts `sees` have and that can
    be asked for it; how many."""
    found = askable(tx.db, sees, task, now)
    for service in found:
        if task == agent_tasks.RUN and service.tried_at is None:
            services.change(tx.db, service.id, {"tried_at": now})
        agent_tasks.add(tx.db, service.id, task, now)
    if found:
        after = {"services": len(found)}
        audit.note(tx.db, by, TASKS[task], account=account, subject="", now=now, after=after)
    return len(found)


def askable(db: Database, sees: Sequence[int], task: str, now: int) -> list[Service]:
    """The services of some accounts that can be asked for a task: none is started while it is in maintenance."""
    of = set(sees)
    return [
        service
        for service in services.working(db)
        if service.account_id in of and not (task == agent_tasks.RUN and service.in_maintenance(now))
    ]


def _each(tx: Tx, numbers: list[int], sees: list[int], act: Callable[[Service], None]) -> list[NotAsked]:
    """Do something with each of some services; those with which it cannot be done, and why."""
    if len(numbers) > AT_ONCE:
        raise DuplistatError(Kind.INVALID, f"at most {AT_ONCE} services are asked at once", field="services")
    refused: list[NotAsked] = []
    for number in sorted(set(numbers)):
        try:
            found = services.seen(tx.db, (*sees,), number)
            if found is None:
                raise DuplistatError(Kind.NOT_FOUND, UNKNOWN)
            act(found)
        except DuplistatError as e:
            # It is refused before anything of it is written.
            refused.append({"service": number, "text": packed(e.text)})
    return refused


def _change(
    tx: Tx,
    found: Service,
    changes: ServiceChanges,
    *,
    by: Actor,
    now: int,
    first: ServiceChanges | None = None,
    tasks: Sequence[str] = (),
) -> None:
    change_service(
        tx,
        account=found.account_id,
        contact=False,
        service=found.id,
        changes=changes,
        first=first,
        tasks=tasks,
        by=by,
        now=now,
    )
