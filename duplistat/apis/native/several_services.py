"""/api/v1/services/selected/…: several Duplicati connections are asked at once."""

from typing import Annotated, Literal

from flask import Response, request
from pydantic import Field

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_writes import bp
from duplistat.apis.native.changes import changing
from duplistat.apis.native.operation import change
from duplistat.apis.native.rule_models import GivenId, Sent
from duplistat.apis.native.values import Id, Shape
from duplistat.core.i18n import unpacked
from duplistat.services.access.api_keys import Scope
from duplistat.services.agents.several import AT_ONCE, NotAsked, ask_services
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
    """A Duplicati connection that was not asked."""

    id: Id = Field(description="Its id, as sent", examples=[2])
    problem: str = Field(description="Why", examples=["this service is in maintenance"])


class ServicesAsked(Shape):
    """What became of asking some Duplicati connections."""

    asked: list[Id] = Field(description="Ids of those that are asked", examples=[[1]])
    failed: list[ServiceNotAsked] = Field(description="Those that were not asked, and why")


SEVERAL_OPERATIONS = (
    change(
        "collectFromSelectedServices",
        "post",
        "/api/v1/services/selected/collect",
        tag="Duplicati connections",
        summary="Collect from several Duplicati connections",
        body=SomeServices,
        answer=ServicesAsked,
        scope=Scope.SERVICES_WRITE,
        description=EACH,
    ),
    change(
        "startJobsOfSelectedServices",
        "post",
        "/api/v1/services/selected/start",
        tag="Duplicati connections",
        summary="Start all jobs of several Duplicati connections",
        body=SomeServices,
        answer=ServicesAsked,
        scope=Scope.SERVICES_WRITE,
        description=EACH,
    ),
)


@bp.post("/api/v1/services/selected/collect")
def collect_from_selected() -> Response:
    return _ask("collect")


@bp.post("/api/v1/services/selected/start")
def start_jobs_of_selected() -> Response:
    return _ask("run")


def _ask(task: Literal["collect", "run"]) -> Response:
    c = changing(Scope.SERVICES_WRITE)
    sent, body = bodies.read(request, SomeServices)

    def make() -> WriteCommand[list[NotAsked]]:
        return prepare(ask_services, numbers=[*sent.ids], sees=[*c.sees], task=task, **c.signature())

    def answer(refused: list[NotAsked]) -> ServicesAsked:
        why = {one["service"]: str(unpacked(one["text"])) for one in refused}
        known = [*dict.fromkeys(sent.ids)]
        return ServicesAsked(
            asked=[id for id in known if id not in why],
            failed=[ServiceNotAsked(id=id, problem=why[id]) for id in known if id in why],
        )

    return c.carry_out(body, make, answer)
