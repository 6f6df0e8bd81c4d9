"""Silences and acknowledgements as they are in our JSON, in answers and in what is sent."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from duplistat.apis.native.parameters import time_in
from duplistat.apis.native.rule_models import GivenId, Match, Sent
from duplistat.apis.native.values import Cursor, Id, Shape, Time
from duplistat.core.text import clean
from duplistat.services.alerts.acknowledge import LONGEST_WHY, MOST_HOURS, USUAL_HOURS

# A time with an offset, as ms.
GivenTime = Annotated[
    int,
    BeforeValidator(time_in),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation"),
]
Reason = Annotated[str, Field(max_length=LONGEST_WHY), AfterValidator(clean)]


class Silence(Shape):
    """A time in which problems of some jobs are shown, but no alerts are sent."""

    id: Id = Field(description="Id of the silence", examples=[1])
    account: str = Field(description="Name of the account that owns it", examples=["main"])
    account_id: Id = Field(description="Id of that account; it is for its jobs and those below", examples=[1])
    match: Match = Field(description="For which jobs; of its kinds only `event` counts")
    from_: Time = Field(alias="from", description="When it begins", examples=["2026-01-28T12:00:00.000Z"])
    until: Time = Field(description="When it ends", examples=["2026-01-28T16:00:00.000Z"])
    state: Literal["coming", "holding", "over"] = Field(
        description="Whether it holds, as of now", examples=["holding"]
    )
    why: str = Field(description="Why it was set", examples=["The line is being moved"])
    set_by: str = Field(description="Who set it", examples=["key deploy"])
    created_at: Time = Field(description="When it was set", examples=["2026-01-28T12:00:00.000Z"])
    ended_at: Time | None = Field(
        description="When somebody ended it before its time; null where nobody did", examples=[None]
    )

    model_config = ConfigDict(serialize_by_alias=True)


class SilenceList(Shape):
    """A page of silences, newest first."""

    silences: list[Silence] = Field(description="At most `limit`")
    next_cursor: Cursor


class NewSilence(Sent):
    """A silence to set."""

    account_id: GivenId | None = Field(
        None,
        description="Account for whose jobs, and those below, it is; null for that of the key",
        examples=[None],
    )
    match: Match = Field(
        Match(),
        description="For which jobs; of its kinds only `event` counts: then events are silent, too",
    )
    from_: GivenTime | None = Field(
        None, alias="from", description="When it begins; null for now", examples=[None]
    )
    until: GivenTime = Field(
        description="When it ends, at most 366 days after it begins", examples=["2026-01-28T16:00:00Z"]
    )
    why: Reason = Field("", description="Why", examples=["The line is being moved"])


class Acknowledge(Sent):
    """That somebody knows of a problem."""

    hours: int = Field(
        USUAL_HOURS, ge=1, le=MOST_HOURS, description="For how long nobody is reminded", examples=[24]
    )
    why: Reason = Field("", description="Why", examples=["The disk is on its way"])
