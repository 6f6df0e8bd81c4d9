"""/api/v1/services/selected/…: several Duplicati connections are asked at once, or all; several are removed."""

from collections.abc import Sequence
from typing import Annotated, Literal

from flask import Response, request
from pydantic import Field

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_writes import bp
from duplistat.apis.native.changes import changing
from duplistat.apis.native.operation import Operation, change
from duplistat.apis.native.rule_models import GivenId, Nothing, Sent
from duplistat.apis.native.service_models import Asked
from duplistat.apis.native.service_operations import TAG
from duplistat.apis.native.values import Id, Shape
from duplistat.core.i18n import unpacked
from duplistat.services.access.api_keys import Scope
from duplistat.services.agents.several import (
    AT_ONCE,
    NotAsked,
    ask_all_services,
    ask_services,
    remove_services,
)
from duplistat.services.writes import WriteCommand, prepare

EACH = (
    f"At most {AT_ONCE}, each for itself, in the background: the answer says which were not asked, and why."
)


class SomeServices(Sent):
    """Which Duplicati connections."""

    ids: Annotated[list[GivenId], Field(min_length=1, max_length=AT_ONCE)] = Field(
        description="Ids of the Duplicati connections", examples=[[1, 2]]
    )


class ServiceNotAsked(Shape):
    """A Duplicati connection that was not asked, or not removed."""

    id: Id = Field(description="Its id, as sent", examples=[2])
    problem: str = Field(description="Why", examples=["this connection is in maintenance"])


class ServicesRemoved(Shape):
    """What became of removing some Duplicati connections."""

    removed: list[Id] = Field(description="Ids of those that are removed", examples=[[1]])
    failed: list[ServiceNotAsked] = Field(description="Those that were not removed, and why")


class ServicesAsked(Shape):
    """What became of asking some Duplicati connections."""

    asked: list[Id] = Field(description="Ids of those that are asked", examples=[[1]])
    failed: list[ServiceNotAsked] = Field(description="Those that were not asked, and why")


def _selected(
    name: str,
    act: str,
    summary: str,
    answer: type[Shape] = ServicesAsked,
    scope: Scope = Scope.SERVICES_WRITE,
    description: str = EACH,
) -> Operation:
    return change(
        name,
        "post",
        f"/api/v1/services/selected/{act}",
        TAG,
        summary,
        SomeServices,
        answer,
        scope=scope,
        description=description,
    )


SEVERAL_OPERATIONS = (
    _selected("testSelectedServices", "test", "Test several Duplicati connections"),
    _selected("collectFromSelectedServices", "collect", "Collect from several Duplicati connections"),
    _selected("startJobsOfSelectedServices", "start", "Start all jobs of several Duplicati connections"),
    _selected(
        "removeSelectedServices",
        "remove",
        "Remove several Duplicati connections",
        ServicesRemoved,
        Scope.SERVICES_ADMIN,
        f"At most {AT_ONCE}, each for itself. They are no longer contacted; what they reported is kept.",
    ),
)


@bp.post("/api/v1/services/test")
def test_all() -> Response:
    return _ask_all("probe")


@bp.post("/api/v1/services/collect")
def collect_from_all() -> Response:
    return _ask_all("collect")


@bp.post("/api/v1/services/start")
def start_jobs_of_all() -> Response:
    return _ask_all("run")


@bp.post("/api/v1/services/selected/test")
def test_selected() -> Response:
    return _ask("probe")


@bp.post("/api/v1/services/selected/collect")
def collect_from_selected() -> Response:
    return _ask("collect")


@bp.post("/api/v1/services/selected/start")
def start_jobs_of_selected() -> Response:
    return _ask("run")


@bp.post("/api/v1/services/selected/remove")
def remove_selected() -> Response:
    c = changing(Scope.SERVICES_ADMIN)
    sent, body = bodies.read(request, SomeServices)

    def make() -> WriteCommand[list[NotAsked]]:
        return prepare(remove_services, numbers=[*sent.ids], sees=[*c.sees], **c.signature())

    def answer(refused: list[NotAsked]) -> ServicesRemoved:
        removed, failed = _told(sent.ids, refused)
        return ServicesRemoved(
            removed=removed, failed=[ServiceNotAsked(id=id, problem=why) for id, why in failed]
        )

    return c.carry_out(body, make, answer)


def _ask_all(task: Literal["probe", "collect", "run"]) -> Response:
    c = changing(Scope.SERVICES_WRITE)
    _, body = bodies.read(request, Nothing)
    asked = prepare(ask_all_services, account=c.caller.account, sees=c.sees, task=task, **c.signature())
    return c.carry_out(body, lambda: asked, lambda number: Asked(services=number))


def _ask(task: Literal["probe", "collect", "run"]) -> Response:
    c = changing(Scope.SERVICES_WRITE)
    sent, body = bodies.read(request, SomeServices)

    def make() -> WriteCommand[list[NotAsked]]:
        return prepare(ask_services, numbers=[*sent.ids], sees=[*c.sees], task=task, **c.signature())

    def answer(refused: list[NotAsked]) -> ServicesAsked:
        asked, failed = _told(sent.ids, refused)
        return ServicesAsked(asked=asked, failed=[ServiceNotAsked(id=id, problem=why) for id, why in failed])

    return c.carry_out(body, make, answer)


def _told(ids: Sequence[int], refused: Sequence[NotAsked]) -> tuple[list[int], list[tuple[int, str]]]:
    """Those with which it was done, and the others, each with why not; in the order in which they were sent."""
    why = {one["service"]: str(unpacked(one["text"])) for one in refused}
    known = [*dict.fromkeys(ids)]
    return [id for id in known if id not in why], [(id, why[id]) for id in known if id in why]
