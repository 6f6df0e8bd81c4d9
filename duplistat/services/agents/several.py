"""ask_services(): several agents are collected from, or have all their jobs started, each for itself."""

from typing import Any, Literal, TypedDict

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import packed
from duplistat.services.agents.registry import ServiceChanges, change_service
from duplistat.services.audit import Actor
from duplistat.services.context import Tx
from duplistat.services.writes import command
from duplistat.store import agent_tasks, services

# Services that are asked in one transaction.
AT_ONCE = 200
UNCONFIGURED = "This connection is not configured yet"


class NotAsked(TypedDict):
    """Why a service was not asked: `text` as core.i18n.packed has it."""

    service: int
    text: Any


@command
def ask_services(
    tx: Tx, *, numbers: list[int], sees: list[int], task: Literal["collect", "run"], by: Actor, now: int
) -> list[NotAsked]:
    """Have services, at most AT_ONCE, collected from, or all their jobs started; those that were not asked, and why.

    One of an account that is not in `sees` is answered as one that is not there.
    """
    if len(numbers) > AT_ONCE:
        raise DuplistatError(Kind.INVALID, f"at most {AT_ONCE} services are asked at once", field="services")
    refused: list[NotAsked] = []
    for number in sorted(set(numbers)):
        try:
            _ask(tx, number, sees, task, by, now)
        except DuplistatError as e:
            # It is refused before anything of it is written.
            refused.append({"service": number, "text": packed(e.text)})
    return refused


def _ask(tx: Tx, number: int, sees: list[int], task: str, by: Actor, now: int) -> None:
    found = services.seen(tx.db, (*sees,), number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such service")
    if found.configured_at is None and found.cancelled_at is None:
        raise DuplistatError(Kind.INVALID, UNCONFIGURED)
    first: ServiceChanges = {"tried_at": now} if task == agent_tasks.RUN else {}
    change_service(
        tx,
        account=found.account_id,
        contact=False,
        service=found.id,
        changes={},
        first=first,
        tasks=[task],
        by=by,
        now=now,
    )
